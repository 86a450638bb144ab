INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at)
SELECT CAST(:day AS date), gen_random_uuid(), 1, rep.id, outlet.id, n % 100, '2020-01-01', '2020-01-01'
FROM generate_series(0, CAST(:visits AS int) - 1) n
JOIN outlets outlet ON outlet.code = 'C' || n JOIN reps rep ON rep.code = 'C' || n / 100;
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT visit_date, gen_random_uuid(), territory_id, outlet_id, rep_id, 'HANDHELD', 'bench', t, t, t, 0, true, false, visit_date + 1, '', 12, 100,
  '[]', false
FROM visits, (SELECT CAST(:day AS date) + time '10:00' AT TIME ZONE 'UTC' AS t) at
WHERE visit_date = CAST(:day AS date) AND territory_id = 1 AND sequence >= 15;
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at,
  skew_ms, trusted, clock_changed, mock, verdict, p_inside, location_version, policy_version)
SELECT visit_date, gen_random_uuid(), territory_id, rep_id, outlet_id, 'arrival', t, t, t, 0, true, false, false, 'INSIDE', 1, 1, 1
FROM visits, (SELECT CAST(:day AS date) + time '10:00' AT TIME ZONE 'UTC' AS t) at
WHERE visit_date = CAST(:day AS date) AND territory_id = 1 AND sequence >= 10
