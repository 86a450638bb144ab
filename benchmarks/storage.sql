INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, device_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, monotonic_ms, boot_id, sequence, delivery_date, comment, line_count,
  total_value, warnings, lat, lon, accuracy_m, mock)
SELECT day, gen_random_uuid(), 1 + n % 100, 1 + n % 30000, 1 + n % 5000, '00112233-4455-4677-8899-aabbccddeeff', 'HANDHELD',
  'device R1', at, at, at, 0, true, false, 1000, 'bench', n, day + 1, '', 12, 123.45, '[]',
  CASE WHEN n % 4 = 0 THEN 38 + random() END, CASE WHEN n % 4 = 0 THEN 21 + random() END, 8.5, false
FROM generate_series(0, CAST(:orders AS int) - 1) n,
  LATERAL (SELECT CAST(:first AS date) + CAST(n * CAST(:days AS bigint) / :orders AS int) AS day) d,
  LATERAL (SELECT day + time '14:00' AT TIME ZONE 'UTC' AS at) t;
INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
SELECT business_date, id, n, n, 6, 1.15, 1.15 FROM orders, generate_series(1, 12) n WHERE business_date < current_date;
INSERT INTO event_receipts (id, kind, digest, business_date, received_at)
SELECT id, 'order', '\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', business_date, received_at
FROM orders WHERE business_date < current_date;
CREATE TABLE flat_receipts (LIKE event_receipts INCLUDING ALL);
CREATE TABLE flat_orders (LIKE orders INCLUDING ALL);
CREATE TABLE flat_lines (LIKE order_lines INCLUDING ALL,
  FOREIGN KEY (business_date, order_id) REFERENCES flat_orders (business_date, id));
INSERT INTO flat_receipts SELECT * FROM event_receipts;
INSERT INTO flat_orders SELECT * FROM orders;
INSERT INTO flat_lines SELECT * FROM order_lines
