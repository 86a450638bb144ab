from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.field.risk_signals.rules.averaged_order import (
    EarlierOrder,
    Likeness,
    OrderContent,
    averaged_orders,
    away_orders,
    likeness,
)
from app.field.risk_signals.signals import FieldEvent
from tests.field.risk_signals.events import NINE, event, found, order, unplaced

PACKS = {code: Decimal(6) for code in ("A", "B", "C", "D")}


def quantities(**made: int) -> dict[str, Decimal]:
    return {code: Decimal(quantity) for code, quantity in made.items()}


def content(own: dict[str, int], *earlier: dict[str, int]) -> OrderContent:
    past = [
        EarlierOrder(UUID(int=900 + number), date(2026, 11, 16) - timedelta(days=7 * number), quantities(**of_order))
        for number, of_order in enumerate(earlier)
    ]
    return OrderContent(quantities(**own), past, PACKS)


def like(own: dict[str, int], *earlier: dict[str, int]) -> Likeness:
    compared = likeness(content(own, *earlier))
    assert compared is not None
    return compared


USUAL: Sequence[dict[str, int]] = ({"A": 60, "B": 24}, {"A": 48, "B": 36}, {"A": 72, "B": 24}, {"A": 60, "B": 36})
"""A mean of 60 and 30."""


def test_the_mean_to_the_last_piece_is_dumped() -> None:
    compared = like({"A": 60, "B": 30}, *USUAL)
    assert (compared.cosine, compared.packs_off, compared.dumped) == (Decimal(1), Decimal(0), True)


@pytest.mark.parametrize(
    ("own", "dumped"),
    [
        ({"A": 66, "B": 36}, True),  # a pack too many of each
        ({"A": 60, "B": 42}, False),  # two packs off
        ({"A": 60}, False),  # what is left out counts as none
        ({"A": 60, "B": 30, "C": 6}, True),  # a new product, one pack: within one pack of the mean, which is none
        ({"A": 60, "B": 30, "C": 12}, False),
    ],
)
def test_every_product_of_the_five_orders_must_lie_within_one_pack_of_the_mean(
    own: dict[str, int], *, dumped: bool
) -> None:
    assert like(own, *USUAL).dumped is dumped


def test_within_a_pack_of_a_small_mean_but_of_another_mix_is_not_dumped() -> None:
    small = like({"A": 6, "B": 12}, *[{"A": 12, "B": 6}] * 4)
    assert small.packs_off == 1
    assert small.cosine < Decimal("0.98")
    assert not small.dumped


def test_only_the_last_four_orders_count() -> None:
    assert like({"A": 60}, *[{"A": 60}] * 4, {"A": 600}).dumped


def test_with_fewer_than_four_earlier_orders_there_is_no_mean() -> None:
    assert likeness(content({"A": 60}, *[{"A": 60}] * 3)) is None


def doubts(day: list[FieldEvent], own: OrderContent | None = None) -> list[tuple[str, int]]:
    of_order = own or content({"A": 60, "B": 30}, *USUAL)
    return found(averaged_orders(away_orders(day), {UUID(int=9): of_order}))


def taps_that_say_nothing(number: int) -> list[FieldEvent]:
    """Arrivals at the outlet, ten seconds apart, whose fixes tell neither inside nor outside."""
    return [event(100 + place, at_s=(1 + place) * 10.0, verdict="UNCERTAIN") for place in range(number)]


@pytest.mark.parametrize(
    ("day", "doubted"),
    [
        ([order(9)], False),
        ([order(9, verdict="OUTSIDE")], True),
        ([event(1), order(9, at_s=60, verdict="OUTSIDE")], True),
        ([event(1), order(9, at_s=60, verdict="UNCERTAIN")], False),
        ([event(1), unplaced(9, at_s=7_200)], False),
        ([event(1), unplaced(9, at_s=7_201)], True),
        ([event(1), event(2, at_s=30, verdict="UNCERTAIN"), unplaced(9, at_s=60)], False),
        ([event(1), *taps_that_say_nothing(99), unplaced(9, at_s=1_200)], False),
        ([event(1), *taps_that_say_nothing(100), unplaced(9, at_s=1_200)], True),
        ([event(1, trusted=False), unplaced(9, at_s=60)], True),
        ([event(1, verdict="UNCERTAIN"), unplaced(9, at_s=60)], True),
        ([event(1, verdict="NO_FIX", lat=None, lon=None), unplaced(9, at_s=60)], True),
        ([event(1), event(2, arrival=False, at_s=60), unplaced(9, at_s=360)], False),
        ([event(1), event(2, arrival=False, at_s=60), unplaced(9, at_s=361)], True),
        ([event(1), event(2, outlet=2, at_s=30), unplaced(9, at_s=60)], True),
        ([event(1, at_s=90), unplaced(9, at_s=60)], True),
        ([event(1, at_s=-86_400), unplaced(9)], True),
        ([unplaced(9)], True),
    ],
    ids=[
        "its own fix is inside",
        "its own fix is outside",
        "its own fix outvotes the arrival",
        "an arrival speaks where the fix tells neither",
        "it was two hours after the arrival",
        "it was longer after the arrival",
        "a later tap was uncertain",
        "many later taps were uncertain",
        "more than anybody's later taps were uncertain",
        "the arrival's clock cannot be believed",
        "the arrival was uncertain",
        "the arrival had no fix",
        "it was five minutes after the departure",
        "it was longer after the departure",
        "the rep had gone on",
        "the arrival came after it",
        "the arrival was yesterday's",
        "there was no check-in",
    ],
)
def test_the_mean_is_doubted_only_where_nothing_shows_the_rep_inside(day: list[FieldEvent], *, doubted: bool) -> None:
    assert doubts(day) == ([("averaged_order", 9)] if doubted else [])


