"""A rule refuses a form only where it is broken as of the capture and as of the arrival (O2)."""

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from app.sales.orders.leniency import MasterView, eased, warned_of_changes
from app.sales.orders.rules import OrderDecision, judge_order
from tests.sales.orders.plain_values import MONDAY, form_of, line, offer_of, outlet_with

SOUND: dict[str, Any] = {}
BREAKS: dict[str, dict[str, Any]] = {
    "inactive_outlet": {"outlet": {"active": False}},
    "outlet_outside_territory": {"outlet": {"territory_id": 2}},
    "credit_hold": {"outlet": {"credit_hold": True}},
    "inactive_product": {"offer": {"active": False}},
    "not_a_multiple_of_pack": {"offer": {"pack_size": Decimal(5)}},
}
"""What the masters have to be for each rule to be broken by an order of 12 pieces in territory 1."""


def view(*broken: str) -> MasterView:
    members: dict[str, Any] = {"outlet": {}, "offer": {}}
    for rule in broken:
        for name, fields in BREAKS[rule].items():
            members[name] |= fields
    return MasterView(outlet_with(**members["outlet"]), {"CHO-100": offer_of(**members["offer"])}, 1)


def decided(now: MasterView, then: MasterView) -> OrderDecision:
    form, offers = form_of(line()), {code: offer for code, offer in now.offers.items() if offer}
    assert now.outlet is not None
    agreed = now.outlet
    if then.outlet is not None:
        agreed = replace(agreed, credit_hold=then.outlet.credit_hold)
    strict = judge_order(form, agreed, offers, MONDAY, now.rep_territory_id)
    kinder = eased(form, agreed, now, then, offers)
    lenient = judge_order(form, kinder.outlet, kinder.offers, MONDAY, kinder.rep_territory_id)
    return warned_of_changes(strict, lenient)


@pytest.mark.parametrize("rule", BREAKS)
def test_a_rule_that_is_broken_at_both_moments_refuses(rule: str) -> None:
    assert [problem.code for problem in decided(view(rule), view(rule)).problems] == [rule]


@pytest.mark.parametrize(("rule", "when"), list(product(BREAKS, ["capture", "arrival"])))
def test_a_rule_that_is_broken_at_one_moment_alone_refuses_nothing(rule: str, when: str) -> None:
    now, then = (view(), view(rule)) if when == "capture" else (view(rule), view())
    decision = decided(now, then)
    assert decision.accepted
    assert [line.quantity for line in decision.lines] == [Decimal(12)]
    told = [warning.details["rule"] for warning in decision.warnings if warning.code == "changed_since_capture"]
    # what was mended before it came is as if it had never been, but for the terms, which are those of the capture
    assert told == ([rule] if (when == "arrival") is not (rule == "credit_hold") else [])


@pytest.mark.parametrize(("first", "second"), [(a, b) for a, b in product(BREAKS, BREAKS) if a != b])
def test_two_rules_each_broken_at_another_moment_refuse_nothing(first: str, second: str) -> None:
    assert decided(view(first), view(second)).accepted


def test_what_did_not_exist_at_the_capture_is_held_against_nobody_who_could_not_know_it() -> None:
    then = MasterView(None, {"CHO-100": None}, 1)
    assert [problem.code for problem in decided(view("inactive_product"), then).problems] == ["inactive_product"]
    assert decided(view(), then).accepted


def test_a_rep_who_was_moved_orders_where_it_was_when_the_order_was_captured() -> None:
    elsewhere = MasterView(outlet_with(), {"CHO-100": offer_of()}, 2)
    assert decided(elsewhere, view()).accepted
    assert not decided(elsewhere, elsewhere).accepted
