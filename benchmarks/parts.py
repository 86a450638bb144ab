"""What each part measures, as rows of the table."""

from statistics import median

from rich.console import Console

from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import (
    closing,
    deliveries,
    hot_path,
    inbox,
    instructions,
    month,
    rep_days,
    servers,
    statements,
    storage,
    timeline,
    validation,
)
from benchmarks.rows import Row, at_least, at_most

PORT = 8765
STATED_REPS, STATED_ENTRIES = 10_000, 3_000_000
CLOSED = 3
"""Days of each size."""


async def orders(
    database: Database, settings: Settings, url: str, postmaster: int, rounds: int, seconds: int
) -> list[Row]:
    """Single orders and uploads against pgbench, in turns, the median of each."""
    measured = await hot_path.measure(database, settings, url, postmaster, port=PORT, rounds=rounds, seconds=seconds)
    doors = {
        "pgbench": [each.pgbench for each in measured],
        "orders": [each.orders for each in measured],
        "uploads": [each.uploads for each in measured],
    }
    for door, loads in doors.items():
        by_round = ", ".join(f"{load.orders_a_second:,.0f}" for load in loads)
        api_ms, database_ms = (median(getattr(load, name) for load in loads) for name in ("api_ms", "database_ms"))
        Console().print(
            f"{door} by round: {by_round}; CPU a request:"
            f" {api_ms:.2f} ms of workers, {database_ms:.2f} ms of PostgreSQL"
        )
    limit, single, uploaded = (median(load.orders_a_second for load in loads) for loads in doors.values())
    return [
        at_least("POST /v1/orders, 12 lines", _rate(single), _rate(limit), single / limit, 0.42),
        at_least("POST /v1/sync, 25 orders and 25 check-ins", _rate(uploaded), _rate(limit), uploaded / limit, 0.85),
    ]


def _rate(orders_a_second: float) -> str:
    return f"{orders_a_second:,.0f} orders/s"


async def counted(database: Database, settings: Settings, url: str, *, keep: bool) -> list[Row]:
    """What a worker runs for each of the hot requests, against what it ran when that was kept."""
    found = await instructions.measure(database, settings, url, PORT)
    if keep:
        instructions.keep(found)
    before = instructions.kept()
    if before.python != found.python:
        Console().print(f"What is kept was counted with Python {before.python}; this is {found.python}.")
    return [
        at_most(what, _millions(now), f"{_millions(then)} (kept)", now / then, instructions.MOST_GROWTH)
        for what, now, then in (
            ("instructions of a worker, POST /v1/orders", found.order, before.order),
            ("instructions of a worker, POST /v1/sync", found.upload, before.upload),
        )
    ]


def _millions(count: int) -> str:
    return f"{count / 1e6:.2f} million"


