"""A random day of one territory, as facts: who planned what, what phones recorded, what the office did, and when.

Times are minutes after midnight in Athens as they truly were; what a phone's wall clock showed is another matter. A day
says what happened; when its news reach the server is a *delivery* (`deliveries.py`), of which there are many for one
day. `drawing.py` makes days up.
"""

from dataclasses import dataclass
from math import ceil
from uuid import UUID

CUTOFF = 17 * 60
FIRST, LAST = 8 * 60, CUTOFF + 90
"""What phones record lies between the two."""
OUTLETS = 4
DAY = 24 * 60
GRID = 20.0


def tick(minute: float) -> float:
    """The next of the minutes at which things arrive: those of many days then arrive together."""
    return ceil(minute / GRID) * GRID


@dataclass(frozen=True)
class Boot:
    """A phone from one start to the next. `dark`: it tells no monotonic clock.

    `heard_at`: when a sign of life first reaches the server, as it is sent; None: none does until the phone is off.
    """

    id: str
    booted_at: float
    heard_at: float | None
    dark: bool = False

    @property
    def anchored(self) -> bool:
        """Whether the server can tell when the boot began (T2): it dates what was recorded in it."""
        return self.heard_at is not None and not self.dark


@dataclass(frozen=True)
class Phone:
    """A handheld of a rep, with its boots in order.

    `wall`: from which minute on its wall clock was how many minutes ahead; right until the first. `slow`: its requests
    may be long on their way. `anew`: its app is installed anew at its second boot, and counts from 1 again. `by_night`:
    all that it tells, it tells before midnight.
    """

    rep: int
    boots: tuple[Boot, ...]
    wall: tuple[tuple[float, float], ...] = ()
    slow: bool = True
    anew: bool = False
    by_night: bool = False

    def boot_at(self, minute: float) -> Boot:
        """The boot that runs at a minute."""
        return [boot for boot in self.boots if boot.booted_at <= minute][-1]

    def ahead_at(self, minute: float) -> float:
        """How many minutes the wall clock was ahead."""
        return next((ahead for since, ahead in reversed(self.wall) if since <= minute), 0.0)

    def counts_from(self, minute: float) -> float:
        """When the count of events began that is valid at a minute."""
        return self.boots[1].booted_at if self.anew and minute >= self.boots[1].booted_at else 0.0

    def reach(self, minute: float) -> float:
        """The first minute from this one on at which it reaches the server."""
        for boot, end in zip(self.boots, [*(later.booted_at for later in self.boots[1:]), float("inf")], strict=True):
            if boot.heard_at is not None and max(minute, boot.heard_at) < end:
                return max(minute, boot.heard_at)
        raise AssertionError("the last boot of a phone is heard of")


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
class Edit:
    """An order that is changed: by its rep at a minute on the phone that placed it, or by the office.

    To this quantity; None: it is cancelled. `at_once`: the server hears of it as it happens.
    """

    order: UUID
    minute: float
    by_office: bool
    at_once: bool
    quantity: int | None = None


@dataclass(frozen=True)
class Facts:
    """All that happened on the day.

    `in_time`: what reaches the server by the cutoff; `prompt`: what does at once; `too_late`: what does more than 72
    hours after the cutoff; `lost`: what never does. `excuses`: when which planned visit (rep, outlet) was excused.
    """

    visits: frozenset[tuple[int, int]]
    phones: tuple[Phone, ...]
    taps: tuple[Tap, ...]
    in_time: frozenset[UUID]
    prompt: frozenset[UUID]
    too_late: frozenset[UUID]
    lost: frozenset[UUID]
    edits: tuple[Edit, ...]
    excuses: dict[tuple[int, int], float]

    def taps_of(self, phone: int) -> list[Tap]:
        """What a phone recorded, in order."""
        return [tap for tap in self.taps if tap.phone == phone]

    def in_window(self) -> list[Tap]:
        """What reaches the server while it may still change what the day comes to (C4)."""
        return [tap for tap in self.taps if tap.id not in self.lost and tap.id not in self.too_late]

    def tap(self, id_: UUID) -> Tap:
        """A tap by its id."""
        return next(tap for tap in self.taps if tap.id == id_)

    def boot_of(self, tap: Tap) -> Boot:
        """The boot in which something was recorded."""
        return self.phones[tap.phone].boot_at(tap.minute)

    def boot_of_edit(self, edit: Edit) -> Boot:
        """The boot in which a rep changed an order."""
        return self.phones[self.tap(edit.order).phone].boot_at(edit.minute)
