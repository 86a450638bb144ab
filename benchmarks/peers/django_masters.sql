INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
SELECT n, '', false, 'R' || n, '', '', '', false, true, now() FROM generate_series(1, 50) n;
INSERT INTO authtoken_token (key, created, user_id)
SELECT md5('rep ' || n), now(), n FROM generate_series(1, 50) n;
INSERT INTO django_orders_rep (user_id, territory_id)
SELECT n, n % 10 FROM generate_series(1, 50) n;
INSERT INTO django_orders_outlet (code, territory_id)
SELECT 'O' || n, n % 10 FROM generate_series(1, 1000) n;
INSERT INTO django_orders_product (code, list_price, pack_size)
SELECT 'P' || n, 1 + n * 0.01, 6 FROM generate_series(1, 200) n;
ANALYZE;
