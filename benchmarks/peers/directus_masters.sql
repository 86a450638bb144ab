INSERT INTO outlets (code, territory)
SELECT 'O' || n, n % 10 FROM generate_series(1, 1000) n;
INSERT INTO products (code, list_price, pack_size)
SELECT 'P' || n, 1 + n * 0.01, 6 FROM generate_series(1, 200) n;
ANALYZE;
