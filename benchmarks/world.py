"""The world of the benchmarks: 5,000 reps with a handheld each, and thirty outlets a day."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import CallerKind
from app.masters.identity.tokens import AccessTokens
from benchmarks.forms import Handheld

TERRITORIES, REPS, OUTLETS, PRODUCTS = 100, 5_000, 30_000, 200

# fmt: off
FILLED = (
    "territories", "reps", "devices", "outlets", "outlet_locations", "outlet_terms", "products", "prices", "stock",
    "visits",
)
# fmt: on
"""What the world has rows in."""
OF_THE_DAY = ("check_ins", "device_sync_states")
"""What a day that begins anew has rows in."""

_SIZES = {"territories": TERRITORIES, "reps": REPS, "outlets": OUTLETS, "products": PRODUCTS}


async def fill(database: Database) -> None:
    """Make the masters, and a day. The database must be migrated and empty."""
    await _run(database, "world.sql", FILLED)
    await begin_day(database)


async def begin_day(database: Database) -> None:
    """Take away all that was sent, and let the day begin anew: what one round leaves behind changes no other."""
    await _run(database, "day.sql", OF_THE_DAY)


async def _run(database: Database, script: str, filled: Sequence[str]) -> None:
    async with database.transaction() as session:
        for statement in Path(__file__).with_name(script).read_text().split(";\n"):
            sizes = {name: size for name, size in _SIZES.items() if f":{name}" in statement}
            await session.execute(text(statement), sizes)
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in filled:
            await alone.execute(text(f"VACUUM ANALYZE {table}"))


async def handhelds(database: Database, settings: Settings) -> list[Handheld]:
    """Every device, by rep, with a token that outlives the benchmark and the thirty outlets of its rep's day.

    The first half of them sends orders one by one (`day.sql`), the others whole days.
    """
    tokens = AccessTokens(settings.signing_key, timedelta(hours=12))
    rows = text(
        "SELECT d.id, (SELECT json_agg(json_build_array(o.code, l.lat, l.lon) ORDER BY o.id) FROM ("
        "SELECT * FROM outlets o WHERE o.territory_id = r.territory_id"
        " ORDER BY o.id OFFSET (r.id - 1) / :territories % 10 * 30 LIMIT 30"
        ") o JOIN outlet_locations l ON l.outlet_id = o.id)"
        " FROM devices d JOIN reps r ON r.id = d.rep_id ORDER BY r.id"
    )
    async with database.read_only() as session:
        found = (await session.execute(rows, {"territories": TERRITORIES})).all()
    return [
        Handheld(tokens.issue(CallerKind.DEVICE, device_id), [tuple(outlet) for outlet in outlets])
        for device_id, outlets in found
    ]
