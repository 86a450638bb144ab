CREATE TEMPORARY TABLE visited AS
SELECT o.id AS outlet_id, o.code, o.territory_id, r.rep_id, day, gen_random_uuid() AS visit_id, gen_random_uuid() AS order_id,
  gen_random_uuid() AS delivery_id, row_number() OVER (PARTITION BY o.id ORDER BY day) AS n, day + time '09:00' AS morning
FROM outlets o
JOIN (SELECT territory_id, min(id) AS rep_id FROM reps GROUP BY territory_id) r USING (territory_id),
  LATERAL (SELECT CAST(d AS date) AS day FROM generate_series(
    CAST(:first AS date) + o.id % 28, current_date, CASE WHEN o.territory_id = 1 THEN interval '90 hours' ELSE '30 days' END) d) days
WHERE o.territory_id = 1 OR o.id % 5 = 0;
INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at, excused_at, excused_by,
  excuse_reason, excuse_comment)
SELECT day, visit_id, territory_id, rep_id, outlet_id, 1, morning - interval '7 days', morning - interval '7 days',
  CASE WHEN n % 20 = 0 THEN morning + interval '1 day' END, CASE WHEN n % 20 = 0 THEN 'user:anna' END,
  CASE WHEN n % 20 = 0 THEN 'rep_ill' END, CASE WHEN n % 20 = 0 THEN '' END
FROM visited ON CONFLICT DO NOTHING;
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at, skew_ms,
  trusted, clock_changed, mock, verdict, p_inside, distance_m, location_version, policy_version)
SELECT day, gen_random_uuid(), territory_id, rep_id, outlet_id, kind, at, at, at, 0, true, false, false, 'INSIDE', 0.97, 21.4, 1, 1
FROM visited, LATERAL (VALUES ('arrival', morning), ('departure', morning + interval '20 minutes')) AS tap (kind, at)
WHERE territory_id = 1 OR kind = 'arrival';
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at, corrected_at,
  skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock, version, amended_at, amended_by)
SELECT day, order_id, territory_id, outlet_id, rep_id, 'HANDHELD', 'device:R1', at, at, at, 0, true, false, day + 1, '', 3, 100,
  '[]', false, CASE WHEN n % 10 = 0 THEN 2 ELSE 1 END, CASE WHEN n % 10 = 0 THEN at + interval '1 hour' END,
  CASE WHEN n % 10 = 0 THEN 'device:R1' END
FROM visited, LATERAL (SELECT morning + interval '10 minutes' AS at) t WHERE n % 12 > 0;
INSERT INTO order_versions (business_date, order_id, version, territory_id, change, changed_by, reason, captured_at, received_at,
  corrected_at, trusted, delivery_date, comment, lines, total_value, warnings, changed_by_kind)
SELECT business_date, id, v.version, territory_id, v.change, 'device:R1', '', at, at, at, true, delivery_date, '', '[]', 100, '[]',
  'device'
FROM orders, LATERAL (VALUES (1, 'placed', corrected_at), (2, 'amended', amended_at)) AS v (version, change, at)
WHERE orders.version = 2;
INSERT INTO no_order_reports (business_date, id, territory_id, rep_id, outlet_id, reason_code, comment, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed)
SELECT day, gen_random_uuid(), territory_id, rep_id, outlet_id, 'overstocked', '', morning, morning, morning, 0, true, false
FROM visited WHERE n % 12 = 0;
INSERT INTO order_refusals (id, rep_id, outlet_id, business_date, received_at, placed_by, problems, digest, channel)
SELECT gen_random_uuid(), rep_id, outlet_id, day, morning, 'device:R1', '[]', '\x00', 'HANDHELD' FROM visited WHERE n % 15 = 0;
INSERT INTO deliveries (business_date, id, territory_id, outlet_id, rep_id, order_id, number, delivered_at, delivered_date, value,
  version, digest, received_at, recorded_by)
SELECT day, delivery_id, territory_id, outlet_id, rep_id, order_id, 'DN-' || n, morning + interval '1 day', day + 1, 100, 1, '\x00',
  morning + interval '1 day', 'client:erp'
FROM visited WHERE n % 12 > 0;
INSERT INTO delivery_lines (business_date, delivery_id, line_number, product_id, shipped_quantity, accepted_quantity, unit_price)
SELECT day, delivery_id, line, line, 12, 12, 1.15 FROM visited, generate_series(1, 3) AS line WHERE n % 12 > 0;
INSERT INTO fulfilments (business_date, order_id, status, settled, on_time, delivery_count, last_delivered_date, rep_answers_quantity,
  rep_answers_price, mismatches, concluded_at)
