"""What orders and months have earned and cost, explained from what the entry keeps of them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points import service as points
from app.motivation.points.models import PointsPolicy
from app.motivation.points.service import PointsFinding, PointsRule
from tests.closing.explanations.conftest import Kiosk, athens
from tests.factories.catalogue import make_product
from tests.factories.visits import MONDAY

NOON, EVENING = athens(12, day=25), athens(18, day=25)


async def find(
    kiosk: Kiosk, rule: PointsRule, *, counts: bool = True, note: str = "", facts: dict[str, Any] | None = None
) -> None:
    """Book, or take back, what a rule says of the day's order."""
    order = await kiosk.only_order()
    finding = PointsFinding(rule, order.id, kiosk.day.rep.id, MONDAY, counts=counts, note=note, facts=facts)
    kiosk.clock.move_to(NOON if counts else EVENING)
    await points.bring_about(kiosk.session, [finding], NOON if counts else EVENING)


async def test_a_mismatch_is_explained_by_the_lines_that_the_entry_keeps(session: AsyncSession, kiosk: Kiosk) -> None:
    order = await kiosk.order(athens(15, 10))
    product = await make_product(session, code="CHOC-90", name="Milk chocolate 90 g")
    line = {"product_id": product.id, "ordered": "12", "shipped": "12", "accepted": "10"}
    line |= {"mismatches": ["short_accepted"], "answered_by": "rep", "answered_because": "terms"}
    await find(kiosk, PointsRule.DELIVERY_MISMATCH, facts={"delivery_date": "2026-11-24", "lines": [line]})
    answer = await kiosk.explained("delivery_mismatch")
    assert answer["text"] == (
        "Your order of 15:10 for Kiosk Nikos (PAT-0042) on Monday 23 November, to be delivered on Tuesday 24 November. "
        "Quantities differ, and you answer for it. Milk chocolate 90 g (CHOC-90): ordered 12, shipped 12, accepted 10 "
        "(short accepted); you answer by the outlet's terms."
    )
    assert answer["facts"]["decisive_lines"] == [line | {"product_code": "CHOC-90"}]
    assert [(record["type"], record["id"]) for record in answer["records"]] == [
        ("order", str(order.id)),
        ("points_policy", "delivery_mismatch"),
    ]
    assert answer["would_have_changed_it"] == [
        "Quantities accepted as they were ordered.",
        "A reason, or a supervisor's decision, by which somebody else answers for the difference.",
        "Still possible: an appeal, until 12:00 on Wednesday 9 December.",
    ]


async def test_a_correction_of_a_delivery_explains_what_was_taken_back(kiosk: Kiosk) -> None:
    await kiosk.order(athens(15, 10))
    await find(kiosk, PointsRule.DELIVERY_MATCHED, facts={"delivery_date": "2026-11-24", "lines": []})
    await find(kiosk, PointsRule.DELIVERY_MATCHED, counts=False, note="mismatched")
    answer = await kiosk.explained("delivery_matched", "REVERSAL")
    assert answer["text"] == (
        "This takes back the +2 points by delivery matched, booked at 12:00 on Wednesday 25 November. It is about your "
        "order of 15:10 for Kiosk Nikos (PAT-0042): what was delivered of the order, or who answers for a difference, "
        "is known otherwise by now."
    )
    booked = await kiosk.explained("delivery_matched", "AWARD")
    assert booked["counts"] is False
    assert [record["type"] for record in booked["records"]] == ["order", "points_entry", "points_policy"]


async def test_what_is_over_a_cap_is_explained_by_the_months_sums(session: AsyncSession, kiosk: Kiosk) -> None:
    await kiosk.order(athens(15, 10))
    terms = {
        "points": 5,
        "monthly_cap": 3,
        "valid_from": MONDAY.replace(day=1),
        "created_at": NOON,
        "created_by": "test",
    }
    session.add(PointsPolicy(rule="delivery_matched", version=9, **terms))
    await find(kiosk, PointsRule.DELIVERY_MATCHED)
    answer = await kiosk.explained("over_monthly_cap")
    assert answer["text"] == (
        "In November 2026 you earned more by delivery matched than a month can bring. Earned: 5 points; at most: 3 "
        "points; so 2 points are taken off."
    )
    assert [record["href"] for record in answer["records"]] == ["/v1/reps/PAT-R1/points?from=2026-11-01&to=2026-11-30"]
    assert answer["policy"] is None
    await find(kiosk, PointsRule.DELIVERY_MATCHED, counts=False, note="mismatched")
    given_back = await kiosk.explained("over_monthly_cap", "REVERSAL")
    assert given_back["text"].endswith(
        "What you earned by delivery matched in November 2026 has become another sum, so what is over the cap has, too."
    )


async def test_an_award_is_explained_by_the_order_that_was_known_when_it_was_booked(kiosk: Kiosk) -> None:
    order = await kiosk.order(athens(15, 10))
    await kiosk.close()
    mail = await kiosk.order(athens(12, day=23), rep=None, channel="EMAIL", placed_by="outlet:PAT-0042", read_at=NOON)
    kiosk.clock.move_to(EVENING)
    answer = await kiosk.explained("order_on_time", "AWARD")
    assert answer["facts"]["order_id"] == str(order.id)
    assert [each["order_id"] for each in answer["facts"]["orders"]] == [str(order.id)]
    assert [each["order_id"] for each in answer["facts"]["came_later"]["orders"]] == [str(mail.id)]


async def test_an_award_for_a_delivery_that_a_dumped_order_earned_is_taken_back_for_that(kiosk: Kiosk) -> None:
    await kiosk.order(athens(15, 10))
    await find(kiosk, PointsRule.DELIVERY_MATCHED)
    await find(kiosk, PointsRule.DELIVERY_MATCHED, counts=False, note="dumped_order")
    answer = await kiosk.explained("delivery_matched", "REVERSAL")
    assert answer["text"].endswith("a doubt that it was not taken from the outlet was confirmed, so it earns nothing.")
