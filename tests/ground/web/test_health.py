"""The process tells whether it lives and whether it can serve."""

import httpx
from sqlalchemy.ext.asyncio import AsyncSession


async def test_a_living_process_answers_healthz(api: httpx.AsyncClient) -> None:
    answer = await api.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readyz_names_the_schema_that_the_database_has(api: httpx.AsyncClient, session: AsyncSession) -> None:
    answer = await api.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["schema_revision"]


async def test_an_unknown_address_is_a_problem_with_a_request_id(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == answer.headers["x-request-id"]


async def test_a_body_past_the_limit_is_refused_by_name(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/nothing", content=b"x" * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["limit_bytes"] == 2 * 1024 * 1024
