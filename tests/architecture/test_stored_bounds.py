"""Whatever a table can hold, an answer can show: no stored number, text or day makes a route answer 500.

Every column is filled with the most, and with the least, that its type holds; then each GET route is asked, and a claim
made, and what they answer is held against the contract. Bounds are for what comes in: answers say what is.
"""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    case,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.closing.call_tasks.models import CallAttempt, CallTask
from app.closing.compliance.models import KeptDay, KeptRepDay
from app.ground import clock
from app.ground.db.base import Base
from app.ground.web.openapi import api_routes, document
from app.main import hold
from app.masters.identity.models import User
from app.masters.outlets.models import ChannelTerms, OutletTerms
from app.motivation.statements.models import StatementPolicy
from app.sales.deliveries.models import DeliveryVersion
from app.sales.orders.models import Order, OrderVersion, OutletTurnover
from app.sales.returns.models import ReturnVersion
from tests.architecture.access_table import ENTRIES
from tests.architecture.access_world import HALF_PAST_FIVE, MONDAY, World, make_world
from tests.conftest import SavepointDatabase, rolled_back, settings_in
from tests.databases import by_the_owner

EXTREMES: dict[str, tuple[tuple[type, Any], ...]] = {
    "most": (
        (SmallInteger, 2**15 - 1),
        (BigInteger, 2**53),
        (Integer, 2**31 - 1),
        (Float, 1e9),
        (Numeric, Decimal("9999999999.9999")),
        (Text, "Ω=\r\n;\"'" * 500),
        (Date, date(2100, 12, 31)),
    ),
    "least": (
        (SmallInteger, -(2**15) + 1),  # what points there are can be reversed
        (BigInteger, -(2**53)),
        (Integer, -(2**31) + 1),
        (Float, -1e9),
        (Numeric, Decimal("-9999999999.9999")),
        (Text, ""),
        (Date, date(2000, 1, 1)),
    ),
}
"""By the type of a column: the first that it is of."""

WORDS = {
    "action",
    "answered_by",
    "applies_to",
    "area_type",
    "attached_to",
    "because",
    "cause",
    "change",
    "channel",
    "decision",
    "kind",
    "media_type",
    "mismatch_answered_by",
    "outcome",
    "review_outcome",
    "reason_answered_by",
    "role",
    "rule",
    "source_type",
    "status",
    "subject_kind",
    "subject_type",
    "time_zone",
    "type",
    "verdict",
}
"""Texts that are one of a few words of the program's own."""
REFERENCES = re.compile(
    r"(\w+_)?(id|version|in)|claimed_by|week_date|visit_date|(delivery_)?business_date|quarter|year|number_of_year|month|closed_through"
    r"|closing_day|monthly_cap|rate_limit"
)
"""Columns that name a row, or the day that it is asked for by."""


def _is_free(column: Column[Any]) -> bool:
    """Whether a column may hold anything of its type."""
    named = column.primary_key or column.foreign_keys or column.unique or REFERENCES.fullmatch(column.name)
    return not named and column.name not in WORDS


def _extremes_of(table: Table, side: str) -> dict[str, Any]:
    """What each free column of a table is set to, where it has a value."""
    values = {}
    for column in filter(_is_free, table.columns):
        fitting = [value for kind, value in EXTREMES[side] if isinstance(column.type, kind)]
        if fitting:
            values[column.name] = fitting[0]
    return values


@pytest.fixture(scope="module")
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with rolled_back(engine) as connection:
        yield connection


