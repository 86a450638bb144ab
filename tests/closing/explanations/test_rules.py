"""The words of explanations, and the entries of months and deliveries, by plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.closing.cutoff.settlement_rules import Standing
from app.closing.explanations.outlook import appeal_until, may_still_change, standing_sentences
from app.closing.explanations.records import (
    LedgerStep,
    OrderedPrice,
    SeenAppeal,
)
from app.closing.explanations.registry import ENTRIES, REVERSALS
from app.closing.explanations.wording import Wording, minutes_text, points_text, wording_of
from app.motivation.appeals.rules import AppealStatus
from app.motivation.points.rules import PointsEntryKind, PointsRule
from app.motivation.points.service import APPEAL_GRANTED
from tests.closing.explanations.plain_worlds import (
    ATHENS,
    BOOKED_AT,
    MONDAY,
    NOVEMBER,
    ORDER,
    explained,
    of_order,
    world_of,
)

LINES = [
    {
        "product_id": 1,
        "ordered": "12",
        "shipped": "12",
        "accepted": "10",
        "order_price": "1.15",
        "charged_price": "1.25",
        "mismatches": ["short_accepted", "price_differs"],
        "answered_by": "rep",
        "answered_because": "terms",
        "price_answered_by": "rep",
        "price_answered_because": "decision",
    }
]
DELIVERED = {"delivery_date": "2026-11-24", "on_time": True, "lines": LINES}
HEAD = "Your order of 16:58 for Kiosk Nikos (PAT-0042) on Monday 23 November, to be delivered on Tuesday 24 November."


@pytest.mark.parametrize(
    ("rule", "points", "facts", "text"),
    [
        (
            PointsRule.DELIVERY_MATCHED,
            2,
            DELIVERED | {"lines": []},
            "What was delivered and accepted is what was ordered, line by line, at the order's prices.",
        ),
        (
            PointsRule.DELIVERY_MISMATCH,
            -5,
            DELIVERED,
            (
                "Quantities differ, and you answer for it. Milk chocolate 90 g (CHOC-90): ordered 12, shipped 12, "
                "accepted 10 (short accepted); you answer by the outlet's terms."
            ),
        ),
        (
            PointsRule.PRICE_MISMATCH,
            -5,
            DELIVERED,
            (
                "Prices differ, and you answer for it. Milk chocolate 90 g (CHOC-90): ordered at 1.15, charged 1.25; "
                "you answer by a supervisor's decision."
            ),
        ),
    ],
)
def test_what_was_delivered_is_told_as_it_was_when_it_was_booked(
    rule: PointsRule, points: int, facts: dict[str, Any], text: str
) -> None:
    told = explained(of_order(world_of(rule, points, facts)))
    assert " ".join(told.text) == f"{HEAD} {text}"
    assert told.facts["lines"] == facts["lines"]
    assert [link.href for link in told.records] == [f"/v1/orders/{ORDER}"]


def test_a_price_of_the_list_is_named_as_what_it_is() -> None:
    world = of_order(world_of(PointsRule.PRICE_MISMATCH, -5, DELIVERED))
    prices = [OrderedPrice(1, Decimal("1.10"), Decimal("1.1500"))]
    explanation = explained(replace(world, prices=prices))
    assert "agreed at the list price 1.15, with 1.10 in the order, charged 1.25" in " ".join(explanation.text)
    assert explanation.would_have_changed_it == [
        "The agreed price charged: the order's, or the list's where the order had another.",
        "A reason, or a supervisor's decision, by which somebody else answers for the difference.",
    ]
    amended = [OrderedPrice(1, Decimal("1.15"), None), OrderedPrice(2, Decimal("1.10"), Decimal("1.15"))]
    assert "ordered at 1.15, charged 1.25" in " ".join(explained(replace(world, prices=amended)).text)


@pytest.mark.parametrize("rule", [PointsRule.DELIVERY_MATCHED, PointsRule.DELIVERY_MISMATCH, PointsRule.PRICE_MISMATCH])
def test_what_was_delivered_is_told_without_figures_to_who_reads_orders_alone(rule: PointsRule) -> None:
    world = of_order(world_of(rule, 2, DELIVERED | {"deliveries": [{"id": str(ORDER), "version": 1}]}))
    explanation = explained(replace(world, facts_in_sight=False))
    assert explanation.text[-1] == "The figures of what was delivered are outside of your sight."
    assert "1.25" not in str(explanation)
    assert [link.type for link in explanation.records] == ["order"]


def test_an_entry_whose_records_are_out_of_sight_tells_its_own_columns_alone() -> None:
    world = replace(world_of(PointsRule.DELIVERY_MISMATCH, -5, DELIVERED), facts_in_sight=False)
    assert explained(world).facts == {"in_sight": False}


RETURNED = {"returned_value": "41.40", "delivered_value": "1200.00"}


@pytest.mark.parametrize(
    ("rule", "points", "limit", "text"),
    [
        (
            PointsRule.RETURNS_OVER_LIMIT,
            -20,
            "0.03",
            (
                "In November 2026 the accepted returns that you answer for were over the limit of 3 % of what was "
                "delivered. Returned: 41.40, delivered: 1200.00: that is 3.45 %."
            ),
        ),
        (
            PointsRule.RETURNS_WITHIN_LIMIT,
            20,
            "0.035",
            (
                "In November 2026 the accepted returns that you answer for were within the limit of 3.5 % of what was "
                "delivered. Returned: 41.40, delivered: 1200.00: that is 3.45 %."
            ),
        ),
    ],
)
def test_a_months_returns_are_told_with_their_rate_and_the_limit(
    rule: PointsRule, points: int, limit: str, text: str
) -> None:
    told = explained(world_of(rule, points, RETURNED, day=NOVEMBER, rate_limit=Decimal(limit)))
    assert " ".join(told.text) == text
    assert [link.href for link in told.records] == ["/v1/reps/PAT-R1/points?from=2026-11-01&to=2026-11-30"]


def test_what_is_over_a_cap_is_told_with_its_sums() -> None:
    facts = {"rule": "order_on_time", "earned": 104, "monthly_cap": 100, "over": 4}
    told = explained(world_of(PointsRule.OVER_MONTHLY_CAP, -4, facts, note="order_on_time", day=NOVEMBER))
    assert " ".join(told.text) == (
        "In November 2026 you earned more by order on time than a month can bring. Earned: 104 points; at most: 100 "
        "points; so 4 points are taken off."
    )


def test_every_rule_and_every_cause_in_the_code_has_words_of_its_own() -> None:
    assert set(ENTRIES) == set(PointsRule)
    assert {standing.value for standing in Standing} | {APPEAL_GRANTED} <= set(REVERSALS)


@pytest.mark.parametrize("rule", list(PointsRule))
def test_a_reversal_of_any_rule_is_explained_also_without_its_records(rule: PointsRule) -> None:
    booked = world_of(rule, -1, {})
    reversal = LedgerStep(2, rule, PointsEntryKind.REVERSAL, 1, "a_new_cause", BOOKED_AT, 1, False, None, None)
    entry = replace(booked.entry, step=reversal, steps=(*booked.entry.steps, reversal))
    told = explained(replace(booked, entry=entry))
    assert told.text[0].startswith("This takes back the −1 point by ")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (13.9, "Still possible: an appeal, until 17:00 on Monday 14 December."),
        (14, "Still possible: an appeal, until 17:00 on Monday 14 December."),
        (14.1, "It could be appealed until 17:00 on Monday 14 December."),
    ],
)
def test_an_appeal_is_possible_for_fourteen_days(days: float, expected: str) -> None:
    world = replace(world_of(PointsRule.DUMPED_ORDER, -10, {}), now=BOOKED_AT + timedelta(days=days))
    assert may_still_change(world, wording_of(world)) == [expected]


SUBMITTED = "You appealed it at 17:00 on Tuesday 1 December, and"
GRANT = "Still possible: a decision that grants the appeal; it takes the points back."
NO_FURTHER = "The appeal could be taken to an admin until 17:00 on Friday 18 December."
FURTHER = "Still possible: taking the appeal to an admin, until 17:00 on Friday 18 December."


@pytest.mark.parametrize(
    ("status", "instance", "days_later", "text", "outlook"),
    [
        ("open", 1, 0, [f"{SUBMITTED} a supervisor is to decide."], [GRANT]),
        ("open", 2, 0, [f"{SUBMITTED} an admin is to decide."], [GRANT]),
        ("rejected", 1, 14, [f"{SUBMITTED} a supervisor rejected that at 17:00 on Friday 4 December."], [FURTHER]),
        ("rejected", 1, 15, [f"{SUBMITTED} a supervisor rejected that at 17:00 on Friday 4 December."], [NO_FURTHER]),
        ("rejected", 2, 0, [f"{SUBMITTED} an admin rejected that at 17:00 on Friday 4 December."], []),
        ("granted", 1, 0, [], []),
    ],
)
def test_an_entry_that_was_appealed_says_where_the_appeal_stands(
    status: str, instance: int, days_later: int, text: list[str], outlook: list[str]
) -> None:
    submitted_at = BOOKED_AT + timedelta(days=1)
    decided_at = None if status == "open" else submitted_at + timedelta(days=3)
    appeal = SeenAppeal(ORDER, AppealStatus(status), instance, submitted_at, decided_at)
    world = world_of(PointsRule.DUMPED_ORDER, -10, {})
    now = (decided_at or submitted_at) + timedelta(days=days_later)
    world = replace(world, now=now, entry=replace(world.entry, appeal=appeal))
    assert standing_sentences(world, wording_of(world)) == text
    assert may_still_change(world, wording_of(world)) == outlook
    assert appeal_until(world) is None


def test_what_earned_cannot_be_appealed() -> None:
    assert appeal_until(world_of(PointsRule.ORDER_ON_TIME, 1, {})) is None


def test_an_entry_that_counts_in_a_later_month_says_so() -> None:
    world = world_of(PointsRule.DUMPED_ORDER, -10, {})
    later = replace(world, entry=replace(world.entry, month=date(2026, 12, 1)))
    (sentence,) = standing_sentences(later, wording_of(later))
    assert sentence == "It counts in December 2026, because the month of its day was closed when it was booked."


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (7200, "2 hours"),
        (7260, "2 hours 1 minute"),
    ],
)
def test_spans_are_told_so_that_so_much_earlier_suffices(seconds: float, expected: str) -> None:
    assert minutes_text(timedelta(seconds=seconds)) == expected


def test_times_have_seconds_near_the_cutoff_and_a_day_on_another_day() -> None:
    cutoff = datetime(2026, 11, 23, 15, tzinfo=UTC)
    words = Wording(ATHENS, MONDAY, is_rep=True, boundary=cutoff)
    times = [words.time(cutoff + timedelta(seconds=later)) for later in (-60, 0, 31, 60, 86_400)]
    assert times == ["16:59", "17:00", "17:00:31", "17:01", "17:00 on Tuesday 24 November"]
    assert words.told(cutoff) == "2026-11-23T17:00:00+02:00"


@pytest.mark.parametrize(("points", "expected"), [(-10, "−10 points"), (1, "+1 point"), (-1, "−1 point")])
def test_points_are_told_with_their_sign(points: int, expected: str) -> None:
    assert points_text(points) == expected
