INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at)
SELECT CAST(:day AS date), gen_random_uuid(), CAST(:territory AS int), 1 + n / 100, n, n % 100, '2020-01-01', '2020-01-01'
FROM generate_series(0, CAST(:visits AS int) - 1) n;
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT CAST(:day AS date), gen_random_uuid(), CAST(:territory AS int), n, 1 + n / 100, 'HANDHELD', 'bench', t, t, t, 0, true, false, CAST(:day AS date) + 1, '', 12, 100,
  '[]', false
FROM generate_series(0, CAST(:visits AS int) - 1) n, (SELECT CAST(:day AS date) + time '10:00' AT TIME ZONE 'UTC' AS t) at
WHERE n % 100 >= 15;
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at,
  skew_ms, trusted, clock_changed, mock, verdict, p_inside, location_version, policy_version)
SELECT CAST(:day AS date), gen_random_uuid(), CAST(:territory AS int), 1 + n / 100, n, 'arrival', t, t, t, 0, true, false, false, 'INSIDE', 1, 1, 1
FROM generate_series(0, CAST(:visits AS int) - 1) n, (SELECT CAST(:day AS date) + time '10:00' AT TIME ZONE 'UTC' AS t) at WHERE n % 100 >= 10
