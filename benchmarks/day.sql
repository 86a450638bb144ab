-- A day on which nothing was sent yet but the check-ins of the first half of the reps: those send orders one by one, the others whole
-- days. In the order in which uploads lock, and writers by SQL alone: the last ones may not have ended yet.
TRUNCATE device_sync_states, device_boots, device_days, event_receipts, orders, order_lines, check_ins, risk_signals;
-- It is about one o'clock wherever the benchmark runs: after a cutoff other rules hold.
UPDATE territories SET time_zone = 'Etc/GMT' || to_char(extract(hour FROM now() AT TIME ZONE 'UTC') - 13, 'FMSG99') WHERE code LIKE 'T%';
INSERT INTO device_sync_states (device_id, rep_id) SELECT id, rep_id FROM devices;
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at,
  skew_ms, trusted, clock_changed, mock, lat, lon, accuracy_m, verdict, p_inside, distance_m, location_version, policy_version)
SELECT v.visit_date, gen_random_uuid(), v.territory_id, v.rep_id, v.outlet_id, 'arrival', at, at, at, 0, true, false,
  false, l.lat + random() * 0.0001, l.lon + random() * 0.0001, 8.5, 'INSIDE', 0.99, 8, 1, 1
FROM visits v JOIN outlet_locations l USING (outlet_id),
  LATERAL (SELECT now() - interval '10 minutes' * (30 - (v.outlet_id - 1) / :territories % 30) AS at) seen
WHERE v.rep_id <= :reps / 2
