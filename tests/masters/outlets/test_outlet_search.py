"""Outlets by what somebody remembers of them, and by what they lack."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from tests.factories.identity import bearer, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of a supervisor of Patras, where three outlets are; a fourth is elsewhere."""
    patras, elsewhere = await make_territory(session), await make_territory(session)
    rep = await make_rep(session, patras)
    kiosk: dict[str, Any] = {
        "code": "P-1",
        "name": "Περίπτερο 100%",
        "address": "Agiou Andreou 12",
        "phone": "+30 2610 7",
        "rep_id": rep.id,
    }
    await make_outlet(session, patras, **kiosk)
    await make_outlet(session, patras, code="P-2", name="Kiosk 100 m", at=None, rep_id=rep.id)
    await make_outlet(session, patras, code="Q-3", name="Corner", address=None)
    await make_outlet(session, elsewhere, code="P-4", name="Kiosk", at=None)
    return bearer(app, await make_user(session, Role.SUPERVISOR, patras))


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"search": "p-"}, ["P-2", "P-1"]),
        ({"search": "περίπτερο"}, ["P-1"]),
        ({"search": "ΠΕΡΙΠΤ"}, ["P-1"]),
        ({"search": "andreou 12"}, ["P-1"]),
        ({"search": "reou"}, []),
        ({"search": "2610 7"}, ["P-1"]),
        ({"search": "(0030) 26107"}, []),
        ({"search": "6107"}, ["P-1"]),
        ({"search": "610"}, []),
        ({"search": "kiosk p"}, ["P-2"]),
        ({"search": "100%"}, ["P-2", "P-1"]),
        ({"search": "_"}, []),
        ({"missing": "location"}, ["P-2"]),
        ({"missing": "rep"}, ["Q-3"]),
        ({"missing": "rep", "search": "kiosk"}, []),
    ],
)
async def test_outlets_are_searched_within_sight(
    api: httpx.AsyncClient, supervisor: dict[str, str], asked: dict[str, str], codes: list[str]
) -> None:
    answer = await api.get("/v1/outlets", params=asked, headers=supervisor)
    assert [outlet["code"] for outlet in answer.json()["items"]] == codes


@pytest.mark.parametrize("asked", [{"search": ""}, {"search": "x" * 101}, {"missing": "terms"}])
async def test_what_cannot_be_searched_for_is_refused(
    api: httpx.AsyncClient, supervisor: dict[str, str], asked: dict[str, str]
) -> None:
    assert (await api.get("/v1/outlets", params=asked, headers=supervisor)).status_code == 422
