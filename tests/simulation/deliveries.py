"""How the news of a day reach the server: uploads split, shuffled and late, some events twice, in any order.

What a delivery may not change is on which side of the cutoff something arrives: that is one of the facts.
"""

from dataclasses import dataclass
from math import ceil
from random import Random
from uuid import UUID

from tests.simulation.days import CUTOFF, DAY, Cancelling, Facts

IN_TIME_BY = CUTOFF - 5.0
LATE_FROM = CUTOFF + 2.0
LATE_BY = DAY + 12 * 60.0
"""Next noon: the last of a day's uploads, so that the run of the next evening sees them all."""
GRID = 20.0


@dataclass(frozen=True)
class Upload:
    """A request of a phone: built at a minute, received at another. It brings these taps, and claims all until then."""

    phone: int
    built_at: float
    received_at: float
    taps: tuple[UUID, ...]


@dataclass(frozen=True)
class Change:
    """A cancellation that reaches the server."""

    cancelling: Cancelling
    received_at: float


def contacts(facts: Facts) -> list[Upload | Change]:
    """The sign of life at each start of a phone that reaches the server: it anchors the boot."""
    return [
        Upload(number, boot.booted_at + 1, boot.booted_at + 1, ())
        for number, phone in enumerate(facts.phones)
        for boot in phone.boots
        if not boot.dark
    ]


def deliver(facts: Facts, seed: int) -> list[Upload | Change]:
    """One way for the news to come, besides the contacts."""
    random = Random(seed)
    uploads: list[Upload] = []
    arrival: dict[UUID, float] = {}
    for number in range(len(facts.phones)):
        groups: dict[tuple[float, float], list[UUID]] = {}
        taps = facts.taps_of(number)
        moments = sorted(_tick(random.uniform(LATE_FROM, LATE_BY - GRID)) for _ in range(random.randint(1, 3)))
        for tap in taps:
            if tap.id in facts.prompt:
                built_at = received_at = tap.minute + 0.05
            elif tap.id in facts.in_time:
                built_at = received_at = min(_tick(random.uniform(tap.minute, IN_TIME_BY)), IN_TIME_BY)
            else:
                received_at = random.choice([moment for moment in (*moments, LATE_BY) if moment > tap.minute + 1])
                built_at = received_at
            groups.setdefault((built_at, received_at), []).append(tap.id)
            arrival[tap.id] = received_at
        for (built_at, received_at), ids in groups.items():
            random.shuffle(ids)
            uploads.append(Upload(number, built_at, received_at, tuple(ids)))
        uploads.append(Upload(number, LATE_BY + 1, LATE_BY + 1, tuple(tap.id for tap in taps if random.random() < 0.5)))
    changes = [Change(each, _heard_at(random, each, arrival[each.order])) for each in facts.cancellings]
    return sorted([*uploads, *changes], key=lambda news: news.received_at)


def _tick(minute: float) -> float:
    """The next of the minutes at which things arrive: those of many days then arrive together."""
    return ceil(minute / GRID) * GRID


def _heard_at(random: Random, cancelling: Cancelling, order_arrived_at: float) -> float:
    if cancelling.at_once:
        return cancelling.minute + 0.1
    earliest = max(LATE_FROM, cancelling.minute, order_arrived_at) + 0.1
    return _tick(random.uniform(earliest, earliest + 300))
