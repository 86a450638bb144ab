"""What the parts of the console measure, as rows of the table."""

from statistics import median

from rich.console import Console

from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import console_map, open_streams, rep_days, servers, today_page
from benchmarks.rows import Row, at_least, at_most

PORT = 8765
SERVER_MS, SENT_KB, PAINT_MS = 100, 200, 1000
LEFT = 0.9
"""Of the API's throughput beside open pages."""


async def dragged_map() -> list[Row]:
    """A territory's map, against the 30 frames a second that are asked."""
    pannings = await console_map.measure()
    for panning in pannings:
        Console().print(f"zoom {panning.zoom}: {panning.slowest:.0f} frames/s in the slowest drag")
    return [
        at_least(
            f"a map of {console_map.OUTLETS:,} outlets, dragged at zoom {panning.zoom}",
            f"{panning.frames_a_second:.0f} frames/s",
            f"{console_map.ENOUGH:.0f} frames/s (asked)",
            panning.frames_a_second / console_map.ENOUGH,
            1.0,
        )
        for panning in pannings
    ]


async def today(database: Database, settings: Settings, url: str) -> list[Row]:
    """The page of 50 reps with 1,500 visits, before the cutoff and after it."""
    await rep_days.fill(database)
    with servers.api(url, settings.home, PORT, workers=1) as api:
        found = await today_page.measure(database, settings, api.address)
    rows = []
    for when, page in (
        ("before the cutoff", found.open_day),
        (f"after it, {found.flagged} visits flagged", found.closed_day),
    ):
        visits = page.visits
        sent = ", ".join(f"{what} {size / 1e3:.1f} kB" for what, size in visits.sent_bytes)
        Console().print(f"{when}: slowest first paint {max(visits.paints_s) * 1e3:.0f} ms; sent: {sent}")
        rows += [
            at_most(f"Today {when}, 50 reps and 1,500 visits, p95", *_within(page.server_s * 1e3, SERVER_MS, "ms")),
            at_most("the same with all that it loads, packed", *_within(visits.total_bytes / 1e3, SENT_KB, "kB")),
            at_most("the same, first paint in an empty browser", *_within(visits.paint_s * 1e3, PAINT_MS, "ms")),
        ]
    return rows


def _within(value: float, limit: int, unit: str) -> tuple[str, str, float, float]:
    return f"{value:.0f} {unit}", f"{limit:,} {unit} (asked)", value / limit, 1


async def streams(
    database: Database, settings: Settings, url: str, postmaster: int, rounds: int, seconds: int
) -> list[Row]:
    """Orders beside open pages, against orders alone; some check-ins arrive beside them all."""
    measured = await open_streams.measure(
        database, settings, url, postmaster, port=PORT, rounds=rounds, seconds=seconds
    )
    rates = {}
    for name in ("alone", "quiet", "told"):
        turns = [getattr(each, name) for each in measured]
        rates[name] = f"{median(turn.load.orders_a_second for turn in turns):,.0f} orders/s"
        api_ms, database_ms = (median(getattr(turn.load, of) for turn in turns) for of in ("api_ms", "database_ms"))
        Console().print(
            f"{name} by round: {', '.join(f'{turn.load.orders_a_second:,.0f}' for turn in turns)} orders/s;"
            f" {median(turn.events_a_second for turn in turns):,.0f} events/s;"
            f" CPU an order: {api_ms:.2f} ms of workers, {database_ms:.2f} ms of PostgreSQL"
        )
    return [
        at_least(what, rates[name], f"{rates['alone']} without", open_streams.share(measured, name), LEFT)
        for what, name in (
            (f"POST /v1/orders beside {open_streams.STREAMS} streams that are told nothing", "quiet"),
            (f"the same, told of {open_streams.CHECK_INS_A_SECOND} check-ins a second", "told"),
        )
    ]
