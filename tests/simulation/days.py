"""A random day of one territory, as facts: who planned what, what phones recorded, what the office did, and when.

Times are minutes after midnight in Athens, on the phones' days as on the office's; the phones' clocks are right. A day
says what happened; when its news reach the server is a *delivery* (`deliveries.py`), of which there are many for one
day.
"""

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

CUTOFF = 17 * 60
FIRST, LAST = 8 * 60, CUTOFF + 90
"""What phones record lies between the two."""
OUTLETS = 4
DAY = 24 * 60


@dataclass(frozen=True)
class Boot:
    """A phone from one start to the next. `dark`: it tells no monotonic clock, so nothing dates its events."""

    id: str
    booted_at: float
    dark: bool


@dataclass(frozen=True)
class Phone:
    """A handheld of a rep, with its boots in order."""

    rep: int
    boots: tuple[Boot, ...]

    def boot_at(self, minute: float) -> Boot:
        """The boot that runs at a minute."""
        return [boot for boot in self.boots if boot.booted_at <= minute][-1]


@dataclass(frozen=True)
class Tap:
    """Something that a phone recorded: an arrival, a departure or an order, with what its position was."""

    id: UUID
    phone: int
    sequence: int
    minute: float
    kind: str
    outlet: int
    place: str


@dataclass(frozen=True)
class Cancelling:
    """An order that is cancelled: by its rep at a minute on the phone that placed it, or by the office.

    `at_once`: the server hears of it as it happens.
    """

    order: UUID
    minute: float
    by_office: bool
    at_once: bool


@dataclass(frozen=True)
class Facts:
    """All that happened on the day. `in_time`: what reaches the server by the cutoff; `prompt`: what does at once."""

    visits: frozenset[tuple[int, int]]
    phones: tuple[Phone, ...]
    taps: tuple[Tap, ...]
    in_time: frozenset[UUID]
    prompt: frozenset[UUID]
    cancellings: tuple[Cancelling, ...]
    excuses: dict[tuple[int, int], float] = field(default_factory=dict)

    def taps_of(self, phone: int) -> list[Tap]:
        """What a phone recorded, in order."""
        return [tap for tap in self.taps if tap.phone == phone]

    def tap(self, id_: UUID) -> Tap:
        """A tap by its id."""
        return next(tap for tap in self.taps if tap.id == id_)

    def boot_of(self, tap: Tap) -> Boot:
        """The boot in which something was recorded."""
        return self.phones[tap.phone].boot_at(tap.minute)

    def boot_of_cancelling(self, cancelling: Cancelling) -> Boot:
        """The boot in which a rep cancelled an order."""
        return self.phones[self.tap(cancelling.order).phone].boot_at(cancelling.minute)


def draw(seed: int) -> Facts:
    """The day of a seed."""
    random = Random(seed)
    reps = random.choice([1, 2, 2, 3])
    visits = {(rep, outlet) for rep in range(reps) for outlet in range(OUTLETS) if random.random() < 0.6}
    phones = tuple(_phone(random, rep) for rep in range(reps) for _ in range(random.choice([1, 1, 1, 2])))
    taps = tuple(tap for number, phone in enumerate(phones) for tap in _recorded(random, number, phone))
    reachable = [tap for tap in taps if tap.minute < CUTOFF - 6 and not phones[tap.phone].boot_at(tap.minute).dark]
    in_time = {tap.id for tap in reachable if random.random() < 0.5}
    cancellings, prompt = _cancellings(random, phones, taps, in_time)
    planned = sorted(visits)
    excuses = {
        visit: random.choice([10 * 60.0, CUTOFF + 30.0, 22 * 60.0]) for visit in planned if random.random() < 0.1
    }
    return Facts(frozenset(visits), phones, taps, frozenset(in_time), frozenset(prompt), cancellings, excuses)


def _phone(random: Random, rep: int) -> Phone:
    # switched on at six, or without a way to tell how long ago it was: then nothing dates what it records
    return Phone(rep, (Boot("boot-0", 6 * 60.0, dark=random.random() < 0.2),))


def _recorded(random: Random, number: int, phone: Phone) -> list[Tap]:
    minutes = sorted(round(random.uniform(FIRST, LAST), 2) for _ in range(random.randint(0, 7)))
    taps, outlet = [], random.randrange(OUTLETS)
    for sequence, minute in enumerate(minutes, start=1):
        outlet = random.choice([outlet, outlet, random.randrange(OUTLETS)])
        kind = random.choice(["arrival", "arrival", "departure", "order", "order"])
        place = random.choice(
            ["there", "there", "there", "away", "none"] if kind != "order" else ["none"] * 3 + ["there"]
        )
        taps.append(Tap(UUID(int=random.getrandbits(128), version=4), number, sequence, minute, kind, outlet, place))
    return taps


def _cancellings(
    random: Random, phones: tuple[Phone, ...], taps: tuple[Tap, ...], in_time: set[UUID]
) -> tuple[tuple[Cancelling, ...], set[UUID]]:
    """What is cancelled by whom; what the office cancels before the cutoff it must have seen at once."""
    cancellings, prompt = [], set()
    for order in (tap for tap in taps if tap.kind == "order"):
        chance = random.random()
        if chance < 0.2:
            minute = round(order.minute + random.uniform(1, 60), 2)
            lit = not phones[order.phone].boot_at(minute).dark
            at_once = order.id in in_time and lit and minute < CUTOFF - 1 and random.random() < 0.5
            cancellings.append(Cancelling(order.id, minute, by_office=False, at_once=at_once))
            prompt |= {order.id} if at_once else set()
        elif chance < 0.3 and order.id in in_time and order.minute < CUTOFF - 10:
            prompt.add(order.id)
            cancellings.append(Cancelling(order.id, CUTOFF - 4.0, by_office=True, at_once=True))
        elif chance < 0.4:
            cancellings.append(Cancelling(order.id, 2 * DAY + 30.0, by_office=True, at_once=True))
    return tuple(cancellings), prompt
