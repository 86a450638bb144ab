from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import Invalid
from app.ground.web.merge_patch import merged
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_rfc_7396_come_out_as_it_says(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


def test_what_is_merged_is_not_changed_itself() -> None:
    target = {"a": {"b": 1}}
    merged(target, {"a": {"b": 2}})
    assert target == {"a": {"b": 1}}


def test_a_patch_nested_without_end_is_refused() -> None:
    patch: dict[str, Any] = {}
    for _ in range(900):
        patch = {"a": patch}
    with pytest.raises(Invalid):
        merged({}, patch)


@pytest.mark.parametrize(
    "content", [b"[]", b'"text"', b"null", b"{", b"", b'{"a":' * 900 + b"1" + b"}" * 900, b'{"name": "a\\u0000b"}']
)
async def test_a_patch_that_is_no_object_or_broken_is_a_clear_problem(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, content: bytes
) -> None:
    product = await make_product(session)
    headers = bearer(app, await make_client(session, "master:write")) | {"Content-Type": "application/json"}
    answer = await api.patch(f"/v1/products/{product.code}", content=content, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
