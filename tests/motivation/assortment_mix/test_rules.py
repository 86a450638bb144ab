"""Quarters, targets and the bonus: pure decisions (MX1)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.motivation.assortment_mix.figures import shown_score
from app.motivation.assortment_mix.rules import (
    DEFAULT_STEPS,
    BonusStep,
    Quarter,
    Targets,
    bonus_share,
    parts_of_number,
    statement_number,
    targets_after,
    that_hold,
)


def shares(**values: str) -> dict[str, Decimal]:
    return {group: Decimal(value) for group, value in values.items()}


def steps(*pairs: tuple[str, str]) -> list[BonusStep]:
    return [BonusStep(Decimal(score), Decimal(share)) for score, share in pairs]


def codes(after: Any) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in after]


def test_each_day_lies_in_the_quarter_between_its_first_day_and_its_last() -> None:
    for ordinal in range(date(2023, 1, 1).toordinal(), date(2029, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        quarter = Quarter.of(day)
        assert quarter.first <= day <= quarter.last
        assert Quarter.of(quarter.last + timedelta(days=1)).before() == quarter == Quarter.named(str(quarter))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_quarters_are_those_of_the_calendar_year(name: str, first: date, last: date) -> None:
    quarter = Quarter.named(name)
    assert (quarter.first, quarter.last) == (first, last)


@pytest.mark.parametrize(
    ("values", "sound"),
    [
        (shares(a="1"), True),
        (shares(a="0.35", b="0.65"), True),
        (shares(a="0.3333", b="0.3333", c="0.3333"), True),
        (shares(a="0.3334", b="0.3334", c="0.3333"), True),
        (shares(a="0.5", b="0.4998"), False),
        (shares(a="0.5", b="0.5002"), False),
        (shares(a="0.35", b="0.60"), False),
        (shares(a="0"), False),
    ],
)
def test_shares_sum_to_one_within_a_ten_thousandth(values: dict[str, Decimal], sound: bool) -> None:
    after = targets_after(None, {"shares": values})
    assert (codes(after) if isinstance(after, tuple) else []) == ([] if sound else [("/shares", "shares_sum")])


def test_shares_that_do_not_sum_to_one_are_refused_with_their_sum() -> None:
    after = targets_after(None, {"shares": shares(a="0.35", b="0.60")})
    assert isinstance(after, tuple)
    assert after[0].message == "The shares sum to 0.95, and not to 1."


def test_new_targets_that_say_nothing_of_the_bonus_have_the_usual_steps() -> None:
    after = targets_after(None, {"shares": shares(a="1")})
    assert not isinstance(after, tuple)
    assert after["bonus_steps"] == DEFAULT_STEPS


def test_what_is_not_said_stays() -> None:
    before = {"shares": shares(a="1"), "bonus_steps": tuple(steps(("0.5", "0.5")))}
    assert targets_after(before, {}) == before
    assert targets_after(before, {"shares": shares(b="1")}) == before | {"shares": shares(b="1")}


def test_new_targets_need_shares() -> None:
    after = targets_after(None, {"bonus_steps": steps(("0.5", "1"))})
    assert isinstance(after, tuple)
    assert codes(after) == [("/shares", "missing")]


@pytest.mark.parametrize(
    ("bonus_steps", "code"),
    [
        (steps(("0.8", "0.5"), ("0.8", "0.6")), "repeated"),
        (steps(("0.8", "0.5"), ("0.9", "0.4")), "step_falls"),
        (steps(("0.9", "0.4"), ("0.8", "0.5")), "step_falls"),
    ],
)
def test_steps_rise_and_each_score_begins_one(bonus_steps: list[BonusStep], code: str) -> None:
    after = targets_after(None, {"shares": shares(a="1"), "bonus_steps": bonus_steps})
    assert isinstance(after, tuple)
    assert codes(after) == [("/bonus_steps", code)]


@pytest.mark.parametrize(
    ("score", "share", "shown"),
    [
        (Fraction(1), "1", "1"),
        (Fraction(95, 100), "1", "0.95"),
        (Fraction(95, 100) - Fraction(1, 10**12), "0.7", "0.949999"),
        (Fraction(9, 10), "0.7", "0.9"),
        (Fraction(9, 10) - Fraction(1, 10**12), "0.4", "0.899999"),
        (Fraction(8, 10), "0.4", "0.8"),
        (Fraction(8, 10) - Fraction(1, 10**12), "0", "0.799999"),
        (Fraction(0), "0", "0"),
    ],
)
def test_a_score_at_the_edge_of_a_step_is_judged_and_shown_by_what_it_exactly_is(
    score: Fraction, share: str, shown: str
) -> None:
    assert bonus_share(score, DEFAULT_STEPS) == Decimal(share)
    assert shown_score(score) == Decimal(shown)


def test_no_score_earns_no_bonus_whatever_the_steps() -> None:
    assert bonus_share(None, steps(("0", "1"))) == 0


def test_a_territorys_own_targets_come_before_the_companys_unless_they_were_taken_back() -> None:
    company, own = Targets(1, None, 1, shares(a="1"), ()), Targets(2, 7, 1, shares(b="1"), ())
    taken_back = Targets(3, 7, 2, None, ())
    assert that_hold([company, own], 7) is own
    assert that_hold([company, own], 8) is company
    assert that_hold([company, taken_back], 7) is company
    assert that_hold([own], 8) is None


@pytest.mark.parametrize("code", ["PAT", "PAT-2026-1", "a - b"])
def test_a_statement_is_found_by_what_it_is_called(code: str) -> None:
    assert parts_of_number(statement_number(code, 2026, 12)) == (code, 2026, 12)
