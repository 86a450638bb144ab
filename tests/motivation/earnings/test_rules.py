"""What an order earns and costs after the day, without a database (P2, P3, P4)."""

from typing import Any
from uuid import uuid4

import pytest

from app.motivation.earnings.rules import JudgedOrder, findings_of
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from tests.factories.visits import MONDAY

MATCHED, MISMATCHED = FulfilmentStatus.MATCHED, FulfilmentStatus.MISMATCHED
BOTH = {"rep_answers_quantity": True, "rep_answers_price": True}


@pytest.mark.parametrize(
    ("known", "counting"),
    [
        ({}, set()),
        ({"status": MATCHED}, {"delivery_matched"}),
        ({"status": MATCHED, "cancelled": True}, set()),
        ({"status": MATCHED, "dumped": ("averaged_order",)}, {"dumped_order"}),
        ({"status": MISMATCHED}, set()),
        ({"status": MISMATCHED, "rep_answers_quantity": True}, {"delivery_mismatch"}),
        ({"status": MISMATCHED, "rep_answers_price": True}, {"price_mismatch"}),
        ({"status": MISMATCHED, **BOTH}, {"delivery_mismatch", "price_mismatch"}),
        (
            {"status": MISMATCHED, "dumped": ("remote_order",), **BOTH},
            {"delivery_mismatch", "price_mismatch", "dumped_order"},
        ),
        ({"status": FulfilmentStatus.UNDELIVERED, **BOTH}, set()),
        ({"dumped": ("averaged_order", "remote_order")}, {"dumped_order"}),
    ],
)
def test_an_order_earns_by_what_came_of_it_and_costs_only_what_its_rep_answers_for(
    known: dict[str, Any], counting: set[str]
) -> None:
    findings = findings_of(JudgedOrder(uuid4(), MONDAY, 1, **known))
    assert {finding.rule.value for finding in findings if finding.counts} == counting


def test_what_a_delivery_earns_rests_on_the_facts_of_its_fulfilment() -> None:
    facts = {"lines": [{"product_code": "CHO-100"}]}
    findings = findings_of(JudgedOrder(uuid4(), MONDAY, 1, status=MATCHED, facts=facts))
    assert {finding.rule.value: finding.facts for finding in findings} == {
        "dumped_order": None,
        "delivery_matched": facts,
        "delivery_mismatch": facts,
        "price_mismatch": facts,
    }


def test_an_award_that_is_taken_back_says_why() -> None:
    (note,) = [
        finding.note
        for finding in findings_of(JudgedOrder(uuid4(), MONDAY, 1, status=MATCHED, dumped=("averaged_order",)))
        if finding.rule == "delivery_matched"
    ]
    assert note == "dumped_order"
