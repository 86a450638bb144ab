"""Statements over HTTP: each form by `Accept`, in the language that was asked for, for whom they are meant."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role, Scope
from app.ground.web.media_types import Medium
from app.ground.web.openapi import document
from app.masters.identity.models import Client, Device, User
from app.masters.territories import service as territories
from app.masters.territories.models import Rep, Territory
from app.motivation.points import service as points
from app.motivation.points.service import PointsFinding, PointsRule
from app.motivation.statements import service
from app.motivation.statements.statement_words import statement_words
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.territories import make_rep, make_territory
from tests.pages import Pages
from tests.workbooks import sheet_of

OCTOBER = date(2026, 10, 1)
FIRST_OF_NOVEMBER = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
OF_THE_REP = "/v1/reps/PAT-R1/statements/2026-10"
BY_NUMBER = "/v1/points/statements/PAT-2026-10-0001"
OF_THE_MONTH = "/v1/points/months/2026-10/statements"


@pytest.fixture
async def territory(session: AsyncSession, the_clock: clock.SetClock) -> Territory:
    the_clock.move_to(FIRST_OF_NOVEMBER)
    return await make_territory(session, code="PAT", name="Πάτρα", language="el")


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    """Whose October came to 1 - 10 points, and is closed."""
    rep = await make_rep(session, territory, code="PAT-R1", name="Άννα Γεωργίου")
    findings = [
        PointsFinding(PointsRule(rule), uuid4(), rep.id, date(2026, 10, 15), counts=True, note="test")
        for rule in ("order_on_time", "missed_order")
    ]
    await points.bring_about(session, findings, clock.now())
    await close(session, territory, rep)
    return rep


async def close(session: AsyncSession, territory: Territory, *reps: Rep) -> None:
    facts = await territories.territory_facts(session, territory.id)
    assert await service.mark(session, facts, OCTOBER, [rep.id for rep in reps], clock.now(), "user:test")
    await service.write(session, facts, OCTOBER, clock.now())
    await session.flush()


async def reopen(session: AsyncSession, territory: Territory) -> None:
    facts = await territories.territory_facts(session, territory.id)
    await service.reopen(session, facts, OCTOBER, reason="The cap was missing.", by="user:test", at=clock.now())
    await session.flush()


@pytest.fixture
async def payroll(app: FastAPI, session: AsyncSession, rep: Rep) -> dict[str, str]:
    """An integration client that reads statements."""
    return bearer(app, await make_client(session, Scope.STATEMENTS_READ))


def accepting(medium: str, **headers: str) -> dict[str, str]:
    return {"Accept": medium} | headers


@pytest.mark.parametrize("path", [OF_THE_REP, BY_NUMBER])
async def test_a_statement_comes_as_data_as_a_workbook_and_as_pages(
    api: httpx.AsyncClient, payroll: dict[str, str], path: str
) -> None:
    as_data = await api.get(path, headers=payroll)
    assert (as_data.headers["content-type"], as_data.json()["points"]) == (Medium.JSON, -9)
    workbook = await api.get(path, headers=payroll | accepting(Medium.XLSX))
    assert workbook.headers["content-type"] == Medium.XLSX
    assert sheet_of(workbook.content)["B4"].value == "PAT-2026-10-0001"
    pages = await api.get(path, headers=payroll | accepting(Medium.PDF))
    assert pages.headers["content-type"] == Medium.PDF
    assert pages.headers["content-disposition"] == 'attachment; filename="statement-PAT-2026-10-0001.pdf"'
    assert "Άννα Γεωργίου (PAT-R1)" in Pages(pages.content).text


@pytest.mark.parametrize("path", [OF_THE_REP, BY_NUMBER])
async def test_a_statement_comes_as_nothing_else_and_the_answer_says_as_what_it_does(
    api: httpx.AsyncClient, payroll: dict[str, str], path: str
) -> None:
    answer = await api.get(path, headers=payroll | accepting("text/csv"))
    assert answer.status_code == 406
    assert answer.json()["detail"] == f"This comes as {Medium.JSON}, {Medium.XLSX}, {Medium.PDF}."


@pytest.mark.parametrize(
    ("header", "language", "title"),
    [
        ({}, "el", "Εκκαθάριση πόντων Οκτωβρίου 2026"),
        ({"Accept-Language": "ru-RU, en;q=0.5"}, "ru", "Ведомость баллов за октябрь 2026 г."),
        ({"Accept-Language": "de"}, "el", "Εκκαθάριση πόντων Οκτωβρίου 2026"),
        ({"Accept-Language": "de, en;q=0.1"}, "en", "Points statement for October 2026"),
    ],
)
async def test_files_speak_the_language_that_is_asked_for_or_the_territorys(
    api: httpx.AsyncClient, payroll: dict[str, str], header: dict[str, str], language: str, title: str
) -> None:
    pages = await api.get(OF_THE_REP, headers=payroll | accepting(Medium.PDF, **header))
    assert pages.headers["content-language"] == language
    assert (Pages(pages.content).root["/Lang"], Pages(pages.content).text[: len(title)]) == (language, title)
    workbook = await api.get(OF_THE_REP, headers=payroll | accepting(Medium.XLSX, **header))
    assert sheet_of(workbook.content)["A1"].value == title
    month = await api.get(OF_THE_MONTH, headers=payroll | accepting(Medium.XLSX, **header))
    assert sheet_of(month.content).title == statement_words(language).title_of_many


async def test_the_company_heads_files_where_it_has_a_name(
    app: FastAPI, api: httpx.AsyncClient, payroll: dict[str, str]
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"company_name": "Hellenic Sweets"})
    pages = await api.get(OF_THE_REP, headers=payroll | accepting(Medium.PDF))
    assert Pages(pages.content).text.startswith("Hellenic Sweets ")
    for path in (OF_THE_REP, OF_THE_MONTH):
        workbook = await api.get(path, headers=payroll | accepting(Medium.XLSX))
        assert sheet_of(workbook.content)["B2"].value == "Hellenic Sweets"


async def test_a_months_workbook_is_about_a_month_and_a_territory_and_sums_it_up(
    api: httpx.AsyncClient, payroll: dict[str, str]
) -> None:
    headers = payroll | accepting(Medium.XLSX, **{"Accept-Language": "en"})
    answer = await api.get(f"{OF_THE_MONTH}?territory_code=PAT", headers=headers)
    rows = list(sheet_of(answer.content).values)
    assert [row[:2] for row in rows[:3]] == [
        ("Points statements", None),
        ("Month", "October 2026"),
        ("Territory", "PAT"),
    ]
    assert [row[:5] for row in rows[4:]] == [
        ("Rep", "Rep code", "Territory code", "Number", "Points"),
        ("Άννα Γεωργίου", "PAT-R1", "PAT", "PAT-2026-10-0001", -9),
        ("Total", None, None, None, -9),
    ]


async def test_a_void_statement_is_void_in_every_form_and_by_its_name(
    session: AsyncSession, territory: Territory, api: httpx.AsyncClient, payroll: dict[str, str]
) -> None:
    standing = await api.get(BY_NUMBER, headers=payroll | accepting(Medium.PDF))
    await reopen(session, territory)
    assert (await api.get(BY_NUMBER, headers=payroll)).json()["void"]
    pages = await api.get(BY_NUMBER, headers=payroll | accepting(Medium.PDF))
    assert pages.headers["content-disposition"].endswith('"statement-PAT-2026-10-0001-void.pdf"')
    assert ("ΑΚΥΡΟ" in Pages(standing.content).text, "ΑΚΥΡΟ" in Pages(pages.content).text) == (False, True)
    workbook = await api.get(BY_NUMBER, headers=payroll | accepting(Medium.XLSX))
    assert str(sheet_of(workbook.content)["A2"].value).startswith("ΑΚΥΡΟ. ")
    assert (await api.get(OF_THE_REP, headers=payroll | accepting(Medium.PDF))).status_code == 404


@pytest.mark.parametrize("medium", [Medium.XLSX, Medium.PDF])
async def test_the_same_statement_is_the_same_bytes_whenever_and_by_whichever_path_it_is_asked_for(
    api: httpx.AsyncClient, payroll: dict[str, str], the_clock: clock.SetClock, medium: Medium
) -> None:
    first = await api.get(OF_THE_REP, headers=payroll | accepting(medium))
    the_clock.move_to(FIRST_OF_NOVEMBER + timedelta(minutes=10))
    again = await api.get(BY_NUMBER, headers=payroll | accepting(medium))
    assert (again.status_code, again.content) == (200, first.content)


@pytest.mark.parametrize("medium", [Medium.JSON, Medium.XLSX, Medium.PDF])
async def test_in_every_form_a_rep_sees_his_own_a_supervisor_his_territories_and_nobody_anothers(
    app: FastAPI, session: AsyncSession, api: httpx.AsyncClient, territory: Territory, rep: Rep, medium: Medium
) -> None:
    elsewhere = await make_territory(session, code="ATH")
    colleague, stranger = await make_rep(session, territory), await make_rep(session, elsewhere)
    callers: dict[str, User | Client | Device] = {
        "the rep": await make_device(session, rep),
        "its supervisor": await make_user(session, Role.SUPERVISOR, territory),
        "an admin": await make_user(session, Role.ADMIN),
        "payroll": await make_client(session, Scope.STATEMENTS_READ),
        "a colleague": await make_device(session, colleague),
        "a stranger": await make_device(session, stranger),
        "another supervisor": await make_user(session, Role.SUPERVISOR, elsewhere),
        "an operator": await make_user(session, Role.OPERATOR, territory),
        "the ERP": await make_client(session, Scope.ORDERS_WRITE),
    }
    statuses: dict[str, Any] = {}
    for name, caller in callers.items():
        answers = [
            await api.get(path, headers=bearer(app, caller) | accepting(medium)) for path in (OF_THE_REP, BY_NUMBER)
        ]
        statuses[name] = {answer.status_code for answer in answers}
    assert statuses == {
        **{name: {200} for name in ("the rep", "its supervisor", "an admin", "payroll")},
        **{name: {404} for name in ("a colleague", "a stranger", "another supervisor")},
        **{name: {403} for name in ("an operator", "the ERP")},
    }


async def test_pages_that_cannot_be_made_are_a_503_and_the_data_is_there(
    app: FastAPI, api: httpx.AsyncClient, payroll: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.motivation.statements.printed.template", lambda: "#nowhere")
    answer = await api.get(OF_THE_REP, headers=payroll | accepting(Medium.PDF))
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems#not-printed")
    assert (await api.get(OF_THE_REP, headers=payroll)).status_code == 200


def test_the_contract_lists_the_forms_of_a_statement(built_app: FastAPI) -> None:
    paths = document(built_app)["paths"]
    for path in ("/v1/reps/{rep_code}/statements/{month}", "/v1/points/statements/{number}"):
        operation = paths[path]["get"]
        assert list(operation["responses"]["200"]["content"]) == [Medium.JSON, Medium.XLSX, Medium.PDF]
        assert "406" in operation["responses"]
        headers = {
            each["name"].lower(): each["description"] for each in operation["parameters"] if each["in"] == "header"
        }
        assert headers["accept"] == f"{Medium.JSON} · {Medium.XLSX} · {Medium.PDF}"
