"""Figures of routes and of weeks."""

from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import tsptw, weeks
from benchmarks.rows import Row, at_least, at_most


def routes(seconds: float) -> list[Row]:
    """Instances with known best values, and made-up days against a search of so many seconds."""
    instances = tsptw.measured_instances(sorted(tsptw.INSTANCES.glob("*.txt")))
    days_ = tsptw.measured_days(seconds)
    worst = max(instances, key=lambda one: one.seconds)
    off = max(days_, key=lambda one: one.off)
    slowest = max(days_, key=lambda one: one.seconds)
    reached = sum(one.found == one.best_known for one in instances)
    return [
        at_least(
            "instances of Dumas et al. at their best known value",
            f"{reached}",
            f"{len(instances)}",
            reached / len(instances),
            1,
        ),
        at_most("  the slowest of them", f"{worst.seconds:.2f} s", "1 s (asked)", worst.seconds, 1),
        at_most(
            f"a day of 30 stops against {seconds:.0f} s of searching, the worst of ten",
            f"{off.cost:,}",
            f"{off.best_cost:,}",
            off.off,
            1.005,
        ),
        at_most("  the slowest of them", f"{slowest.seconds:.2f} s", "0.3 s (asked)", slowest.seconds / 0.3, 1),
    ]


async def weeks_made(database: Database, settings: Settings) -> list[Row]:
    """A large territory's week."""
    made = await weeks.measure(database, settings)
    found = made.progress
    what = f"the week of {weeks.REPS} reps and {weeks.OUTLETS:,} outlets, {found.visits:,} visits"
    return [
        at_most(what, f"{made.seconds:.0f} s", "300 s (asked)", made.seconds / 300, 1),
        at_most(
            "  memory, workers included", f"{made.memory_gib:.2f} GiB", "1.5 GiB (asked)", made.memory_gib / 1.5, 1
        ),
    ]
