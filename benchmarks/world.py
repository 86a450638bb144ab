"""The world of the benchmarks: 5,000 reps with a handheld each, who checked in at their outlets today."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import CallerKind
from app.masters.identity.tokens import AccessTokens

TERRITORIES, REPS, OUTLETS, PRODUCTS = 100, 5_000, 30_000, 200
LINES = 12

# fmt: off
FILLED = (
    "territories", "reps", "devices", "outlets", "outlet_locations", "outlet_terms", "products", "prices", "stock",
    "visits", "check_ins",
)
# fmt: on
"""What the world has rows in."""

_FILL = Path(__file__).with_name("world.sql").read_text()


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
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in FILLED:
            await alone.execute(text(f"ANALYZE {table}"))


async def handhelds(database: Database, settings: Settings) -> list[Handheld]:
    """Every device with a token that outlives the benchmark and thirty outlets of its rep's territory."""
    tokens = AccessTokens(settings.signing_key, timedelta(hours=12))
    rows = text(
        "SELECT d.id, (SELECT json_agg(json_build_array(o.code, l.lat, l.lon)) FROM (SELECT * FROM outlets o"
        " WHERE o.territory_id = r.territory_id ORDER BY o.id OFFSET (r.id - 1) / :territories % 10 * 30 LIMIT 30) o"
        " JOIN outlet_locations l ON l.outlet_id = o.id) FROM devices d JOIN reps r ON r.id = d.rep_id"
    )
    async with database.read_only() as session:
        found = (await session.execute(rows, {"territories": TERRITORIES})).all()
    return [
        Handheld(tokens.issue(CallerKind.DEVICE, device_id), [tuple(outlet) for outlet in outlets])
        for device_id, outlets in found
    ]


def write_handhelds(path: Path, devices: list[Handheld]) -> None:
    """Write the handhelds for wrk's scripts: a line each, the token and then `code lat lon` of each outlet, by tabs."""
    lines = [
        "\t".join([device.token, *(f"{code} {lat} {lon}" for code, lat, lon in device.outlets)]) for device in devices
    ]
    path.write_text("\n".join(lines) + "\n")


def delivery_date() -> str:
    """Tomorrow, so that no order is refused around midnight."""
    return (clock.now() + timedelta(days=2)).date().isoformat()
