"""What deliveries and returns brought is explained to whoever may read them, with their records (P8, decision 72)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.explanations import service as explanations
from app.ground.web.access import Caller, CallerKind, Role, Scope
from app.masters.catalogue.models import Product
from app.masters.territories.models import Rep
from app.motivation.earnings.months import settle_months
from app.sales.orders.models import Order
from tests.closing.explanations.conftest import Kiosk, athens
from tests.conftest import Statements
from tests.factories.catalogue import make_product
from tests.factories.deliveries import make_delivery, make_delivery_body
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.returns import make_return
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY

NOVEMBER = MONDAY.replace(day=1)
IN_TIME, NEXT_MONTH = athens(15, 10), athens(12, day=30)
HIDDEN = "The figures of what was delivered are outside of your sight."
HIDDEN_RETURNS = "The figures of what came back are outside of your sight."


async def ordered(kiosk: Kiosk, pieces: int = 12) -> tuple[Order, Product]:
    product = await make_product(kiosk.session, code="CHOC-90", name="Milk chocolate 90 g")
    order = await make_order(
        kiosk.session, kiosk.day.outlet, rep=kiosk.day.rep, lines=[(product, pieces)], received_at=IN_TIME
    )
    return order, product


async def delivered(kiosk: Kiosk) -> UUID:
    """An order that came whole; the delivery's id."""
    order, product = await ordered(kiosk)
    return (await make_delivery(kiosk.session, kiosk.day.outlet, order, (product, 12, 12))).form.id


async def returned(kiosk: Kiosk) -> tuple[UUID, list[UUID]]:
    """Four and then nine of a hundred came back; the delivery's id, and those of the returns, the larger first."""
    order, product = await ordered(kiosk, 100)
    delivery = await make_delivery(kiosk.session, kiosk.day.outlet, order, (product, 100, 100))
    few = await make_return(kiosk.session, kiosk.day.outlet, (product, 4, "expired"))
    more = await make_return(kiosk.session, kiosk.day.outlet, (product, 9, "expired"), delivery_id=delivery.form.id)
    await settle_months(kiosk.session, [kiosk.day.rep.id], NOVEMBER, NEXT_MONTH)
    kiosk.clock.move_to(NEXT_MONTH)
    return delivery.form.id, [more.form.id, few.form.id]


def links(answer: dict[str, Any], *types: str) -> list[tuple[str, str]]:
    return [(each["type"], each["id"]) for each in answer["records"] if each["type"] in types]


@pytest.mark.parametrize(
    ("scopes", "order_told", "figures_told"),
    [
        ([], False, False),
        ([Scope.DELIVERIES_READ], False, False),
        ([Scope.ORDERS_READ], True, False),
        ([Scope.ORDERS_READ, Scope.DELIVERIES_READ], True, True),
        ([Scope.ORDERS_READ, Scope.DELIVERIES_WRITE], True, True),
    ],
)
async def test_a_client_is_told_of_a_delivery_what_its_scopes_let_it_read(
    session: AsyncSession, kiosk: Kiosk, scopes: list[Scope], order_told: bool, figures_told: bool
) -> None:
    delivery_id = await delivered(kiosk)
    client = await make_client(session, Scope.POINTS_READ, *scopes)
    answer = await kiosk.explained("delivery_matched", "AWARD", to=client)
    assert ("Kiosk Nikos" in str(answer)) is order_told
    assert (str(delivery_id) in str(answer)) is figures_told
    assert (HIDDEN in answer["text"]) is (order_told and not figures_told)
    assert ("delivery_date" in answer["facts"]) is figures_told
    if not order_told:
        assert answer["facts"] == {"in_sight": False}


@pytest.mark.parametrize(("scopes", "seen"), [([], False), ([Scope.DELIVERIES_READ], True)])
async def test_a_client_is_told_the_figures_of_returns_where_it_may_read_them(
    session: AsyncSession, kiosk: Kiosk, scopes: list[Scope], seen: bool
) -> None:
    _, return_ids = await returned(kiosk)
    client = await make_client(session, Scope.POINTS_READ, *scopes)
    answer = await kiosk.explained("returns_over_limit", to=client)
    assert (HIDDEN_RETURNS in answer["text"]) is not seen
    assert {"returned_value", "delivered_value", "return_ids", "by_reason"} <= answer["facts"].keys() or not seen
    assert (str(return_ids[0]) in str(answer)) is seen
    assert set(answer["facts"]) == {"month", "limit"} or seen


async def test_returns_are_named_the_largest_first_each_with_its_delivery(kiosk: Kiosk) -> None:
    delivery_id, (more, few) = await returned(kiosk)
    for reader in (kiosk.device, kiosk.supervisor):
        answer = await kiosk.explained("returns_over_limit", to=reader)
        assert links(answer, "return", "delivery") == [
            ("return", str(more)),
            ("delivery", str(delivery_id)),
            ("return", str(few)),
        ]


