"""The figures agree with the slow reference, whatever was sold and in whatever order it is told (MX1, MX2)."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.motivation.assortment_mix import figures
from app.motivation.assortment_mix.figures import Mix, Movers, Sold, mix_of, shown_score
from app.motivation.assortment_mix.reference import SoldLine, effects, score
from app.motivation.assortment_mix.rules import DEFAULT_STEPS, Quarter, Targets, bonus_share

QUARTER = Quarter(2026, 3)
GROUPS = ("biscuits", "chocolate", "drinks", "nuts")


def decimals(most: str) -> st.SearchStrategy[Decimal]:
    return st.decimals("0", most, places=4, allow_nan=False, allow_infinity=False)


@st.composite
def target_shares(draw: st.DrawFn) -> dict[str, Decimal]:
    """Shares that sum to 1 to the last place, or miss it by a ten-thousandth."""
    names = draw(st.lists(st.sampled_from(GROUPS), min_size=1, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=len(names) - 1, max_size=len(names) - 1)))
    parts = [upper - lower for lower, upper in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    parts[draw(st.integers(0, len(parts) - 1))] += draw(st.sampled_from((0, 0, 1)))
    return {name: Decimal(part).scaleb(-4) for name, part in zip(names, parts, strict=True)}


lines = st.lists(
    st.builds(
        SoldLine,
        order=st.integers(0, 40).map(lambda number: UUID(int=number)),
        cancelled=st.just(value=False),
        outlet=st.integers(1, 5),
        rep=st.sampled_from((1, 2, 3, None)),
        group=st.sampled_from((*GROUPS, "unplanned", None)),
        quantity=decimals("200"),
        unit_price=decimals("50"),
    ),
    min_size=1,
    max_size=40,
)


def day_of(order: UUID) -> date:
    return QUARTER.first + timedelta(days=order.int % 90)


def sold_by(sold_lines: Sequence[SoldLine]) -> Sold:
    """What the statement would add up, line by line."""
    sums = Sold()
    orders_by_day: dict[date, set[UUID]] = defaultdict(set)
    for line in sold_lines:
        day, value = day_of(line.order), line.quantity * line.unit_price
        orders_by_day[day].add(line.order)
        sums.groups.append((day, line.group, value))
        sums.segments.append((day, None, value))
        sums.outlets.append((line.outlet, line.group, value))
        sums.reps.append((line.rep, line.group, value))
    sums.orders = {day: len(orders) for day, orders in orders_by_day.items()}
    return sums


def counted(sold_lines: Sequence[SoldLine], shares: dict[str, Decimal]) -> Mix:
    """However few the orders are: that thirty are needed is another test's matter."""
    targets = Targets(1, None, 1, shares, DEFAULT_STEPS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "LEAST_ORDERS", 0)
        return mix_of(sold_by(sold_lines), targets, QUARTER)


@settings(max_examples=60)
@given(lines, target_shares())
def test_the_score_is_that_of_the_reference_and_lies_between_0_and_1(
    sold_lines: list[SoldLine], shares: dict[str, Decimal]
) -> None:
    expected = score(sold_lines, shares)
    mix = counted(sold_lines, shares)
    assert mix.score == shown_score(expected)
    assert mix.bonus_share == bonus_share(expected, DEFAULT_STEPS)
    assert expected is None or 0 <= expected <= 1
    assert expected is None or mix.score is not None


@settings(max_examples=60)
@given(lines, target_shares())
def test_who_moved_the_score_is_told_as_the_reference_says(
    sold_lines: list[SoldLine], shares: dict[str, Decimal]
) -> None:
    mix = counted(sold_lines, shares)
    for movers, of in ((mix.outlets, outlet_of), (mix.reps, rep_of)):
        assert told(movers) == most(effects(sold_lines, shares, of))


def outlet_of(line: SoldLine) -> int | None:
    return line.outlet


def rep_of(line: SoldLine) -> int | None:
    return line.rep


def told(movers: Movers) -> list[tuple[int | None, Decimal]]:
    return sorted(((mover.id, mover.effect) for mover in (*movers.up, *movers.down)), key=str)


def most(differences: dict[int | None, Fraction]) -> list[tuple[int | None, Decimal]]:
    """There are fewer than ten of each, so that all are told that make a difference."""
    return sorted(
        ((who, Decimal(round(effect * 10**6)).scaleb(-6)) for who, effect in differences.items() if effect), key=str
    )


@settings(max_examples=30)
@given(lines, target_shares(), st.randoms(use_true_random=False))
def test_the_order_in_which_sums_are_told_changes_nothing(
    sold_lines: list[SoldLine], shares: dict[str, Decimal], random: Random
) -> None:
    shuffled = list(sold_lines)
    random.shuffle(shuffled)
    assert counted(shuffled, shares) == counted(sold_lines, shares)


@given(target_shares(), st.integers(1, 500))
def test_the_score_is_1_where_the_shares_are_those_of_the_targets_and_nowhere_else(
    shares: dict[str, Decimal], pieces: int
) -> None:
    as_planned = [line_of(group, share * 10_000, pieces) for group, share in shares.items()]
    assume(any(line.quantity for line in as_planned))
    assert counted(as_planned, shares).score == 1
    one_off = [*as_planned, line_of(None, Decimal("0.0001"), 1)]
    shown = counted(one_off, shares).score
    assert shown is not None
    assert shown < 1


def line_of(group: str | None, quantity: Decimal, unit_price: int) -> SoldLine:
    return SoldLine(UUID(int=1), False, 1, 1, group, quantity, Decimal(unit_price))


def test_only_the_ten_who_moved_it_most_are_told_for_each_direction() -> None:
    sums = Sold(orders={QUARTER.first: 30})
    for outlet in range(1, 31):
        for group, value in (("chocolate", Decimal(100)), ("drinks", Decimal(outlet * 10))):
            sums.groups.append((QUARTER.first, group, value))
            sums.outlets.append((outlet, group, value))
    targets = Targets(1, None, 1, {"chocolate": Decimal("0.5"), "drinks": Decimal("0.5")}, DEFAULT_STEPS)
    movers = mix_of(sums, targets, QUARTER).outlets
    assert (len(movers.up), len(movers.down)) == (10, 10)
    assert [mover.id for mover in movers.down][:2] == [30, 29]
    assert [mover.effect for mover in movers.up] == heapq.nlargest(10, (mover.effect for mover in movers.up))


def test_values_of_any_length_are_exact() -> None:
    most, least = Decimal("99999999999999999999999999.99999999"), Decimal("0.00000001")
    sums = Sold(orders={QUARTER.first: 30}, groups=[(QUARTER.first, "a", most), (QUARTER.first, "b", least)])
    targets = Targets(1, None, 1, {"a": Decimal(1)}, DEFAULT_STEPS)
    mix = mix_of(sums, targets, QUARTER)
    assert [share.value for share in mix.shares] == [most, least]
    assert (mix.value, mix.score) == (Decimal(100000000000000000000000000), Decimal("0.999999"))
