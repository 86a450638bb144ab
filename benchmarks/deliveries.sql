INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT current_date, gen_random_uuid(), o.territory_id, o.id, 1 + n % 5000, 'HANDHELD', 'device:R1', now(), now(), now(), 0,
  true, false, current_date + 1, '', :lines, 100, '[]', false
FROM generate_series(0, CAST(:orders AS int) - 1) n JOIN outlets o ON o.id = 1 + n % 30000;
INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
SELECT business_date, o.id, n, p.id, 12, p.list_price, p.list_price
FROM orders o, generate_series(1, :lines) n JOIN products p ON p.id = 10 + n WHERE business_date = current_date;
INSERT INTO event_receipts (id, kind, digest, business_date, received_at)
SELECT id, 'order', '\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', business_date, received_at
FROM orders WHERE business_date = current_date
