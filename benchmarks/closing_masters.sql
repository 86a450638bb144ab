UPDATE territories SET time_zone = 'Europe/Athens' WHERE id = 1;
INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'C' || n, 'Rep ' || n, 1, true, 1 FROM generate_series(0, CAST(:outlets AS int) / 100) n;
INSERT INTO devices (id, rep_id, model, os, app_version, enrolled_at)
SELECT gen_random_uuid(), id, 'bench', 'bench', '1', now() FROM reps WHERE code LIKE 'C%';
INSERT INTO device_sync_states (device_id, rep_id, watermark_at)
SELECT d.id, d.rep_id, CASE WHEN d.rep_id % 2 = 0 THEN timestamptz '2100-01-01' END
FROM devices d JOIN reps r ON r.id = d.rep_id WHERE r.code LIKE 'C%';
INSERT INTO outlets (code, name, territory_id, phone, channel, active, location_version, terms_version, version)
SELECT 'C' || n, 'Outlet ' || n, 1, '+30 2610 000000', 'grocery', true, 0, 0, 1
FROM generate_series(0, CAST(:outlets AS int) - 1) n
