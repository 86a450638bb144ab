-- One order of 12 lines: the rows that POST /v1/orders writes, into the same tables with the same indexes. The id is made of
-- two random numbers, so that no statement is spent on asking the server for one.
\set a random(0, 2147483647)
\set b random(0, 2147483647)
\set territory random(1, 100)
\set outlet random(1, 30000)
\set rep random(1, 5000)
\set product random(1, 188)
BEGIN;
INSERT INTO event_receipts (id, kind, digest, business_date, received_at)
SELECT (lpad(to_hex(:a::int), 8, '0') || '-1111-4111-a111-' || lpad(to_hex(:b::int), 12, '0'))::uuid, 'order',
  '\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', current_date, now();
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, device_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, monotonic_ms, boot_id, sequence, delivery_date, comment, line_count,
  lines_digest, total_value, warnings, mock)
SELECT current_date, (lpad(to_hex(:a::int), 8, '0') || '-1111-4111-a111-' || lpad(to_hex(:b::int), 12, '0'))::uuid,
  :territory::int, :outlet::int, :rep::int, '00112233-4455-4677-8899-aabbccddeeff'::uuid, 'HANDHELD', 'device R1', now(), now(),
  now(), 0, true, false, 1000, 'bench', 1, current_date + 1, '', 12, :a::int8 * :b::int8, 123.45, '[]', false;
INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
SELECT current_date, id, n, :product::int + n, 6, 1.15, 1.15
FROM (SELECT (lpad(to_hex(:a::int), 8, '0') || '-1111-4111-a111-' || lpad(to_hex(:b::int), 12, '0'))::uuid AS id) made,
  generate_series(1, 12) n;
COMMIT;
