"""Quarters, targets and the bonus (MX1): decisions on plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

from app.ground.errors import FieldProblem

SUM_TOLERANCE = Decimal("0.0001")
"""By so much shares may miss 1, as three thirds of four places do. They count in proportion to their sum."""

_MONTHS = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of the calendar year, by business dates."""

    year: int
    number: int

    @classmethod
    def named(cls, text: str) -> Self:
        """The quarter that is written `2026-Q4`."""
        year, _, number = text.partition("-Q")
        return cls(int(year), int(number))

    @classmethod
    def named_if(cls, text: str | None) -> Self | None:
        """The same; None where none is named."""
        return None if text is None else cls.named(text)

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter that `day` lies in."""
        return cls(day.year, (day.month - 1) // _MONTHS + 1)

    @property
    def first(self) -> date:
        """Its first day, by which tables know it."""
        return date(self.year, (self.number - 1) * _MONTHS + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        following = self.first + timedelta(days=100)
        return Quarter.of(following).first - timedelta(days=1)

    def before(self) -> "Quarter":
        """The one before it."""
        return Quarter.of(self.first - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True, slots=True)
class BonusStep:
    """From this score on, this share of the bonus is paid, up to the next step."""

    from_score: Decimal
    share: Decimal


DEFAULT_STEPS = (
    BonusStep(Decimal("0.95"), Decimal(1)),
    BonusStep(Decimal("0.90"), Decimal("0.70")),
    BonusStep(Decimal("0.80"), Decimal("0.40")),
)


@dataclass(frozen=True, slots=True)
class Targets:
    """The planned shares by assortment group, and the steps of the bonus, the highest first. `id`: of the version.

    `territory_id` None: they are the company's. `shares` None: they were taken back.
    """

    id: int
    territory_id: int | None
    version: int
    shares: Mapping[str, Decimal] | None
    bonus_steps: Sequence[BonusStep]


def that_hold(of_quarter: Sequence[Targets], territory_id: int) -> Targets | None:
    """The targets of a territory: its own before the company's; None where there are none (MX1)."""
    by_owner = {targets.territory_id: targets for targets in of_quarter if targets.shares is not None}
    return by_owner.get(territory_id) or by_owner.get(None)


def targets_after(
    before: Mapping[str, Any] | None, members: Mapping[str, Any]
) -> Mapping[str, Any] | tuple[FieldProblem, ...]:
    """Targets (None: new ones) with what is said of them over them, or what is wrong with that.

    Members: `shares`, decimals by group (None: taken back), and `bonus_steps`.
    """
    if before is None and members.get("shares") is None:
        return (FieldProblem("/shares", "missing", "There are no targets yet: say the share of each group."),)
    after = {"bonus_steps": DEFAULT_STEPS, **(before or {}), **members}
    steps = sorted(after["bonus_steps"], key=lambda step: step.from_score, reverse=True)
    problems = [*_problems_of_shares(after["shares"]), *_problems_of_steps(steps)]
    return tuple(problems) or {"shares": after["shares"], "bonus_steps": tuple(steps)}


def _problems_of_shares(shares: Mapping[str, Decimal] | None) -> list[FieldProblem]:
    if shares is None:
        return []
    total = sum(shares.values(), Decimal(0))
    if abs(total - 1) <= SUM_TOLERANCE:
        return []
    return [FieldProblem("/shares", "shares_sum", f"The shares sum to {total.normalize():f}, and not to 1.")]


def _problems_of_steps(steps: Sequence[BonusStep]) -> list[FieldProblem]:
    """`steps`: the highest first."""
    problems = []
    for higher, lower in pairwise(steps):
        if higher.from_score == lower.from_score:
            message = f"Two steps begin at {lower.from_score.normalize():f}."
            problems.append(FieldProblem("/bonus_steps", "repeated", message))
        elif higher.share < lower.share:
            message = f"A score of {higher.from_score.normalize():f} would earn less than one below it."
            problems.append(FieldProblem("/bonus_steps", "step_falls", message))
    return problems


def bonus_share(score: Fraction | None, steps: Sequence[BonusStep]) -> Decimal:
    """The share of the bonus that a score earns; none without a score (MX1, MX2).

    `score` is exact: at the edge of a step nothing is rounded. `steps`: the highest first.
    """
    if score is None:
        return Decimal(0)
    reached = (step.share for step in steps if score >= Fraction(step.from_score))
    return next(reached, Decimal(0))


def statement_number(territory_code: str, year: int, number: int) -> str:
    """What a statement is called: `PAT-2026-3`."""
    return f"{territory_code}-{year}-{number}"


def parts_of_number(text: str) -> tuple[str, int, int]:
    """The territory's code, the year and the number of a statement that is called so."""
    code, year, number = text.rsplit("-", 2)
    return code, int(year), int(number)
