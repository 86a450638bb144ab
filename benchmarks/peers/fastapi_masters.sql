INSERT INTO reps (id, token, territory_id)
SELECT n, md5('rep ' || n), n % 10 FROM generate_series(1, 50) n;
INSERT INTO outlets (code, territory_id)
SELECT 'O' || n, n % 10 FROM generate_series(1, 1000) n;
INSERT INTO products (code, list_price, pack_size)
SELECT 'P' || n, 1 + n * 0.01, 6 FROM generate_series(1, 200) n;
ANALYZE;
