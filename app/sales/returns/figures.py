"""Figures of what came and went back (D5): on time and in full, undelivered, returns by who answers and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

_NONE = Decimal(0)
_PLACES = Decimal("0.0001")


class FigureGrouping(StrEnum):
    """By what figures are added up."""

    REP = "rep"
    OUTLET = "outlet"
    PRODUCT = "product"
    WAREHOUSE = "warehouse"
    TERRITORY = "territory"


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """What figures are of: local days, both ends included; None: any territory, any rep."""

    first: date
    last: date
    territory_id: int | None = None
    rep_id: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What is divided by what."""

    numerator: Decimal = _NONE
    denominator: Decimal = _NONE

    @property
    def value(self) -> Decimal | None:
        """The quotient to four decimals; None where there is nothing to divide by."""
        if not self.denominator:
            return None
        return (self.numerator / self.denominator).quantize(_PLACES, ROUND_HALF_UP)


@dataclass(slots=True)
class FigureSums:
    """What is counted and added up of one group.

    `due`, `in_full`, `undelivered`: orders due, those of them that are matched and came on time, those that nothing
    came of. `delivered`: what outlets accepted, `delivered_of_reps`: of orders of reps. `by_reason`, `by_party`: what
    was accepted of returns; `returned_of_reps`: of it what a rep answers for, where it is known which.
    """

    due: int = 0
    in_full: int = 0
    undelivered: int = 0
    delivered: Decimal = _NONE
    delivered_of_reps: Decimal = _NONE
    returned_of_reps: Decimal = _NONE
    by_reason: dict[str, Decimal] = field(default_factory=dict)
    by_party: dict[str, Decimal] = field(default_factory=dict)

    def add_returned(self, reason_code: str, party: str, value: Decimal, *, of_rep: bool) -> None:
        """Add accepted returns. `of_rep`: a rep answers, and it is known which."""
        self.by_reason[reason_code] = self.by_reason.get(reason_code, _NONE) + value
        self.by_party[party] = self.by_party.get(party, _NONE) + value
        if of_rep:
            self.returned_of_reps += value

    def add(self, other: "FigureSums") -> None:
        """Add another group."""
        self.due += other.due
        self.in_full += other.in_full
        self.undelivered += other.undelivered
        self.delivered += other.delivered
        self.delivered_of_reps += other.delivered_of_reps
        self.returned_of_reps += other.returned_of_reps
        for mine, theirs in ((self.by_reason, other.by_reason), (self.by_party, other.by_party)):
            for name, value in theirs.items():
                mine[name] = mine.get(name, _NONE) + value

    @property
    def otif(self) -> Figure:
        """On time and in full."""
        return Figure(Decimal(self.in_full), Decimal(self.due))

    @property
    def undelivered_rate(self) -> Figure:
        """Orders that nothing came of."""
        return Figure(Decimal(self.undelivered), Decimal(self.due))

    @property
    def returns_rate(self) -> Figure:
        """Accepted returns that reps answer for, of what was delivered of their orders."""
        return Figure(self.returned_of_reps, self.delivered_of_reps)

    def of_delivered(self, returned: Mapping[str, Decimal]) -> dict[str, Figure]:
        """Accepted returns by a name, each of all that was delivered."""
        return {name: Figure(value, self.delivered) for name, value in sorted(returned.items())}