async def days(database: Database, administrator: Database, visits: int) -> list[Row]:
    """Days of a tenth of `visits` and of `visits` planned visits, in turns, the median of each."""
    await closing.fill_masters(database, visits)
    calendar = iter(closing.closed_days(2 * CLOSED + 1))
    # the first day warms up: connections, caches, files that grow
    await closing.close(database, administrator, visits // 10, next(calendar))
    small, big = [], []
    for _ in range(CLOSED):
        small.append(await closing.close(database, administrator, visits // 10, next(calendar)))
        big.append(await closing.close(database, administrator, visits, next(calendar)))
    Console().print(
        *(
            f"{day.visits:,} visits closed in {day.run_s:.2f} s, their rows copied in {day.bare_s:.2f} s"
            for pair in zip(small, big, strict=True)
            for day in pair
        ),
        sep="\n",
    )
    tenth, whole = (median(day.run_s for day in days) for days in (small, big))
    bare = median(day.bare_s for day in big)
    missing = big[0].missing
    return [
        at_most(
            f"close a day of {visits:,} visits, {missing:,} missing",
            f"{whole:.2f} s",
            f"{bare:.2f} s",
            whole / bare,
            1.5,
        ),
        at_most("ten times the visits", f"{whole:.2f} s", f"{tenth:.2f} s", whole / tenth, 11),
    ]


async def months(database: Database) -> list[Row]:
    """A company's month of points."""
    month = await statements.fill(database, STATED_REPS, STATED_ENTRIES)
    found = await statements.close(database, month)
    replayed = await statements.replay(database, month)
    Console().print(f"closing a month has taken {found.grown_mb:.0f} MB of the process's memory")
    Console().print(f"what-if of it {replayed.grown_mb:.0f} MB, for an answer of {replayed.answer_mb:.1f} MB")
    return [
        at_most(
            f"close a month of {STATED_REPS:,} reps and {STATED_ENTRIES:,} entries",
            f"{found.closing_s:.2f} s",
            f"{found.bare_s:.2f} s",
            found.ratio,
            1.5,
        ),
        at_most("the same, in seconds", f"{found.closing_s:.2f} s", "10 s (asked)", found.closing_s / 10, 1),
        at_most(
            "what-if of it, every rule otherwise",
            f"{replayed.seconds:.2f} s",
            f"{found.bare_s:.2f} s",
            replayed.seconds / found.bare_s,
            1.5,
        ),
        at_most("the same, in seconds", f"{replayed.seconds:.2f} s", "20 s (asked)", replayed.seconds / 20, 1),
    ]


async def compliance(database: Database, settings: Settings, url: str) -> list[Row]:
    """A territory's month, and the company's."""
    await month.fill(database)
    with servers.api(url, settings.home, PORT, workers=1) as api:
        found = await month.measure(database, settings, api.address)
    kept = f"{found.kept_s * 1e3:.0f} ms"
    visits = f"{30_000 * month.TERRITORIES:,} visits"
    return [
        at_most("GET /v1/compliance, 30,000 visits, p95", kept, "100 ms (asked)", found.kept_s / 0.1, 1),
        at_most("the same, against counting its records", kept, f"{found.counted_s * 1e3:.0f} ms", found.ratio, 0.25),
        at_most(
            f"GET /v1/compliance of all territories, {visits}, p95",
            f"{found.company_s * 1e3:.0f} ms",
            "1 s (asked)",
            found.company_s,
            1,
        ),
    ]


async def days_as_they_go(database: Database, settings: Settings, url: str) -> list[Row]:
    """A supervisor's page, and what live pages ask every second."""
    await rep_days.fill(database)
    with servers.api(url, settings.home, PORT, workers=1) as api:
        found = await rep_days.measure(database, settings, api.address)
    asked = "what has changed of 10,000 reps' days, p95"
    return [
        at_most("GET /v1/rep-days, 50 reps and 1,500 visits, p95", *_within(found.page_s, 60)),
        at_most(asked, *_within(found.nothing_s, 3)),
        at_most(f"the same, after {rep_days.UPLOADING} uploads", *_within(found.uploads_s, 3)),
    ]


def _within(seconds: float, limit_ms: int) -> tuple[str, str, float, float]:
    return f"{seconds * 1e3:.1f} ms", f"{limit_ms} ms (asked)", seconds * 1e3 / limit_ms, 1


async def judging(database: Database) -> list[Row]:
    """What the validator adds to an order."""
    found = await validation.measure(database)
    return [
        at_most(
            "an order of 12 lines, with the validator / with its answer given",
            f"{found.judged_ms:.2f} ms",
            f"{found.given_ms:.2f} ms",
            found.judged_ms / found.given_ms,
            1.25,
        )
    ]


async def recorded_deliveries(database: Database, url: str) -> list[Row]:
    """A file of deliveries, against the 25 ms that are asked, and against the rows that it wrote."""
    found = await deliveries.measure(database, url)
    Console().print(f"their rows copied within the database: {found.copied_ms:.1f} ms")
    measured = f"{found.import_ms:.1f} ms of PostgreSQL"
    return [
        at_most("1,000 delivery lines by import", measured, "25 ms (asked)", found.import_ms / 25, 1),
        at_most("the same, against bare INSERTs of their rows", measured, f"{found.sent_ms:.1f} ms", found.ratio, 1.5),
    ]


async def timelines(database: Database, administrator: Database, settings: Settings, url: str) -> list[Row]:
    """An outlet's story, against the 50 ms that are asked."""
    codes = await timeline.fill(database, administrator)
    with servers.api(url, settings.home, PORT, workers=1) as api:
        told = await timeline.measure(database, settings, api.address, codes)
    return [
        at_most(
            f"GET /v1/outlets/…/timeline, {what}, p95", f"{seconds * 1e3:.0f} ms", "50 ms (asked)", seconds / 0.05, 1
        )
        for what, seconds in (("two years", told.newest_s), ("a year back", told.older_s))
    ]


async def mails(database: Database) -> list[Row]:
    """Mails with forms, against the 20 a second that are asked."""
    found = await inbox.measure(database)
    Console().print(f"forms alone, read by the same two processes: {found.forms_a_second:,.0f} a second")
    return [
        at_least(
            f"{inbox.MAILS:,} mails with forms",
            f"{found.mails_a_second:.1f} mails/s",
            "20 mails/s (asked)",
            found.mails_a_second / 20,
            1.0,
        )
    ]


async def history(
    database: Database,
    administrator: Database,
    settings: Settings,
    url: str,
    postmaster: int,
    *,
    orders: int,
    seconds: int,
) -> list[Row]:
    """Two years of orders."""
    rows = []
    for pair in await storage.measure(
        database, administrator, settings, url, postmaster, orders=orders, seconds=seconds
    ):
        told = (pair.what, _told(pair.ours, pair.unit), _told(pair.other, pair.unit), pair.ratio)
        rows.append(Row(*told, "–", reached=True) if pair.most is None else at_most(*told, pair.most))
    return rows


def _told(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value > 100 else f"{value * 1e3:,.2f} m{unit}"
