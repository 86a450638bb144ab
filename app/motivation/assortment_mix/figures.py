"""What a quarter's orders come to: the score, its trend, the shares of segments, and who moved it (MX1-MX3).

All is counted in whole numbers: values in hundred-millionths, as a quantity and a price of four places each make them,
weights in ten-thousandths. What is shown is rounded at the very end: scores down to six places, so that no score shows
a step that it does not reach; shares and effects half to even.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction

from app.motivation.assortment_mix.rules import Quarter, Targets, bonus_share

LEAST_ORDERS = 30
"""A quarter with fewer has no score (MX2)."""

MOST_MOVERS = 10
"""Outlets, and reps, that are told for each direction."""

VALUE_PLACES = 8
WEIGHT_PLACES = 4
SHOWN_PLACES = 6

_EXACT = Context(prec=100)
"""Decimals of any length are as they are: by default they are rounded to 28 digits."""

Values = Mapping[str | None, int]
"""The value of each group with a target, and under None of all others, in units of `VALUE_PLACES`."""


class NoScoreReason(StrEnum):
    """Why there is no score."""

    FEW_ORDERS = "few_orders"
    NO_TARGETS = "no_targets"
    NO_VALUE = "no_value"


@dataclass(slots=True)
class Sold:
    """What the orders of a quarter add up to: (of what, group or segment, value) each; groups as products have them."""

    orders: dict[date, int] = field(default_factory=dict)
    groups: list[tuple[date, str | None, Decimal]] = field(default_factory=list)
    segments: list[tuple[date, str | None, Decimal]] = field(default_factory=list)
    outlets: list[tuple[int | None, str | None, Decimal]] = field(default_factory=list)
    reps: list[tuple[int | None, str | None, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GroupShare:
    """A group's share of the value, beside its target. None: all groups without a target."""

    group: str | None
    target: Decimal
    actual: Decimal | None
    value: Decimal


@dataclass(frozen=True, slots=True)
class SegmentShare:
    """A price segment's share of the value. None: products without one."""

    segment: str | None
    value: Decimal
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class MixWeek:
    """What of an ISO week lies in the quarter: from its first day to its last one."""

    iso_week: str
    first: date
    last: date
    orders: int
    value: Decimal
    score: Decimal | None
    shares: tuple[GroupShare, ...]
    segments: tuple[SegmentShare, ...]


@dataclass(frozen=True, slots=True)
class Mover:
    """An outlet or a rep (None: orders of no rep), and by how much the score is higher with its orders than without."""

    id: int | None
    value: Decimal
    effect: Decimal