SELECT day, order_id, CASE WHEN n % 8 = 0 THEN 'mismatched' ELSE 'matched' END, true, true, 1, day + 1, false, false,
  CAST(CASE WHEN n % 8 = 0 THEN '[{"product_id": 1}]' ELSE '[]' END AS jsonb), morning + interval '1 day'
FROM visited WHERE n % 12 > 0;
INSERT INTO fulfilment_decisions (business_date, order_id, outlet_id, answered_by, comment, decided_by, decided_at)
SELECT day, order_id, outlet_id, 'warehouse', 'a box had burst', 'user:anna', morning + interval '2 days' FROM visited
WHERE n % 24 = 8;
INSERT INTO returns (business_date, id, territory_id, outlet_id, returned_at, returned_date, value, version, digest, received_at,
  recorded_by)
SELECT day, gen_random_uuid(), territory_id, outlet_id, morning, day, 5, 1, '\x00', morning, 'client:erp' FROM visited WHERE n % 10 = 3;
INSERT INTO cutoff_runs (id, territory_id, business_date, cutoff_at, call_deadline_at, started_at, finished_at, planned_visits,
  missing_orders, call_tasks, penalties, triggered_by)
SELECT gen_random_uuid(), territory_id, day, day + time '15:00', day + time '17:00', day + time '15:00', day + time '15:00', count(*),
  0, 0, 0, 'scheduler'
FROM visited GROUP BY territory_id, day ON CONFLICT DO NOTHING;
INSERT INTO missing_orders (business_date, visit_id, run_id, territory_id, rep_id, outlet_id, cause, provisional, answers)
SELECT day, visit_id, r.id, v.territory_id, rep_id, outlet_id, 'visited_no_order', false, true
FROM visited v JOIN cutoff_runs r ON r.territory_id = v.territory_id AND r.business_date = v.day WHERE n % 12 = 0;
INSERT INTO missing_order_resolutions (business_date, visit_id, step, outcome, resolved_at)
SELECT day, visit_id, 1, 'late', morning + interval '10 hours' FROM visited WHERE n % 24 = 0;
INSERT INTO call_tasks (territory_id, outlet_id, business_date, due_at, priority, status, attempts, available_at, opened_at, outcome,
  finished_at)
SELECT territory_id, outlet_id, day, day + time '17:00', 1, 'done', 1, day + time '15:00', day + time '15:00', 'no_order',
  day + time '15:30'
FROM visited WHERE n % 12 = 0 ON CONFLICT DO NOTHING;
INSERT INTO users (username, password_hash, role, active) VALUES ('bench-operator', '', 'operator', true);
INSERT INTO call_attempts (task_id, operator_id, told_at, outcome, reason_code)
SELECT t.id, u.id, t.finished_at, 'no_order', 'overstocked' FROM call_tasks t, users u
WHERE t.finished_at IS NOT NULL AND u.username = 'bench-operator';
INSERT INTO risk_signals (id, rule, subject_type, subject_id, territory_id, rep_id, outlet_id, business_date, evidence, explanation,
  raised_at)
SELECT gen_random_uuid(), 'averaged_order', 'order', order_id, territory_id, rep_id, outlet_id, day, '{}', '', morning FROM visited
WHERE n % 30 = 1;
INSERT INTO location_proposals (id, outlet_id, territory_id, rep_id, lat, lon, radius_m, evidence, proposed_at, decision, decided_by,
  decided_at)
SELECT gen_random_uuid(), outlet_id, territory_id, rep_id, 38, 21, 80, '{}', morning, 'rejected', 'user:anna',
  morning + interval '3 days'
FROM visited WHERE n % 50 = 5;
INSERT INTO outlet_terms (outlet_id, version, valid_from, visits_per_week, must_stock, credit_hold, created_by)
SELECT outlet_id, 1 + n / 50, morning, n % 7, '[]', false, 'client:erp' FROM visited WHERE n % 50 = 0 ON CONFLICT DO NOTHING;
INSERT INTO audit_entries (at, actor, channel, kind, code, before, after)
SELECT morning, 'client:erp', 'import', 'outlet', code, '{"phone": "1"}', '{"phone": "2"}' FROM visited WHERE n % 50 = 10;
INSERT INTO inbox_messages (key, id, subject, received_at, read_at, status, territory_ids)
SELECT CAST(CAST(visit_id AS text) AS bytea), visit_id, 'Order', morning, morning, 'processed', ARRAY[territory_id] FROM visited
WHERE n % 20 = 2;
INSERT INTO inbox_forms (message_id, number, file_name, digest, outlet_code, status, problems)
SELECT visit_id, 1, 'order.xlsx', '\x00', code, 'refused', '[]' FROM visited WHERE n % 20 = 2
