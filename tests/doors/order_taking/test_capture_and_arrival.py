"""An order is refused only for what is wrong both as of its capture and as of its arrival, and warned of more (O2)."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.masters.territories.models import Territory
from app.sales.orders.models import Order, OrderRefusal
from tests.conftest import Statements
from tests.doors.handheld.conftest import Field, Sync, field, sync
from tests.factories.catalogue import make_product
from tests.factories.handheld import NOON, make_order
from tests.factories.identity import bearer, make_user
from tests.factories.orders import MONDAY
from tests.factories.orders import make_order as make_placed_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

__all__ = ["field", "sync"]

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CAPTURED, CHANGED, SENT = NOON, NOON + HOUR, NOON + 2 * HOUR


@pytest.fixture
async def office(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, the_clock: SetClock) -> Any:
    """Changes a master at a moment, as an admin does."""
    admin = await make_user(session, Role.ADMIN)

    async def change(at: datetime, path: str, **members: Any) -> None:
        the_clock.move_to(at)
        answer = await api.patch(f"/v1/{path}", json=members, headers=bearer(app, admin))
        assert answer.status_code == 200, answer.text

    return change


def codes(result: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in result["warnings"]]


def problems(result: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in result["problem"]["errors"]]


async def elsewhere(session: AsyncSession) -> Territory:
    return await make_territory(session, code="KAL")


CHANGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "inactive_product": ("products/{product}", {"active": False}, {"active": True}),
    "not_a_multiple_of_pack": ("products/{product}", {"pack_size": "5"}, {"pack_size": "6"}),
    "inactive_outlet": ("outlets/{outlet}", {"active": False}, {"active": True}),
    "outlet_outside_territory": ("outlets/{outlet}", {"territory_code": "KAL"}, {"territory_code": "{territory}"}),
    "credit_hold": ("outlets/{outlet}", {"terms": {"credit_hold": True}}, {"terms": {"credit_hold": False}}),
}
"""By the rule that it breaks: what the office changes, and how it puts it right."""


def change_of(rule: str, field: Field, *, back: bool = False) -> tuple[str, dict[str, Any]]:
    names = {"product": field.product.code, "outlet": field.outlet.code, "territory": field.territory.code}
    path, broken, mended = CHANGES[rule]
    members = mended if back else broken
    filled = {name: value.format(**names) if isinstance(value, str) else value for name, value in members.items()}
    return path.format(**names), filled


@pytest.mark.parametrize("rule", CHANGES)
async def test_what_the_office_changed_between_capture_and_arrival_refuses_nothing(
    rule: str, office: Any, sync: Sync, field: Field, session: AsyncSession, the_clock: SetClock
) -> None:
    await elsewhere(session)
    path, members = change_of(rule, field)
    await office(CHANGED, path, **members)
    the_clock.move_to(SENT)
    captured, late = (make_order(field.outlet.code, field.product.code, time=at) for at in (CAPTURED, CHANGED + MINUTE))
    first, second = (await sync(captured, late, time=SENT))["results"]
    assert first["status"] == "accepted", first
    told = [warning["rule"] for warning in first["warnings"] if warning["code"] == "changed_since_capture"]
    assert told == ([] if rule == "credit_hold" else [rule])
    assert problems(second) == [rule]


@pytest.mark.parametrize("rule", CHANGES)
async def test_what_the_office_put_right_before_the_arrival_refuses_nothing_either(
    rule: str, office: Any, sync: Sync, field: Field, session: AsyncSession, the_clock: SetClock
) -> None:
    await elsewhere(session)
    path, broken = change_of(rule, field)
    await office(CAPTURED - HOUR, path, **broken)
    the_clock.move_to(CAPTURED + MINUTE)
    form = make_order(field.outlet.code, field.product.code, time=CAPTURED)
    (refused,) = (await sync(form, time=CAPTURED + MINUTE))["results"]
    assert problems(refused) == [rule]
    refusals = select(OrderRefusal).where(OrderRefusal.stands())
    assert len((await session.scalars(refusals)).all()) == 1
    path, mended = change_of(rule, field, back=True)
    await office(CHANGED, path, **mended)
    the_clock.move_to(SENT)
    (accepted,) = (await sync(form, time=SENT))["results"]
    assert accepted["status"] == "accepted", accepted
    order = (await session.scalars(select(Order))).one()
    assert (order.received_at, order.first_received_at) == (SENT, CAPTURED + MINUTE), "it counts from its first arrival"
    assert (await session.scalars(refusals)).all() == []


async def test_a_rep_who_is_moved_after_the_capture_keeps_the_orders_that_were_right(
    office: Any, sync: Sync, field: Field, session: AsyncSession, the_clock: SetClock
) -> None:
    await elsewhere(session)
    await office(CHANGED, f"reps/{field.rep.code}", territory_code="KAL")
    the_clock.move_to(SENT)
    forms = [make_order(field.outlet.code, field.product.code, time=at) for at in (CAPTURED, CHANGED + MINUTE)]
    results = (await sync(*forms, time=SENT))["results"]
    assert [result["status"] for result in results] == ["accepted", "rejected"]


async def test_a_form_with_other_content_does_not_count_from_the_refused_ones_arrival(
    sync: Sync, field: Field, session: AsyncSession, the_clock: SetClock
) -> None:
    form = make_order(field.outlet.code, field.product.code)
    seven = form | {"lines": [form["lines"][0] | {"quantity": "7"}]}
    assert [result["status"] for result in (await sync(seven))["results"]] == ["rejected"]
    the_clock.move_to(SENT)
    assert [result["status"] for result in (await sync(form, time=SENT))["results"]] == ["accepted"]
    assert (await session.scalars(select(Order.first_received_at))).one() is None


async def test_a_delivery_date_that_has_passed_on_arrival_is_told(
    sync: Sync, field: Field, the_clock: SetClock
) -> None:
    form = make_order(field.outlet.code, field.product.code)
    the_clock.move_to(NOON + timedelta(days=3))
    (result,) = (await sync(form, time=NOON + timedelta(days=3)))["results"]
    assert (result["status"], codes(result)) == ("accepted", ["delivery_date_passed"])


@pytest.mark.parametrize(
    ("delivery_date", "told"),
    [("2026-11-24", []), ("2026-11-28", ["delivery_on_day_off"]), ("2026-12-25", ["delivery_on_day_off"])],
)
async def test_a_delivery_on_a_day_off_is_told(
    sync: Sync, field: Field, session: AsyncSession, delivery_date: str, told: list[str]
) -> None:
    field.territory.holidays = [datetime.fromisoformat("2026-12-25").date()]
    await session.flush()
    form = make_order(field.outlet.code, field.product.code, delivery_date=delivery_date)
    (result,) = (await sync(form))["results"]
    assert codes(result) == told


async def test_the_same_form_under_another_id_and_any_other_order_of_the_day_are_told(
    sync: Sync, field: Field, session: AsyncSession
) -> None:
    form = make_order(field.outlet.code, field.product.code)
    twin, more = (make_order(field.outlet.code, field.product.code, time=NOON - minutes * MINUTE) for minutes in (1, 2))
    more["lines"][0]["quantity"] = "12"
    first, second = (await sync(form, twin))["results"]
    assert codes(first) == []
    assert codes(second) == ["another_order_that_day", "same_lines"]
    (third,) = (await sync(more))["results"]
    assert codes(third) == ["another_order_that_day"]
    assert third["warnings"][0]["orders"] == 2
    assert [codes(result) for result in (await sync(form, twin, more))["results"]] == [
        codes(first),
        codes(second),
        codes(third),
    ]


@pytest.mark.parametrize(
    ("lines", "minutes", "told"),
    [
        ([("A", "6"), ("B", "12")], 10, ["another_order_that_day", "same_lines"]),
        ([("B", "12"), ("A", "6")], 10, ["another_order_that_day", "same_lines"]),
        ([("A", "6"), ("B", "12")], 11, ["another_order_that_day"]),
        ([("A", "12"), ("B", "12")], 0, ["another_order_that_day"]),
        ([("A", "6"), ("B", "6")], 0, ["another_order_that_day"]),
        ([("B", "12")], 0, ["another_order_that_day"]),
        ([("A", "6"), ("C", "6"), ("B", "12")], 0, ["another_order_that_day"]),
        ([("A", "6"), ("C", "12")], 0, ["another_order_that_day"]),
    ],
)
async def test_the_same_lines_in_any_order_are_told_within_ten_minutes(
    sync: Sync, field: Field, session: AsyncSession, lines: list[tuple[str, str]], minutes: int, told: list[str]
) -> None:
    for code in "ABC":
        await make_product(session, code=code)
    form, stored = (make_order(field.outlet.code, time=NOON - ago * MINUTE) for ago in (0, minutes))
    for order, ordered in ((form, lines), (stored, [("A", "6"), ("B", "12")])):
        order["lines"] = [{"product_code": code, "quantity": quantity} for code, quantity in ordered]
    await sync(stored)
    (result,) = (await sync(form))["results"]
    assert codes(result) == told


@pytest.mark.parametrize("history", [True, False])
async def test_an_absurd_quantity_is_told(sync: Sync, field: Field, session: AsyncSession, history: bool) -> None:
    if history:
        for days in range(1, 5):
            day = MONDAY - timedelta(days)
            await make_placed_order(
                session, field.outlet, rep=field.rep, lines=[(field.product, 12)], business_date=day
            )
    form = make_order(field.outlet.code, field.product.code)
    form["lines"][0]["quantity"] = "126" if history else "96385074"
    (result,) = (await sync(form))["results"]
    assert codes(result) == ["implausible_quantity"]
    assert result["warnings"][0].get("mean") == ("12" if history else None)


async def test_a_must_stock_item_that_is_no_longer_sold_is_not_due(
    sync: Sync, field: Field, session: AsyncSession
) -> None:
    old, due = await make_product(session, code="OLD-1", active=False), await make_product(session, code="DUE-1")
    items = [{"product_code": product.code, "min_quantity": "1"} for product in (old, due)]
    outlet = await make_outlet(session, field.territory, terms={"must_stock": items})
    (result,) = (await sync(make_order(outlet.code, field.product.code)))["results"]
    (warning,) = result["warnings"]
    assert [item["product_code"] for item in warning["items"]] == ["DUE-1"]


async def test_forms_are_judged_by_a_fixed_number_of_statements(
    sync: Sync, field: Field, session: AsyncSession, statements: Statements
) -> None:
    counts = []
    await sync()
    for number in (1, 12):
        outlets = [await make_outlet(session, field.territory) for _ in range(number)]
        await session.flush()
        await statements.taken()
        await sync(*(make_order(outlet.code, field.product.code) for outlet in outlets))
        counts.append(len(await statements.taken()))
    assert counts[0] == counts[1]
