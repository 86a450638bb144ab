"""Statements as files (MX3)."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.personal_data import service as personal_data
from app.ground.printing.printer import Printer
from app.ground.web.media_types import Medium
from tests.databases import by_the_owner
from tests.motivation.assortment_mix.asking import Headers, close, plan, reopen
from tests.motivation.assortment_mix.worlds import MixWorld
from tests.pages import Pages


@pytest.fixture
async def statement(api: httpx.AsyncClient, admin: Headers, world: MixWorld) -> Any:
    await plan(api, admin, chocolate="0.5", biscuits="0.5")
    await world.orders(30, chocolate=6, biscuits=4)
    return (await close(api, admin, world.territory.code)).json()


async def download(api: httpx.AsyncClient, caller: Headers, number: str, medium: str) -> httpx.Response:
    answer = await api.get(f"/v1/assortment-statements/{number}", headers=caller | {"Accept": medium})
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_statement_as_csv_has_the_figures_of_its_json(
    api: httpx.AsyncClient, supervisor: Headers, statement: Any, world: MixWorld
) -> None:
    answer = await download(api, supervisor, statement["number"], Medium.CSV)
    assert f"assortment-mix-{statement['number']}.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["section"], row["iso_week"], row["name"]) for row in rows] == [
        ("quarter", "", ""),
        ("group", "", "biscuits"),
        ("group", "", "chocolate"),
        ("group", "", "without a target"),
        ("segment", "", "standard"),
        ("week", "2026-W27", ""),
        ("group", "2026-W27", "biscuits"),
        ("group", "2026-W27", "chocolate"),
        ("group", "2026-W27", "without a target"),
        ("segment", "2026-W27", "standard"),
    ]
    assert float(rows[0]["score"]) == float(statement["score"]) == 0.9
    assert float(rows[0]["bonus_share"]) == float(statement["bonus_share"]) == 0.7
    assert [float(row["actual"]) for row in rows[1:4]] == [0.4, 0.6, 0]
    assert {(row["number"], row["territory_code"], row["quarter"]) for row in rows} == {
        (statement["number"], world.territory.code, "2026-Q3")
    }


async def test_a_statement_as_a_workbook_says_whose_it_is_and_what_it_came_to(
    api: httpx.AsyncClient, supervisor: Headers, statement: Any, world: MixWorld
) -> None:
    answer = await download(api, supervisor, statement["number"], Medium.XLSX)
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    about = {row[0]: row[1] for row in cells[1:11]}
    assert about["Number"] == statement["number"]
    assert about["Territory"] == f"{world.territory.name} ({world.territory.code})"
    assert (about["Quarter"], about["Score"], about["Share of the bonus"]) == ("Q3 2026", "0.9", "70 %")
    assert (about["Orders"], about["Closed by"]) == ("30", statement["closed_by"])
    heading = next(number for number, row in enumerate(cells) if row[0] == "What")
    assert cells[heading + 1][0] == "The quarter"
    assert cells[heading + 2][:2] == ["Assortment group", None]


async def test_a_void_statement_says_so_in_its_workbook(
    api: httpx.AsyncClient, admin: Headers, statement: Any, world: MixWorld
) -> None:
    await reopen(api, admin, world.territory.code)
    answer = await download(api, admin, statement["number"], Medium.XLSX)
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert (sheet["A2"].value, sheet["B2"].value) == ("VOID", "The targets were last year's.")


async def test_a_workbook_is_in_the_territorys_language_and_by_its_clocks(
    api: httpx.AsyncClient, supervisor: Headers, session: AsyncSession, statement: Any, world: MixWorld
) -> None:
    world.territory.language, world.territory.time_zone = "el", "Pacific/Auckland"
    await session.flush()
    answer = await download(api, supervisor, statement["number"], Medium.XLSX)
    assert answer.headers["content-language"] == "el"
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    about = {row[0].value: row[1].value for row in sheet.iter_rows(max_row=12)}
    assert (about["Τρίμηνο"], about["Βαθμός"]) == ("3ο τρίμηνο 2026", "0,9")
    closed_at = datetime.fromisoformat(statement["closed_at"]).astimezone(ZoneInfo("Pacific/Auckland"))
    assert about["Ημερομηνία κλεισίματος"].startswith(f"{closed_at.day} ")
    assert sheet.title == "Εκκαθάριση μείγματος ειδών"


async def test_a_csv_file_is_the_same_in_every_language(
    api: httpx.AsyncClient, supervisor: Headers, statement: Any
) -> None:
    in_greek = await download(api, supervisor | {"Accept-Language": "el"}, statement["number"], Medium.CSV)
    assert in_greek.content == (await download(api, supervisor, statement["number"], Medium.CSV)).content


async def test_a_statement_as_pages_says_what_the_quarter_came_to_and_what_it_pays(
    api: httpx.AsyncClient, app: FastAPI, supervisor: Headers, statement: Any, world: MixWorld, printer: Printer
) -> None:
    app.state.printer = printer
    answer = await download(api, supervisor, statement["number"], Medium.PDF)
    assert f"assortment-mix-{statement['number']}.pdf" in answer.headers["content-disposition"]
    text = Pages(answer.content).text
    assert f"Territory {world.territory.name} ({world.territory.code}) Number {statement['number']}" in text
    assert "Orders 30" in text
    assert "Score 0.9 Share of the bonus 70 %" in text
    assert "0.95 100 % 0.9 70 % 0.8 40 %" in text
    again = await download(api, supervisor, statement["number"], Medium.PDF)
    assert again.content == answer.content


@pytest.mark.parametrize(("language", "void"), [("en", "VOID"), ("el", "ΑΚΥΡΟ"), ("ru", "НЕДЕЙСТВИТЕЛЬНО")])
async def test_the_pages_of_a_void_statement_say_so_in_each_language(
    api: httpx.AsyncClient,
    app: FastAPI,
    admin: Headers,
    statement: Any,
    world: MixWorld,
    printer: Printer,
    language: str,
    void: str,
) -> None:
    app.state.printer = printer
    await reopen(api, admin, world.territory.code)
    answer = await download(api, admin | {"Accept-Language": language}, statement["number"], Medium.PDF)
    assert f"{statement['number']}-void.pdf" in answer.headers["content-disposition"]
    assert answer.headers["content-language"] == language
    assert void in Pages(answer.content).text


async def test_those_who_moved_the_score_stand_in_the_file_by_code_and_name(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="0.5", biscuits="0.5")
    await world.orders(29, chocolate=10)
    await world.order_of(None, world.outlet, biscuits=290)
    number = (await close(api, admin, world.territory.code)).json()["number"]
    answer = await download(api, admin, number, Medium.CSV)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    moved = [(row["section"], row["code"], row["name"], float(row["effect"])) for row in rows if row["effect"]]
    assert moved == [("rep_up", world.rep.code, world.rep.name, 0.5), ("rep_up", "", "", 0.5)]


async def test_a_form_that_there_is_not_is_not_acceptable(
    api: httpx.AsyncClient, admin: Headers, statement: Any
) -> None:
    path = f"/v1/assortment-statements/{statement['number']}"
    assert (await api.get(path, headers=admin | {"Accept": "image/png"})).status_code == 406


@pytest.mark.parametrize(
    ("number", "status"), [("X-2026-1", 404), ("X-2026-999999999", 404), ("X", 422), ("X-26-1", 422)]
)
async def test_a_number_that_nobody_has_is_not_found(
    api: httpx.AsyncClient, admin: Headers, number: str, status: int
) -> None:
    assert (await api.get(f"/v1/assortment-statements/{number}", headers=admin)).status_code == status


async def test_a_rep_who_was_erased_has_a_pseudonym_in_statements_that_stand(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld, tmp_path: Path
) -> None:
    await plan(api, admin, chocolate="0.5", biscuits="0.5")
    await world.orders(29, chocolate=10)
    await world.order_of(None, world.outlet, biscuits=290)
    statement = (await close(api, admin, world.territory.code)).json()
    code, world.rep.active = world.rep.code, False
    await session.flush()
    person = await personal_data.find(session, rep_code=code)
    counts = await personal_data.export(session, person, tmp_path / "rep.zip")
    assert counts["assortment_statements"] == 1
    async with by_the_owner(session):
        pseudonym = await personal_data.erase(session, person)
    answer = await api.get(f"/v1/assortment-statements/{statement['number']}", headers=admin)
    assert code not in answer.text
    assert [row["rep_code"] for row in answer.json()["moved_by"]["reps"]["up"]] == [pseudonym, None]
    assert answer.json()["score"] == statement["score"]
