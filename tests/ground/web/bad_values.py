"""What tests of bad input share: values that are none of their kind, a small company, and a count of every row."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import Base
from app.ground.web.access import Role
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_check_in, make_order
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

JSON = {"Content-Type": "application/json"}
HERE = "put it here"

NO_NUMBER = {
    "a number past all floats": "1e400",
    "a negative number past all floats": "-1e400",
    "a number of 5,000 digits": "9" * 5_000,
    "not a number": "NaN",
    "infinity": "-Infinity",
    "true": "true",
    "a list": "[1]",
    "an object": "{}",
    "text": '"many"',
    "text with a NUL": '"1\\u0000"',
    "a lone surrogate": '"\\ud800"',
    "digits of another script": '"٣"',
}
NO_TEXT = {
    "a NUL": '"a\\u0000b"',
    "a lone surrogate": '"a\\udc00b"',
    "a number": "7",
    "a list": '["a"]',
    "an object": '{"a": "b"}',
    "a million letters": json.dumps("a" * 1_000_000),
}

Rows = Callable[[], Awaitable[dict[str, int]]]


@dataclass
class Company:
    outlet: str
    product: str
    device: dict[str, str]
    admin: dict[str, str]

    def check_in(self, **fields: Any) -> dict[str, Any]:
        return make_check_in(self.outlet, **fields)

    def order(self, **fields: Any) -> dict[str, Any]:
        return make_order(self.outlet, self.product, **fields)


async def make_company(session: AsyncSession, app: FastAPI) -> Company:
    territory = await make_territory(session)
    device = await make_device(session, await make_rep(session, territory))
    outlet, product = await make_outlet(session, territory), await make_product(session)
    admin = await make_user(session, Role.ADMIN)
    return Company(outlet.code, product.code, bearer(app, device) | JSON, bearer(app, admin) | JSON)


async def count_rows(session: AsyncSession) -> dict[str, int]:
    """How many rows each table has."""
    counts = [
        select(literal(table.name).label("name"), func.count().label("number")).select_from(table)
        for table in Base.metadata.sorted_tables
    ]
    return {row.name: row.number for row in await session.execute(union_all(*counts))}


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["detail"]
    return problem


def with_value(event: Any, value: str) -> bytes:
    """`event` as JSON, with the JSON text `value` where HERE stands."""
    text = json.dumps(event)
    assert json.dumps(HERE) in text
    return text.replace(json.dumps(HERE), value).encode()
