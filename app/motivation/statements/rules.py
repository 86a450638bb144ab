"""What a statement is: its number, its lines, what it is worth (P6). Decisions on plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from app.ground.web.months import month_after

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TerritoryMonths:
    """How far a territory's months are closed: the first and the newest that are closed, or being closed, and those
    that ever were reopened.
    """

    first: date | None = None
    closed: date | None = None
    reopened: frozenset[date] = frozenset()

    @property
    def next_month(self) -> date | None:
        """The one to be closed next: where all were reopened, the first of them; None: any, for none ever was."""
        return min(self.reopened, default=None) if self.closed is None else month_after(self.closed)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What a rule came to in a month. `count`: how many of what it books count; below 0 where more was taken back.

    `corrects_month`: the closed month that it is about; None: the statement's own.
    """

    rule: str
    count: int
    points: int
    corrects_month: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A rep's month as it was stated. `voided_at`: its closing was reopened; the month has, or gets, another statement.

    `language` and `time_zone`: the territory's.
    """

    number: str
    month: date
    territory_code: str
    territory_name: str
    rep_code: str
    rep_name: str
    opening: int
    closing: int
    lines: Sequence[StatementLine]
    open_appeals: int
    point_value: Decimal | None
    currency: str | None
    issued_at: datetime
    voided_at: datetime | None
    language: str
    time_zone: str

    @property
    def void(self) -> bool:
        """Whether it counts no longer."""
        return self.voided_at is not None

    @property
    def points(self) -> int:
        """What the month came to."""
        return self.closing - self.opening

    @property
    def own_lines(self) -> list[StatementLine]:
        """What the month's own rules came to."""
        return [line for line in self.lines if line.corrects_month is None]

    @property
    def corrections(self) -> list[StatementLine]:
        """What is about closed months, by month."""
        return [line for line in self.lines if line.corrects_month is not None]

    @property
    def amount(self) -> Decimal | None:
        """What the month's points are worth, to the cent; None where a point has no value."""
        if self.point_value is None:
            return None
        return (self.points * self.point_value).quantize(CENT, ROUND_HALF_EVEN)
