INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version, created_at)
VALUES ('STM', 'Statements', 'Europe/Athens', '17:00', '19:00', '{1,2,3,4,5}', '{}', 1, now());
INSERT INTO reps (code, name, territory_id, active, version, created_at)
SELECT 'S' || n, 'Rep ' || n, t.id, true, 1, '2020-01-01' FROM generate_series(1, CAST(:reps AS int)) n
JOIN territories t ON t.code = 'STM';
INSERT INTO points_entries (rep_id, rule, kind, points, source_type, source_id, provisional, policy_version,
  business_date, booked_at, note, month)
SELECT r.id, rule.name, CASE WHEN rule.points > 0 THEN 'AWARD' ELSE 'PENALTY' END, rule.points, 'visit',
  gen_random_uuid(), false, 1, CAST(:month AS date) + n % 28, CAST(:month AS date) + n % 28, '', CAST(:month AS date)
FROM generate_series(0, CAST(:entries AS int) / CAST(:reps AS int) - 1) n
CROSS JOIN (SELECT id FROM reps WHERE code LIKE 'S%') r
JOIN (VALUES (0, 'order_on_time', 1), (1, 'order_on_time', 1), (2, 'order_on_time', 1), (3, 'delivery_matched', 2),
  (4, 'delivery_matched', 2), (5, 'missed_order', -10), (6, 'late_order', -3), (7, 'past_due_order', -1),
  (8, 'delivery_mismatch', -5), (9, 'dumped_order', -10)) rule (place, name, points) ON rule.place = n % 10
