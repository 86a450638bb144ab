INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version)
SELECT 'T' || n, 'Territory ' || n, 'Europe/Athens', '17:00', '19:00', '{1,2,3,4,5,6,7}', '{}', 1
FROM generate_series(1, :territories) n;
INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'R' || n, 'Rep ' || n, 1 + n % :territories, true, 1 FROM generate_series(1, :reps) n;
INSERT INTO devices (id, rep_id, model, os, app_version, enrolled_at)
SELECT gen_random_uuid(), id, 'bench', 'bench', '1', now() FROM reps;
INSERT INTO outlets (code, name, territory_id, phone, channel, active, location_version, terms_version, version)
SELECT 'O' || n, 'Outlet ' || n, 1 + n % :territories, '+30 2610 000000', 'grocery', true, 1, 1, 1
FROM generate_series(1, :outlets) n;
INSERT INTO outlet_locations (outlet_id, version, lat, lon, centre, radius_m, created_at, created_by)
SELECT id, 1, 38 + (id % 100) * 0.004, 21 + (id / 100) * 0.004,
       ST_MakePoint(21 + (id / 100) * 0.004, 38 + (id % 100) * 0.004)::geography, 80, now(), 'bench' FROM outlets;
INSERT INTO outlet_terms (outlet_id, version, valid_from, must_stock, min_order_value, credit_hold, created_by)
SELECT id, 1, '2020-01-01',
       '[{"product_code": "P1", "min_quantity": "6"}, {"product_code": "P2", "min_quantity": "6"}]', 20, false, 'bench'
FROM outlets;
INSERT INTO products (code, name, unit, pack_size, assortment_group, list_price, active, version)
SELECT 'P' || n, 'Product ' || n, 'piece', 6, 'group ' || n % 8, 1 + n * 0.01, true, 1
FROM generate_series(1, :products) n;
INSERT INTO prices (product_id, channel, price, valid_from)
SELECT id, 'grocery', list_price * 0.9, '2020-01-01' FROM products WHERE id % 2 = 0;
INSERT INTO stock (warehouse_code, product_id, quantity, as_of) SELECT 'W1', id, 1000000, now() FROM products;
INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at)
SELECT current_date, gen_random_uuid(), r.territory_id, r.id, o.id, 1, '2020-01-01', '2020-01-01'
FROM reps r, LATERAL (
  SELECT id FROM outlets WHERE territory_id = r.territory_id ORDER BY id OFFSET (r.id - 1) / :territories % 10 * 30 LIMIT 30
) o