@pytest.fixture(scope="module")
async def world(connection: AsyncConnection, built_app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small company, with a row in every table that holds amounts."""
    hold(built_app, settings_in(tmp_path_factory.mktemp("home")), SavepointDatabase(connection))
    async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
        with clock.fixed(HALF_PAST_FIVE):
            world = await make_world(session, built_app)
        order = (await session.scalars(select(Order).where(Order.id == world["order_1"]))).one()
        task = (await session.scalars(select(CallTask).where(CallTask.id == world["task_a"]))).one()
        operator_id = await session.scalar(select(User.id).where(User.username == world["username"]))
        since = {"valid_from": order.business_date, "created_at": HALF_PAST_FIVE, "created_by": "user:root"}
        call = {"told_at": HALF_PAST_FIVE, "outcome": "no_answer", "comment": "engaged"}
        session.add_all(
            [
                _version_of(order),
                _version_of_delivery(world["delivery_1"]),
                _version_of_return(world["return_1"], order.outlet_id),
                OutletTurnover(outlet_id=order.outlet_id, value=Decimal(1), computed_on=order.business_date),
                CallAttempt(task_id=task.id, operator_id=operator_id, **call),
                StatementPolicy(version=1, point_value=Decimal(1), currency="EUR", **since),
                KeptDay(territory_id=order.territory_id, business_date=order.business_date),
                KeptRepDay(territory_id=order.territory_id, business_date=order.business_date, rep_id=order.rep_id),
            ]
        )
        async with by_the_owner(session):
            for terms in (OutletTerms, ChannelTerms):
                amounts = {"visits_per_week": 1, "orders_per_week": 1, "min_order_value": 1, "min_gap_days": 1}
                await session.execute(update(terms).values(**amounts))
        await session.commit()
    return world


def _version_of(order: Order) -> OrderVersion:
    """The order's first version, its lines as JSON: numbers that no column bounds."""
    most = str(EXTREMES["most"][4][1])
    line = {"product_code": "ZQ-PRODUCT", "quantity": most, "unit_price": most, "list_price": most}
    names = ("business_date", "territory_id", "captured_at", "received_at", "corrected_at", "trusted", "total_value")
    return OrderVersion(
        **{name: getattr(order, name) for name in (*names, "delivery_date", "comment", "warnings")},
        order_id=order.id,
        version=1,
        change="placed",
        changed_by=order.placed_by,
        changed_by_kind="device",
        reason="",
        lines=[line],
    )


def _version_of_delivery(delivery_id: str) -> DeliveryVersion:
    """What a delivery said before, its lines as JSON likewise."""
    most = str(EXTREMES["most"][4][1])
    amounts = {"shipped_quantity": most, "accepted_quantity": most, "unit_price": most}
    return DeliveryVersion(
        business_date=MONDAY,
        delivery_id=UUID(delivery_id),
        version=1,
        outlet_code="ZQ-OUTLET-1",
        number="DN-1",
        delivered_at=HALF_PAST_FIVE,
        value=Decimal(1),
        lines=[{"product_code": "ZQ-PRODUCT", "reason_code": None} | amounts],
        digest=b"",
        received_at=HALF_PAST_FIVE,
        recorded_by="client:erp",
    )


def _version_of_return(return_id: str, outlet_id: int) -> ReturnVersion:
    """What a return said before likewise."""
    most = str(EXTREMES["most"][4][1])
    line = {"product_code": "ZQ-PRODUCT", "quantity": most, "unit_price": most, "reason_code": "expired"}
    return ReturnVersion(
        business_date=MONDAY,
        return_id=UUID(return_id),
        version=1,
        outlet_id=outlet_id,
        outlet_code="ZQ-OUTLET-1",
        returned_at=HALF_PAST_FIVE,
        returned_date=MONDAY,
        value=Decimal(1),
        lines=[line | {"accepted": True}],
        digest=b"",
        received_at=HALF_PAST_FIVE,
        recorded_by="client:erp",
    )


@pytest.fixture(scope="module", params=EXTREMES)
async def filled(request: pytest.FixtureRequest, connection: AsyncConnection, world: World) -> AsyncIterator[World]:
    """The company, every free column at one end of what it can hold."""
    savepoint = await connection.begin_nested()
    await connection.execute(text("SET LOCAL ROLE fieldproof_owner"))  # some of it is append-only for the service
    for table in Base.metadata.sorted_tables:
        values = _extremes_of(table, request.param)
        if values:
            columns = [(table.c[name], literal(value, table.c[name].type)) for name, value in values.items()]
            await connection.execute(
                update(table).values({column: case((column.is_not(None), value)) for column, value in columns})
            )
    await connection.execute(text("SET LOCAL ROLE fieldproof"))
    yield world
    await savepoint.rollback()


async def test_every_table_with_amounts_has_a_row_here(connection: AsyncConnection, world: World) -> None:
    of_amounts = [
        table
        for table in Base.metadata.sorted_tables
        if any(isinstance(column.type, Numeric) and not isinstance(column.type, Float) for column in table.columns)
    ]
    counts = {table.name: await connection.scalar(select(func.count()).select_from(table)) for table in of_amounts}
    assert len(counts) > 8
    assert not [name for name, rows in counts.items() if not rows]


GETS = [route for route in ENTRIES if route.startswith("GET ")]


@pytest.mark.parametrize("caller", ["admin", "device_1"])
async def test_every_route_shows_what_the_tables_hold_as_the_contract_says(
    caller: str, filled: World, api: httpx.AsyncClient, built_app: FastAPI, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(HALF_PAST_FIVE)
    wrong = {}
    for route in GETS:
        entry = ENTRIES[route]
        if entry.admits is None or caller not in entry.admits:
            continue
        names = iter(entry.path)
        template = route.removeprefix("GET ")
        path = re.sub(r"\{\w+\}", lambda _: filled[next(names)], template.replace("{kpi}", "drop_size"))  # noqa: B023
        answer = await api.get(path, params=entry.query, headers=filled.headers[caller])
        mistakes = _mistakes(built_app, template, answer)
        if mistakes:
            wrong[route] = mistakes
    assert wrong == {}


async def test_a_claim_and_a_cancellation_answer_whatever_the_tables_hold(
    filled: World, api: httpx.AsyncClient, connection: AsyncConnection, the_clock: clock.SetClock
) -> None:
    savepoint = await connection.begin_nested()
    the_clock.move_to(HALF_PAST_FIVE)
    cancelled = await api.post(f"/v1/orders/{filled['order_1']}/cancel", headers=filled.headers["supervisor_a"])
    claim = await api.post("/v1/call-tasks/claim", json={}, headers=filled.headers["operator_a"])
    await savepoint.rollback()
    assert (cancelled.status_code, claim.status_code) == (200, 200), f"{cancelled.text[:500]} {claim.text[:500]}"


def _mistakes(app: FastAPI, template: str, answer: httpx.Response) -> list[str]:
    """What is wrong with an answer, by the contract."""
    if answer.status_code != 200:
        return [] if answer.status_code in ENTRIES[f"GET {template}"].answers else [answer.text]
    contract = document(app)
    content = contract["paths"][template]["get"]["responses"]["200"].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None or not answer.headers["content-type"].startswith("application/json"):
        return []
    within = schema | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": contract["components"],
    }
    validator = jsonschema_rs.Draft202012Validator(within, validate_formats=True)
    return [f"{error.instance_path}: {error.message[:200]}" for error in validator.iter_errors(answer.json())]


BOUNDS = {"ge", "gt", "le", "lt", "multiple_of", "max_digits", "decimal_places", "min_length", "max_length", "pattern"}
CHECKS = {"function-before", "function-after", "function-wrap", "function-plain"}
HARMLESS = {"_wall_time_text"}
"""It lets every `time` through, and no column holds a wall time in another form."""


def _bounds_in(schema: Any, place: str) -> Iterator[str]:
    """Where Pydantic's own description of a model refuses something."""
    if isinstance(schema, list | tuple):
        for index, member in enumerate(schema):
            yield from _bounds_in(member, f"{place}/{index}")
    if not isinstance(schema, dict):
        return
    yield from (f"{place} {bound}" for bound in BOUNDS & schema.keys() if schema.get("type") != "model")
    if schema.get("type") in CHECKS and schema["function"]["function"].__name__ not in HARMLESS:
        yield f"{place} {schema['function']['function'].__name__}"
    members = schema["fields"] if schema.get("type") == "model-fields" else schema
    for key, member in members.items():
        if key not in {"serialization", "metadata", "function", "cls", "config", "default"}:
            yield from _bounds_in(member, f"{place}/{key}")


def test_no_model_of_an_answer_refuses_a_value(built_app: FastAPI) -> None:
    models = {route.response_model for route in api_routes(built_app) if isinstance(route.response_model, type)}
    answers = {model for model in models if issubclass(model, BaseModel)}
    assert len(answers) > 40
    found = {place for model in answers for place in _bounds_in(model.__pydantic_core_schema__, model.__name__)}
    assert sorted(found) == []
