INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version)
VALUES ('WEEKS', 'Weeks', 'Europe/Athens', '17:00', '19:00', '{1,2,3,4,5}', '{}', 1);
INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'WEEKS-R' || n, 'Rep ' || n, t.id, true, 1
FROM generate_series(1, :reps) n, territories t WHERE t.code = 'WEEKS';
INSERT INTO workdays (territory_id, service_minutes, area_type, version, updated_at, updated_by)
SELECT id, 10, 'suburban', 1, now(), 'bench' FROM territories WHERE code = 'WEEKS';
INSERT INTO outlets (code, name, territory_id, active, location_version, terms_version, version)
SELECT 'W' || n, 'Outlet ' || n, t.id, true, 1, 1, 1
FROM generate_series(1, :outlets) n, territories t WHERE t.code = 'WEEKS';
-- two thirds in a city, the others in eight towns around it, each thinner from its middle outwards
INSERT INTO outlet_locations (outlet_id, version, lat, lon, centre, radius_m, created_at, created_by)
SELECT id, 1, lat, lon, ST_MakePoint(lon, lat)::geography, 80, now(), 'bench'
FROM outlets, LATERAL (
  SELECT 38.0 + town.north * 0.3 + town.size * sin(turn) * way AS lat,
         23.7 + town.east * 0.3 + town.size * cos(turn) * way / 0.79 AS lon
  FROM (SELECT 2 * pi() * (id * 0.6180339887 - floor(id * 0.6180339887)) AS turn,
               sqrt((id * 7919 % 1009) / 1009.0) * (id * 31 % 101 / 101.0) AS way) scatter,
    LATERAL (SELECT CASE WHEN id % 3 < 2 THEN 0 ELSE sin(id * 13 % 8 * pi() / 4) END AS north,
                    CASE WHEN id % 3 < 2 THEN 0 ELSE cos(id * 13 % 8 * pi() / 4) END AS east,
                    CASE WHEN id % 3 < 2 THEN 0.15 ELSE 0.04 END AS size) town
) place WHERE code LIKE 'W%';
-- one in twenty three times a week, a fifth once, a third every second week, the others every fourth
INSERT INTO outlet_terms (outlet_id, version, valid_from, must_stock, credit_hold, created_by,
  visits_per_week, min_gap_days, allowed_weekdays, visiting_hours)
SELECT id, 1, '2020-01-01', '[]', false, 'bench',
  CASE WHEN id % 20 = 0 THEN 3 WHEN id % 5 = 1 THEN 1 WHEN id % 3 = 0 THEN 0.5 ELSE 0.25 END,
  CASE WHEN id % 20 = 0 THEN 1 END,
  CASE WHEN id % 11 = 0 AND id % 20 > 0 THEN ARRAY[1, 3, 5]::smallint[] END,
  CASE id % 8 WHEN 0 THEN '[{"opens": "09:00", "closes": "13:00"}]'::jsonb
              WHEN 3 THEN '[{"opens": "08:00", "closes": "12:30"}, {"opens": "15:00", "closes": "20:00"}]'::jsonb END
FROM outlets WHERE code LIKE 'W%';