@dataclass(frozen=True, slots=True)
class Movers:
    """Who moved the score up, and who down, the most first."""

    up: tuple[Mover, ...] = ()
    down: tuple[Mover, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """What a quarter comes to."""

    orders: int
    value: Decimal
    score: Decimal | None
    no_score_because: NoScoreReason | None
    bonus_share: Decimal
    shares: tuple[GroupShare, ...]
    segments: tuple[SegmentShare, ...]
    weeks: tuple[MixWeek, ...]
    outlets: Movers
    reps: Movers


class Scale:
    """What values are held against: the weights of the groups that have a target."""

    def __init__(self, shares: Mapping[str, Decimal]) -> None:
        """`shares` of four places; they count in proportion to their sum."""
        self.shares = dict(sorted(shares.items()))
        self._weights = {group: _whole(share, WEIGHT_PLACES) for group, share in self.shares.items()}
        self._total = sum(self._weights.values())

    def values(self, amounts: Iterable[tuple[str | None, Decimal]]) -> Values:
        """Amounts by group, those of groups without a target taken together."""
        values: Counter[str | None] = Counter(dict.fromkeys([*self._weights, None], 0))
        for group, amount in amounts:
            values[group if group in self._weights else None] += _whole(amount, VALUE_PLACES)
        return values

    def score(self, values: Values) -> Fraction | None:
        """1 - 1/2 * the sum of |actual - target|, exactly; None where there are no targets or no value (MX1)."""
        whole = sum(values.values())
        if whole == 0 or self._total == 0:
            return None
        off = values[None] * self._total + sum(
            abs(values[group] * self._total - weight * whole) for group, weight in self._weights.items()
        )
        return 1 - Fraction(off, 2 * whole * self._total)

    def group_shares(self, values: Values) -> tuple[GroupShare, ...]:
        """Each group beside its target, by name, and what has none at the end."""
        whole = sum(values.values())
        return tuple(
            GroupShare(group, self.shares.get(group or "", Decimal(0)), _share(value, whole), _amount(value))
            for group, value in values.items()
        )


def mix_of(sold: Sold, targets: Targets | None, quarter: Quarter) -> Mix:
    """What the orders of a quarter come to under targets (None: there are none)."""
    scale = Scale((targets and targets.shares) or {})
    values = scale.values((group, value) for _, group, value in sold.groups)
    orders = sum(sold.orders.values())
    score = scale.score(values)
    reason = _why_no_score(targets, orders, score)
    if reason is not None:
        score = None
    return Mix(
        orders,
        _amount(sum(values.values())),
        shown_score(score),
        reason,
        bonus_share(score, targets.bonus_steps if targets else ()),
        scale.group_shares(values),
        _segment_shares((segment, value) for _, segment, value in sold.segments),
        _weeks(sold, scale, quarter),
        _movers(sold.outlets, scale, values, score),
        _movers(sold.reps, scale, values, score),
    )


def shown_score(score: Fraction | None) -> Decimal | None:
    """A score as it is shown: rounded down, so that it shows no step that it does not reach, nor 1 unless it is 1."""
    if score is None:
        return None
    return Decimal(score.numerator * 10**SHOWN_PLACES // score.denominator).scaleb(-SHOWN_PLACES)


def _why_no_score(targets: Targets | None, orders: int, score: Fraction | None) -> NoScoreReason | None:
    if targets is None:
        return NoScoreReason.NO_TARGETS
    if orders < LEAST_ORDERS:
        return NoScoreReason.FEW_ORDERS
    return NoScoreReason.NO_VALUE if score is None else None


def _weeks(sold: Sold, scale: Scale, quarter: Quarter) -> tuple[MixWeek, ...]:
    """The ISO weeks in which there were orders; the first and the last one as far as they lie in the quarter."""
    orders: Counter[tuple[int, int]] = Counter()
    for day, count in sold.orders.items():
        orders[_week_of(day)] += count
    groups, segments = _by_week(sold.groups), _by_week(sold.segments)
    weeks = []
    for week in sorted(orders):
        values = scale.values(groups[week])
        weeks.append(
            MixWeek(
                f"{week[0]}-W{week[1]:02}",
                max(date.fromisocalendar(*week, 1), quarter.first),
                min(date.fromisocalendar(*week, 7), quarter.last),
                orders[week],
                _amount(sum(values.values())),
                shown_score(scale.score(values)),
                scale.group_shares(values),
                _segment_shares(segments[week]),
            )
        )
    return tuple(weeks)


def _week_of(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _by_week(
    rows: Iterable[tuple[date, str | None, Decimal]],
) -> Mapping[tuple[int, int], list[tuple[str | None, Decimal]]]:
    by_week: dict[tuple[int, int], list[tuple[str | None, Decimal]]] = defaultdict(list)
    for day, name, value in rows:
        by_week[_week_of(day)].append((name, value))
    return by_week


def _segment_shares(amounts: Iterable[tuple[str | None, Decimal]]) -> tuple[SegmentShare, ...]:
    """Each segment's share, by name; products without one at the end."""
    values: Counter[str | None] = Counter()
    for segment, amount in amounts:
        values[segment] += _whole(amount, VALUE_PLACES)
    whole = sum(values.values())
    return tuple(
        SegmentShare(segment, _amount(value), _share(value, whole))
        for segment, value in sorted(values.items(), key=lambda item: (item[0] is None, item[0] or ""))
    )


def _movers(
    rows: Iterable[tuple[int | None, str | None, Decimal]], scale: Scale, values: Values, score: Fraction | None
) -> Movers:
    """By how much the score is higher with the orders of each than without them; ties by id.

    Nobody moved a score that there is not, and whoever has all the orders is compared with nothing.
    """
    if score is None:
        return Movers()
    amounts: dict[int | None, list[tuple[str | None, Decimal]]] = defaultdict(list)
    for who, group, value in rows:
        amounts[who].append((group, value))
    effects = []
    for who in sorted(amounts, key=lambda who: (who is None, who or 0)):
        own = scale.values(amounts[who])
        without = scale.score({group: value - own[group] for group, value in values.items()})
        if without is not None:
            effects.append((who, sum(own.values()), score - without))
    return Movers(
        _shown_movers(heapq.nlargest(MOST_MOVERS, (e for e in effects if e[2] > 0), key=lambda effect: effect[2])),
        _shown_movers(heapq.nsmallest(MOST_MOVERS, (e for e in effects if e[2] < 0), key=lambda effect: effect[2])),
    )


def _shown_movers(effects: Iterable[tuple[int | None, int, Fraction]]) -> tuple[Mover, ...]:
    return tuple(Mover(who, _amount(value), _rounded(effect)) for who, value, effect in effects)


def _whole(amount: Decimal, places: int) -> int:
    """An amount in units of its last place. Raises ValueError where it has more places."""
    scaled = _EXACT.scaleb(amount, places)
    if scaled != (whole := int(scaled)):
        raise ValueError(f"{amount} has more than {places} places")
    return whole


def _amount(value: int) -> Decimal:
    return _EXACT.scaleb(Decimal(value), -VALUE_PLACES)


def _share(part: int, whole: int) -> Decimal | None:
    return _rounded(Fraction(part, whole)) if whole else None


def _rounded(fraction: Fraction) -> Decimal:
    """Half to even, to `SHOWN_PLACES`."""
    return Decimal(round(fraction * 10**SHOWN_PLACES)).scaleb(-SHOWN_PLACES)
