INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version)
SELECT 'TODAY' || n, 'Today ' || n, (SELECT time_zone FROM territories WHERE code = 'T1'),
  CASE n WHEN 6 THEN time '12:30' ELSE '17:00' END, '19:00', '{1,2,3,4,5,6,7}', '{}', 1
FROM generate_series(1, :territories) n;
INSERT INTO reps (code, name, territory_id, active, version)
SELECT t.code || '-' || n, 'Rep ' || n, t.id, true, 1
FROM territories t, generate_series(1, :reps_each) n WHERE t.code LIKE 'TODAY%';
INSERT INTO devices (id, rep_id, model, os, app_version, enrolled_at)
SELECT gen_random_uuid(), id, 'bench', 'bench', '1', now() FROM reps WHERE code LIKE 'TODAY%';
INSERT INTO device_sync_states (device_id, rep_id, received, last_upload_at, watermark_at)
SELECT id, rep_id, '{[1,500)}', now(), now() FROM devices WHERE id NOT IN (SELECT device_id FROM device_sync_states);
INSERT INTO outlets (code, name, territory_id, phone, channel, active, location_version, terms_version, version)
SELECT r.code || '-' || n, 'Outlet ' || n, r.territory_id, '+30 2610 000000', 'grocery', true, 0, 0, 1
FROM reps r, generate_series(1, 30) n WHERE r.code LIKE 'TODAY%';
INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at, expected_at)
SELECT current_date, gen_random_uuid(), r.territory_id, r.id, o.id, n, '2020-01-01', '2020-01-01',
  now() + (n - CASE t.code WHEN 'TODAY6' THEN 34 ELSE 18 END) * interval '15 minutes'
FROM reps r JOIN territories t ON t.id = r.territory_id, generate_series(1, 30) n,
  LATERAL (SELECT id FROM outlets WHERE code = r.code || '-' || n) o
WHERE r.code LIKE 'TODAY%';
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at, skew_ms,
  trusted, clock_changed, mock, lat, lon, accuracy_m, verdict, p_inside, distance_m, location_version, policy_version)
SELECT v.visit_date, gen_random_uuid(), v.territory_id, v.rep_id, v.outlet_id, kind, at, at, at, 0, true, false, false,
  38, 21, 8.5, CASE v.sequence % 5 WHEN 0 THEN 'OUTSIDE' ELSE 'INSIDE' END, 0.99, 8, 1, 1
FROM visits v JOIN reps r ON r.id = v.rep_id, (VALUES ('arrival', 3), ('departure', 10)) k (kind, minutes),
  LATERAL (SELECT v.expected_at + minutes * interval '1 minute' AS at) seen
WHERE v.visit_date = current_date AND (v.sequence <= 18 OR r.code LIKE 'TODAY6-%') AND r.code LIKE 'TODAY%';
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT v.visit_date, gen_random_uuid(), v.territory_id, v.outlet_id, v.rep_id, 'HANDHELD', 'bench', v.expected_at, v.expected_at,
  v.expected_at, 0, true, false, v.visit_date + 1, '', 12, 100, '[]', false
FROM visits v JOIN reps r ON r.id = v.rep_id
WHERE v.visit_date = current_date AND (v.sequence <= 18 OR r.code LIKE 'TODAY6-%') AND v.sequence % 6 <> 0 AND r.code LIKE 'TODAY%';
INSERT INTO points_entries (rep_id, rule, kind, points, source_type, source_id, provisional, policy_version,
  business_date, booked_at, note, month)
SELECT r.id, 'order_on_time', 'AWARD', 1, 'visit', gen_random_uuid(), false, 1, d, d, '', date_trunc('month', current_date)
FROM generate_series(0, 24) back, LATERAL (SELECT current_date - back AS d) day, reps r, generate_series(1, 28) n
WHERE r.code LIKE 'TODAY5-%' OR r.code LIKE 'TODAY6-%' ORDER BY d, r.id
