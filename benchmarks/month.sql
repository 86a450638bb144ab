INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version)
SELECT 'MONTH' || n, 'Month ' || n, 'Europe/Athens', '17:00', '19:00', '{1,2,3,4,5,6,7}', '{}', 1
FROM generate_series(1, :territories) n;
INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'M' || id || '-' || n, 'Rep ' || n, id, true, 1 FROM territories, generate_series(1, 50) n WHERE code LIKE 'MONTH%';
INSERT INTO outlets (code, name, territory_id, phone, channel, active, location_version, terms_version, version)
SELECT 'M' || id || '-' || n, 'Outlet ' || n, id, '+30 2610 000000', 'grocery', true, 0, 1, 1
FROM territories, generate_series(1, 3000) n WHERE code LIKE 'MONTH%';
INSERT INTO outlet_terms (outlet_id, version, valid_from, must_stock, min_order_value, credit_hold, created_by)
SELECT o.id, 1, '2020-01-01',
  '[{"product_code": "P1", "min_quantity": "6"}, {"product_code": "P2", "min_quantity": "6"}]', 20, false, 'bench'
FROM outlets o JOIN territories t ON t.id = o.territory_id WHERE t.code LIKE 'MONTH%';
INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at)
SELECT CAST(:first AS date) + d, gen_random_uuid(), t.id, r.id, o.first_id + (r.id * 20 + d * 7 + n) % 3000, n,
  '2020-01-01', '2020-01-01'
FROM territories t JOIN reps r ON r.territory_id = t.id
JOIN LATERAL (SELECT min(id) AS first_id FROM outlets WHERE territory_id = t.id) o ON true,
  generate_series(0, 29) d, generate_series(1, 20) n
WHERE t.code LIKE 'MONTH%';
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at, skew_ms,
  trusted, clock_changed, mock, verdict, p_inside, location_version, policy_version)
SELECT visit_date, gen_random_uuid(), territory_id, rep_id, outlet_id, kind, at, at, at, 0, true, false, false,
  CASE WHEN sequence % 10 = 3 THEN 'UNCERTAIN' ELSE 'INSIDE' END, 0.9, 1, 1
FROM visits, (VALUES ('arrival', 0), ('departure', 12)) k (kind, minutes),
  LATERAL (SELECT visit_date + time '06:00' AT TIME ZONE 'UTC' + sequence * interval '20 minutes' + minutes * interval '1 minute' AS at) t
WHERE territory_id IN (SELECT id FROM territories WHERE code LIKE 'MONTH%') AND sequence % 8 <> 0;
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT visit_date, gen_random_uuid(), territory_id, outlet_id, rep_id, 'HANDHELD', 'bench', at, at, at, 0, true, false,
  visit_date + 1, '', 12, 100, '[]', false
FROM visits, LATERAL (SELECT visit_date + time '06:05' AT TIME ZONE 'UTC' + sequence * interval '20 minutes' AS at) t
WHERE territory_id IN (SELECT id FROM territories WHERE code LIKE 'MONTH%') AND sequence % 5 <> 0;
INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
SELECT business_date, o.id, n, n, 6, 1.15, 1.15 FROM orders o, generate_series(1, 12) n
WHERE o.territory_id IN (SELECT id FROM territories WHERE code LIKE 'MONTH%')
