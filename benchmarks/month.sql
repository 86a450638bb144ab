INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version)
VALUES ('MONTH', 'Month', 'Europe/Athens', '17:00', '19:00', '{1,2,3,4,5,6,7}', '{}', 1);
INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'M' || n, 'Rep ' || n, (SELECT id FROM territories WHERE code = 'MONTH'), true, 1 FROM generate_series(1, 50) n;
INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at)
SELECT date '2026-09-01' + d, gen_random_uuid(), r.territory_id, r.id, 1 + (r.id * 20 + d * 7 + n) % 3000, n, '2020-01-01', '2020-01-01'
FROM reps r, generate_series(0, 29) d, generate_series(1, 20) n WHERE r.code LIKE 'M%';
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at, skew_ms,
  trusted, clock_changed, mock, verdict, p_inside, location_version, policy_version)
SELECT visit_date, gen_random_uuid(), territory_id, rep_id, outlet_id, kind, at, at, at, 0, true, false, false,
  CASE WHEN sequence % 10 = 3 THEN 'UNCERTAIN' ELSE 'INSIDE' END, 0.9, 1, 1
FROM visits, (VALUES ('arrival', 0), ('departure', 12)) k (kind, minutes),
  LATERAL (SELECT visit_date + time '06:00' AT TIME ZONE 'UTC' + sequence * interval '20 minutes' + minutes * interval '1 minute' AS at) t
WHERE territory_id = (SELECT id FROM territories WHERE code = 'MONTH') AND sequence % 8 <> 0;
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT visit_date, gen_random_uuid(), territory_id, outlet_id, rep_id, 'HANDHELD', 'bench', at, at, at, 0, true, false,
  visit_date + 1, '', 12, 100, '[]', false
FROM visits, LATERAL (SELECT visit_date + time '06:05' AT TIME ZONE 'UTC' + sequence * interval '20 minutes' AS at) t
WHERE territory_id = (SELECT id FROM territories WHERE code = 'MONTH') AND sequence % 5 <> 0;
INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
SELECT business_date, o.id, n, n, 6, 1.15, 1.15 FROM orders o, generate_series(1, 12) n
WHERE o.territory_id = (SELECT id FROM territories WHERE code = 'MONTH')
