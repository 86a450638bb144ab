"""The world that the benchmarks run in: ten territories, a hundred reps with a handheld each, their outlets and products."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


from sqlalchemy import text

from app import clock
from app.db.session import Database
from app.identity.tokens import AccessTokens
from app.settings import Settings
from app.web.access import CallerKind

TERRITORIES, REPS, OUTLETS, PRODUCTS = 10, 100, 3_000, 200
LINES = 12

_FILL = """
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
SELECT id, 1, '2020-01-01', '[{"product_code": "P1", "min_quantity": "6"}, {"product_code": "P2", "min_quantity": "6"}]', 20,
       false, 'bench' FROM outlets;
INSERT INTO products (code, name, unit, pack_size, assortment_group, list_price, active, version)
SELECT 'P' || n, 'Product ' || n, 'piece', 6, 'group ' || n % 8, 1 + n * 0.01, true, 1 FROM generate_series(1, :products) n;
INSERT INTO prices (product_id, channel, price, valid_from)
SELECT id, 'grocery', list_price * 0.9, '2020-01-01' FROM products WHERE id % 2 = 0;
INSERT INTO stock (warehouse_code, product_id, quantity, as_of) SELECT 'W1', id, 1000000, now() FROM products
"""


@dataclass(frozen=True, slots=True)
class Handheld:
    """One rep's device: its token, and the codes and places of the rep's outlets."""

    token: str
    outlets: list[tuple[str, float, float]]


async def fill(database: Database) -> None:
    """Make the masters. The database must be migrated and empty."""
    sizes = {"territories": TERRITORIES, "reps": REPS, "outlets": OUTLETS, "products": PRODUCTS}
    async with database.transaction() as session:
        for statement in _FILL.split(";\n"):
            names = {name: size for name, size in sizes.items() if f":{name}" in statement}
            await session.execute(text(statement), names)
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))


async def handhelds(database: Database, settings: Settings) -> list[Handheld]:
    """Every device with a token that outlives the benchmark and thirty outlets of its rep's territory."""
    tokens = AccessTokens(settings.signing_key, timedelta(hours=12))
    rows = text(
        "SELECT d.id, (SELECT json_agg(json_build_array(o.code, l.lat, l.lon)) FROM (SELECT * FROM outlets o"
        " WHERE o.territory_id = r.territory_id ORDER BY o.id OFFSET r.id / :territories * 30 LIMIT 30) o"
        " JOIN outlet_locations l ON l.outlet_id = o.id) FROM devices d JOIN reps r ON r.id = d.rep_id"
    )
    async with database.read_only() as session:
        found = (await session.execute(rows, {"territories": TERRITORIES})).all()
    return [
        Handheld(tokens.issue(CallerKind.DEVICE, device_id), [tuple(outlet) for outlet in outlets])
        for device_id, outlets in found
    ]


def write_lua(path: Path, devices: list[Handheld]) -> None:
    """Write the handhelds as a Lua table, for wrk's scripts."""
    lines = ["return {"]
    for device in devices:
        outlets = ", ".join(f'{{"{code}", {lat}, {lon}}}' for code, lat, lon in device.outlets)
        lines.append(f'  {{token = "{device.token}", outlets = {{{outlets}}}}},')
    path.write_text("\n".join([*lines, "}"]))


def delivery_date() -> str:
    """Tomorrow, so that no order is refused around midnight."""
    return (clock.now() + timedelta(days=2)).date().isoformat()