def test_an_order_that_is_not_the_mean_is_not_doubted_wherever_it_was_captured() -> None:
    assert doubts([unplaced(9)], content({"A": 120}, *USUAL)) == []


def test_the_evidence_shows_the_mean_beside_the_order_and_how_it_was_captured() -> None:
    away = away_orders([order(9, verdict="OUTSIDE", distance_m=5_210.4)])
    (signal,) = averaged_orders(away, {UUID(int=9): content({"A": 60, "B": 36}, *USUAL)})

    assert signal.evidence["lines"] == [
        {"product_code": "A", "quantity": "60", "mean": "60", "pack_size": "6"},
        {"product_code": "B", "quantity": "36", "mean": "30", "pack_size": "6"},
    ]
    assert signal.evidence["cosine"] == 0.9971
    assert signal.evidence["most_packs_off"] == 1.0
    assert signal.evidence["earlier_alike"] == 2
    assert signal.evidence["mean_of"] == [
        {"id": str(UUID(int=900 + number)), "business_date": f"2026-{day}"}
        for number, day in enumerate(["11-16", "11-09", "11-02", "10-26"])
    ]
    assert signal.evidence["captured"] == {"by": "own_fix", "verdict": "OUTSIDE", "distance_m": 5210.4}
    assert signal.explanation == (
        "This order at PAT-0001 is the mean of the outlet's last 4 orders (2026-10-26 to 2026-11-16), off by at most"
        " 1 packs of any product, and nothing shows that it was taken at the outlet: its position was 5.2 km away."
    )


def test_that_the_four_orders_were_all_alike_is_told() -> None:
    steady = content({"A": 60}, *[{"A": 60}] * 4)
    (signal,) = averaged_orders(away_orders([unplaced(9)]), {UUID(int=9): steady})

    assert signal.evidence["earlier_alike"] == 4
    assert signal.explanation.endswith(
        "Those four were all like that: a steady outlet, or one that nobody has asked for long."
    )


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ([], "no check-in came before it that day."),
        ([event(1, outlet=2)], "the check-in before it was at PAT-0002."),
        ([event(1, verdict="NO_FIX")], "the check-in before it was not shown to be inside the fence (NO_FIX)."),
        ([event(1, trusted=False)], "the clock of the check-in before it cannot be believed."),
        ([event(1, arrival=False)], "the rep had left 30 min before."),
        ([event(1, at_s=-5_430)], "the rep had arrived 2 h before."),
    ],
)
def test_the_sentence_says_why_the_order_is_not_held_to_be_taken_at_the_outlet(
    before: list[FieldEvent], told: str
) -> None:
    away = away_orders([*before, unplaced(9, at_s=1_800)])
    (signal,) = averaged_orders(away, {UUID(int=9): content({"A": 60, "B": 30}, *USUAL)})
    assert signal.explanation.endswith(told)


basket = st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 40).map(lambda packs: packs * 6), min_size=1)


@given(st.lists(basket, min_size=4, max_size=4), st.randoms(use_true_random=False))
def test_the_mean_in_whole_packs_is_within_a_pack_whatever_it_is_the_mean_of(past: list[Any], random: Any) -> None:
    codes = {code for of_order in past for code in of_order}
    means = {code: Decimal(sum(of_order.get(code, 0) for of_order in past)) / 4 for code in codes}
    rounded = {code: round(mean / 6) * 6 for code, mean in means.items()}
    own = {code: packs for code, packs in rounded.items() if packs}
    if own:
        compared = like(own, *past)
        shuffled = list(past)
        random.shuffle(shuffled)
        assert compared.packs_off <= Decimal("0.5")
        assert Decimal(0) <= compared.cosine <= Decimal("1.0000001")
        assert like(own, *shuffled) == compared


def test_the_check_ins_of_another_day_say_nothing() -> None:
    tomorrow = NINE.date() + timedelta(days=1)
    (away,) = away_orders([event(1), unplaced(2, at_s=5), unplaced(3, at_s=6, business_date=tomorrow)])
    assert (away.order.id.int, away.before) == (3, None)


near = st.dictionaries(st.sampled_from("AB"), st.sampled_from([54, 60, 66, 72]), min_size=1)
baskets = st.one_of(basket, near)


@given(baskets, st.lists(baskets, min_size=4, max_size=4))
def test_an_order_is_doubted_exactly_where_it_is_dumped(own: dict[str, int], past: list[dict[str, int]]) -> None:
    of_order = content(own, *past)
    compared = likeness(of_order)

    signals = averaged_orders(away_orders([unplaced(9)]), {UUID(int=9): of_order})

    assert compared is not None
    assert bool(signals) is compared.dumped
