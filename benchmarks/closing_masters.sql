INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'C' || n, 'Rep ' || n, 1, true, 1 FROM generate_series(0, CAST(:outlets AS int) / 100) n;
INSERT INTO outlets (code, name, territory_id, phone, channel, active, location_version, terms_version, version)
SELECT 'C' || n, 'Outlet ' || n, 1, '+30 2610 000000', 'grocery', true, 0, 0, 1
FROM generate_series(0, CAST(:outlets AS int) - 1) n
