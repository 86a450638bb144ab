"""How the news of a day reach the server: uploads split, shuffled, late and long on their way, some of it twice.

What a delivery may not change is on which side of the cutoff something arrives: that is one of the facts.
"""

from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

from tests.simulation.days import CUTOFF, DAY, GRID, Edit, Facts, Phone, Tap, tick

IN_TIME_BY = CUTOFF - 5.0
LATE_FROM = CUTOFF + 2.0
LATE_BY = DAY + 12 * 60.0
"""Next noon: the last of a day's uploads, so that the run of the next evening sees them all."""
TOO_LATE = 3 * DAY + CUTOFF + 20.0
"""More than 72 hours after the cutoff."""
BEFORE_MIDNIGHT = DAY - 10.0


@dataclass(frozen=True)
class Upload:
    """A request of a phone: built at a minute, received at another. It brings these taps, and claims all until then."""

    phone: int
    built_at: float
    received_at: float
    taps: tuple[UUID, ...]


@dataclass(frozen=True)
class EditRequest:
    """An edit that reaches the server."""

    edit: Edit
    built_at: float
    received_at: float


def contacts(facts: Facts) -> list[Upload | EditRequest]:
    """The first sign of life of each boot that reaches the server: it anchors the boot."""
    return [
        Upload(number, boot.heard_at, boot.heard_at, ())
        for number, phone in enumerate(facts.phones)
        for boot in phone.boots
        if boot.heard_at is not None
    ]


def deliver(facts: Facts, seed: int) -> list[Upload | EditRequest]:
    """One way for the news to come, besides the contacts."""
    random = Random(seed)
    uploads: list[Upload] = []
    arrival: dict[UUID, float] = {}
    for number, phone in enumerate(facts.phones):
        own = _uploads(random, facts, number, phone)
        arrival |= {id_: upload.received_at for upload in own for id_ in upload.taps}
        uploads += [*own, *_again(random, facts, number, phone, own)]
    requests = [_request(random, facts, edit, arrival) for edit in facts.edits if edit.order not in facts.lost]
    return sorted([*uploads, *requests], key=lambda news: news.received_at)


def _uploads(random: Random, facts: Facts, number: int, phone: Phone) -> list[Upload]:
    """Everything once."""
    last = BEFORE_MIDNIGHT if phone.by_night else LATE_BY
    moments = sorted(tick(random.uniform(LATE_FROM, last - GRID)) for _ in range(random.randint(1, 3)))
    groups: dict[tuple[float, float], list[UUID]] = {}
    for tap in facts.taps_of(number):
        if tap.id in facts.lost:
            continue
        if tap.id in facts.prompt:
            times = (tap.minute + 0.05, tap.minute + 0.05)
        elif tap.id in facts.too_late:
            times = (_built_at(random, phone, tap, TOO_LATE), TOO_LATE)
        elif tap.id in facts.in_time:
            moment = phone.reach(min(tick(random.uniform(tap.minute + 0.1, IN_TIME_BY)), IN_TIME_BY))
            moment = moment if moment <= IN_TIME_BY else phone.reach(tap.minute + 0.1)
            times = (_built_at(random, phone, tap, moment), moment)
        else:
            moment = random.choice([moment for moment in (*moments, last) if moment > tap.minute + 1])
            built_at = _built_at(random, phone, tap, moment)
            times = (built_at, max(moment, built_at))
        groups.setdefault(times, []).append(tap.id)
    uploads = []
    for (built_at, received_at), ids in groups.items():
        random.shuffle(ids)
        uploads.append(Upload(number, built_at, received_at, tuple(ids)))
    return uploads


def _built_at(random: Random, phone: Phone, tap: Tap, received_at: float) -> float:
    """When a request was made that arrived then: then, or any time since what it brings was recorded."""
    if phone.slow and random.random() < 0.4:
        built_at = phone.reach(random.uniform(tap.minute + 0.1, received_at))
        if built_at < received_at:
            return built_at
    return phone.reach(received_at)


def _again(random: Random, facts: Facts, number: int, phone: Phone, uploads: list[Upload]) -> list[Upload]:
    """What comes twice: requests as they were, for no answer came, and at last some of what the phone still has."""
    twice = [
        replace(upload, received_at=LATE_FROM + GRID if upload.received_at < LATE_FROM else LATE_BY + 1)
        for upload in uploads
        if phone.slow and upload.received_at < TOO_LATE and random.random() < 0.2
    ]
    since = phone.counts_from(LATE_BY)
    kept = [tap.id for tap in facts.in_window() if tap.phone == number and tap.minute >= since]
    return [*twice, Upload(number, LATE_BY + 1, LATE_BY + 1, tuple(id_ for id_ in kept if random.random() < 0.5))]


def _request(random: Random, facts: Facts, edit: Edit, arrival: dict[UUID, float]) -> EditRequest:
    if edit.by_office:
        return EditRequest(edit, edit.minute, edit.minute)
    if edit.at_once:
        return EditRequest(edit, edit.minute, edit.minute + 0.1)
    phone = facts.phones[facts.tap(edit.order).phone]
    earliest = max(LATE_FROM, edit.minute, arrival[edit.order]) + 0.1
    received_at = phone.reach(tick(random.uniform(earliest, earliest + 300)))
    built_at = received_at
    if phone.slow and random.random() < 0.4:
        built_at = min(received_at, phone.reach(random.uniform(edit.minute, received_at)))
    return EditRequest(edit, built_at, received_at)