async def test_a_new_supervisor_of_a_moved_rep_is_told_no_figures_of_months_elsewhere(
    session: AsyncSession, kiosk: Kiosk
) -> None:
    await returned(kiosk)
    elsewhere = await make_territory(session)
    await session.execute(update(Rep).where(Rep.id == kiosk.day.rep.id).values(territory_id=elsewhere.id))
    newcomer = await make_user(session, Role.SUPERVISOR, elsewhere)
    answer = await kiosk.explained("returns_over_limit", to=newcomer)
    assert HIDDEN_RETURNS in answer["text"]
    assert links(answer, "return", "delivery") == []
    assert answer["facts"] == {"month": "2026-11", "limit": "0.03"}
    assert HIDDEN_RETURNS not in (await kiosk.explained("returns_over_limit"))["text"]


async def test_a_delivery_that_is_out_of_sight_hides_the_figures_of_its_month(
    session: AsyncSession, kiosk: Kiosk
) -> None:
    await returned(kiosk)
    far = await make_outlet(session, await make_territory(session))
    product = await make_product(session)
    order = await make_order(session, far, rep=kiosk.day.rep, lines=[(product, 10)])
    await make_delivery(session, far, order, (product, 10, 10))
    assert HIDDEN_RETURNS in (await kiosk.explained("returns_over_limit", to=kiosk.supervisor))["text"]
    assert HIDDEN_RETURNS not in (await kiosk.explained("returns_over_limit"))["text"]


async def test_a_limit_is_told_as_the_policy_tells_it(kiosk: Kiosk) -> None:
    await returned(kiosk)
    answer = await kiosk.explained("returns_over_limit")
    assert answer["policy"]["limit"] == answer["facts"]["limit"] == "0.03"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("cancelled", "the order was cancelled, so nothing of it was to come"),
        ("amended", "the order was amended, and what was delivered is compared with what it says since"),
        ("corrected", "what was delivered of the order, or who answers for a difference, is known otherwise by now"),
    ],
)
async def test_an_award_that_an_order_has_lost_is_explained_by_what_was_changed(
    kiosk: Kiosk, change: str, why: str
) -> None:
    order, product = await ordered(kiosk)
    delivery = await make_delivery(kiosk.session, kiosk.day.outlet, order, (product, 12, 12))
    kiosk.clock.move_to(athens(12, day=25))
    admin = bearer(kiosk.app, await make_user(kiosk.session, Role.ADMIN))
    line = {"product_code": product.code, "quantity": "18", "unit_price": str(product.list_price)}
    body = {
        "outlet_code": kiosk.day.outlet.code,
        "captured_at": order.captured_at.isoformat(),
        "delivery_date": order.delivery_date.isoformat(),
        "lines": [line],
        "reason": "The shop wanted more.",
    }
    correction = make_delivery_body(kiosk.day.outlet, order, (product, 12, 6), id=str(delivery.form.id))
    answer = await {
        "cancelled": lambda: kiosk.api.post(f"/v1/orders/{order.id}/cancel", json={"reason": "Shut."}, headers=admin),
        "amended": lambda: kiosk.api.put(f"/v1/orders/{order.id}", json=body, headers=admin),
        "corrected": lambda: kiosk.api.post("/v1/deliveries", json=correction, headers=admin),
    }[change]()
    assert answer.status_code == 200, answer.text
    assert why in (await kiosk.explained("delivery_matched", "REVERSAL"))["text"]


async def test_an_explanation_of_what_came_takes_ten_statements_at_the_most(
    session: AsyncSession, statements: Statements, kiosk: Kiosk
) -> None:
    await delivered(kiosk)
    product = await make_product(session)
    order = await make_order(session, kiosk.day.outlet, rep=kiosk.day.rep, lines=[(product, 100)])
    await make_delivery(session, kiosk.day.outlet, order, (product, 100, 100))
    await make_return(session, kiosk.day.outlet, (product, 9, "expired"))
    await settle_months(session, [kiosk.day.rep.id], NOVEMBER, NEXT_MONTH)
    reader = Caller(
        kind=CallerKind.USER,
        subject=str(kiosk.supervisor.id),
        name="sofia",
        role=Role.SUPERVISOR,
        territory_ids=frozenset({kiosk.day.territory.id}),
    )
    for rule, kind in (("delivery_matched", "AWARD"), ("returns_over_limit", "PENALTY")):
        entry_id = await kiosk.entry(rule, kind)
        await statements.taken()
        assert (await explanations.explain(session, reader, entry_id)).explanation.facts
        asked = await statements.taken()
        assert len(asked) <= 10, "\n".join(asked)
