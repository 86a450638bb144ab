"""`make bench`: measures, prints a table of ratios, and keeps it in benchmarks/README.md with `--write`."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from app.ground.db.migrations import upgrade
from app.ground.db.session import Database
from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.roles import SERVICE_ROLE
from app.ground.settings import Settings
from benchmarks import console_parts, parts, plans, world
from benchmarks.rows import Row
from benchmarks.table import show, write


class Part(StrEnum):
    """What can be measured."""

    ORDERS = "orders"
    INSTRUCTIONS = "instructions"
    COMPLIANCE = "compliance"
    REP_DAYS = "rep_days"
    CLOSING = "closing"
    STATEMENTS = "statements"
    VALIDATION = "validation"
    INBOX = "inbox"
    ROUTES = "routes"
    WEEKS = "weeks"
    DELIVERIES = "deliveries"
    TIMELINE = "timeline"
    MAP = "map"
    TODAY = "today"
    STREAMS = "streams"
    HISTORY = "history"


ASKED = (
    Part.ORDERS,
    Part.STREAMS,
    Part.VALIDATION,
    Part.INBOX,
    Part.ROUTES,
    Part.WEEKS,
    Part.COMPLIANCE,
    Part.REP_DAYS,
    Part.TODAY,
    Part.CLOSING,
    Part.STATEMENTS,
    Part.DELIVERIES,
    Part.MAP,
    Part.TIMELINE,
)
"""What is measured unless one part is asked for: the history takes gigabytes and many minutes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured, as `main` describes it."""

    rounds: int
    seconds: int
    visits: int
    history_orders: int
    long_seconds: float


async def measure(home: Path, only: Part | None, sizes: Sizes, *, keep: bool) -> list[Row]:
    """Run the chosen benchmarks on a durable private cluster of their own."""
    settings = Settings(home=home, token_secret="benchmark" * 5)  # type: ignore[arg-type]  # parsed into a SecretStr
    os.environ["FIELDPROOF_TOKEN_SECRET"] = "benchmark" * 5
    cluster = Cluster(home)
    url = cluster.ensure_running()
    postmaster = cluster.status().pid or 0
    try:
        await upgrade(cluster.owner_url, service_role=SERVICE_ROLE)
        # what is filled in, and taken away again, no service could: that is the owner's
        unlimited = {"idle_in_transaction_session_timeout": "0"}
        database = Database(cluster.owner_url, pool_size=2, server_settings=unlimited)
        administrator = Database(cluster.administrator_url, pool_size=1)
        working = Database(url, pool_size=6)
        await world.fill(database)
        by_part: dict[Part, Callable[[], Awaitable[list[Row]]]] = {
            Part.ORDERS: lambda: parts.orders(database, settings, url, postmaster, sizes.rounds, sizes.seconds),
            Part.INSTRUCTIONS: lambda: parts.counted(database, settings, url, keep=keep),
            Part.VALIDATION: lambda: parts.judging(database),
            Part.INBOX: lambda: parts.mails(working),
            Part.ROUTES: lambda: asyncio.to_thread(plans.routes, sizes.long_seconds),
            Part.WEEKS: lambda: plans.weeks_made(working, settings),
            Part.COMPLIANCE: lambda: parts.compliance(database, settings, url),
            Part.REP_DAYS: lambda: parts.days_as_they_go(database, settings, url),
            Part.CLOSING: lambda: parts.days(database, administrator, sizes.visits),
            Part.STATEMENTS: lambda: parts.months(database),
            Part.DELIVERIES: lambda: parts.recorded_deliveries(database, url),
            Part.MAP: console_parts.dragged_map,
            Part.TODAY: lambda: console_parts.today(database, settings, url),
            Part.STREAMS: lambda: console_parts.streams(
                database, settings, url, postmaster, sizes.rounds, sizes.seconds
            ),
            Part.TIMELINE: lambda: parts.timelines(database, administrator, settings, url),
            Part.HISTORY: lambda: parts.history(
                database, administrator, settings, url, postmaster, orders=sizes.history_orders, seconds=sizes.seconds
            ),
        }
        rows: list[Row] = []
        for part in ASKED if only is None else (only,):
            rows += await by_part[part]()
        await working.close()
        await administrator.close()
        await database.close()
        return rows
    finally:
        cluster.remove()


def main(
    only: Annotated[Part | None, typer.Option(help="one part alone")] = None,
    rounds: Annotated[int, typer.Option(help="of orders and uploads")] = 5,
    seconds: Annotated[int, typer.Option(help="length of one measurement")] = 12,
    visits: Annotated[int, typer.Option(help="planned visits of the day that is closed")] = 1_000_000,
    history_orders: Annotated[int, typer.Option(help="orders in the two years before")] = 2_000_000,
    long_seconds: Annotated[float, typer.Option(help="of the search that a day's route is compared with")] = 10.0,
    *,
    keep: Annotated[bool, typer.Option("--write", help="keep the table in benchmarks/README.md")] = False,
) -> None:
    """Measure and print the ratios. Exits with 1 where the hot requests take many more instructions than were kept."""
    sizes = Sizes(rounds, seconds, visits, history_orders, long_seconds)
    with tempfile.TemporaryDirectory(prefix="fieldproof-bench-") as folder:
        rows = uvloop.run(measure(Path(folder), only, sizes, keep=keep))
    show(rows)
    if only is Part.INSTRUCTIONS:
        raise typer.Exit(0 if all(row.reached for row in rows) else 1)
    if keep:
        write(rows)


if __name__ == "__main__":
    typer.run(main)
