"""How the news of a day reach the server: uploads split, shuffled, delayed and sent again, in any order.

What a delivery may not change is on which side of the cutoff something arrives: that is one of the facts.
"""

from dataclasses import dataclass
from math import ceil
from random import Random
from uuid import UUID

from tests.simulation.days import CUTOFF, DAY, LAST, Cancelling, Facts, Phone

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
    for number, phone in enumerate(facts.phones):
        groups: dict[tuple[float, float], list[UUID]] = {}
        taps = facts.taps_of(number)
        moments = sorted(_tick(random.uniform(LATE_FROM, LATE_BY - GRID)) for _ in range(random.randint(1, 3)))
        for tap in taps:
            if tap.id in facts.prompt:
                built_at = received_at = tap.minute + 0.05
            elif tap.id in facts.in_time:
                built_at, received_at = _before_the_cutoff(random, phone, tap.minute)
            else:
                received_at = random.choice([moment for moment in (*moments, LATE_BY) if moment > tap.minute + 1])
                built_at = _lit(phone, random.uniform(max(tap.minute, received_at - 30), received_at))
                received_at = max(received_at, _tick(built_at))
            groups.setdefault((built_at, received_at), []).append(tap.id)
            arrival[tap.id] = received_at
        for (built_at, received_at), ids in groups.items():
            random.shuffle(ids)
            upload = Upload(number, built_at, received_at, tuple(ids))
            uploads.append(upload)
            if random.random() < 0.3:  # no answer came: the same request once more
                again_at = _tick(received_at + random.uniform(0.1, 200))
                uploads.append(Upload(number, built_at, again_at, upload.taps))
        uploads.append(Upload(number, LATE_BY + 1, LATE_BY + 1, tuple(tap.id for tap in taps if random.random() < 0.5)))
    changes = [Change(each, _heard_at(random, facts, each, arrival[each.order])) for each in facts.cancellings]
    return sorted([*uploads, *changes], key=lambda news: news.received_at)


def _before_the_cutoff(random: Random, phone: Phone, minute: float) -> tuple[float, float]:
    built_at = _lit(phone, random.uniform(minute, IN_TIME_BY))
    if built_at > IN_TIME_BY:
        built_at = minute + 0.05
    return built_at, min(_tick(random.uniform(built_at, IN_TIME_BY)), IN_TIME_BY)


def _tick(minute: float) -> float:
    """The next of the minutes at which things arrive: those of many days then arrive together."""
    return ceil(minute / GRID) * GRID


def _lit(phone: Phone, minute: float) -> float:
    """The first minute from this one on at which the phone reaches the server."""
    for boot, following in zip(phone.boots, (*phone.boots[1:], None), strict=True):
        if (following is None or minute < following.booted_at) and not boot.dark:
            return max(minute, boot.booted_at + 2)
    return max(minute, LAST + 12)


def _heard_at(random: Random, facts: Facts, cancelling: Cancelling, order_arrived_at: float) -> float:
    if cancelling.at_once:
        return cancelling.minute + 0.1
    earliest = max(LATE_FROM, cancelling.minute, order_arrived_at) + 0.1
    return _tick(random.uniform(earliest, earliest + 300))
