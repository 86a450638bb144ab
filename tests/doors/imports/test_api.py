import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.imports.files import MOST_PROBLEMS
from app.ground.db.base import Base
from app.ground.events.models import Event
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.ground.web.media_types import Medium
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.territories.models import Rep, Territory
from tests.doors.imports.sending import NDJSON, TABLES, Row, problems, send, sound_row, told
from tests.doors.imports.sheets import make_sheet
from tests.doors.order_inbox.forms.workbooks import make_raw_workbook
from tests.factories.identity import bearer, make_client, make_device, make_user


async def test_every_row_has_its_answer_with_its_line_and_a_bad_one_costs_no_good_one(
    api: httpx.AsyncClient, session: AsyncSession, world: None, erp: dict[str, str]
) -> None:
    answer = await send(
        api,
        erp,
        "reps",
        "code,name,territory_code\n"
        "R1,Anna,PAT\n"
        "\n"
        "R2,Eleni,NONE\n"
        "R3\n"
        "R1,Anna again,PAT\n"
        "..,Nikos,PAT\n"
        "R0,Another name,PAT\n"
        ",Nobody,PAT\n",
    )
    assert told(answer) == [
        (2, "R1", "created"),
        (4, "R2", "rejected"),
        (5, None, "rejected"),
        (6, "R1", "created"),
        (7, "..", "rejected"),
        (8, "R0", "updated"),
        (9, None, "rejected"),
    ]
    assert problems(answer) == [
        ("/territory_code", "unknown_territory"),
        ("", "ragged"),
        ("/code", "code"),
        ("/code", "missing"),
    ]
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (3, 4)
    problem = answer.json()["results"][1]["problem"]
    assert (problem["type"], problem["status"], problem["instance"]) == (
        "/problems#invalid",
        422,
        answer.headers["x-request-id"],
    )
    names = await session.execute(select(Rep.code, Rep.name).order_by(Rep.code))
    assert [tuple(row) for row in names] == [("R0", "Another name"), ("R1", "Anna again")]


async def test_an_atomic_file_with_one_bad_row_writes_nothing_and_tells_every_bad_row(
    api: httpx.AsyncClient, session: AsyncSession, world: None, erp: dict[str, str]
) -> None:
    rows: list[Row] = [
        sound_row("reps", 1),
        sound_row("reps", 2) | {"territory_code": "NONE"},
        sound_row("reps", 3) | {"active": "yes", "territory_code": 7},
    ]
    answer = await send(api, erp, "reps", rows, "?atomic=true")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems#rows-rejected")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/2/territory_code", "unknown_territory"),
        ("/3/territory_code", "string_type"),
        ("/3/active", "bool_type"),
    ]
    assert await session.scalar(select(func.count()).select_from(Rep)) == 1


async def test_of_an_atomic_file_of_bad_rows_the_first_problems_are_told(
    api: httpx.AsyncClient, world: None, erp: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.doors.imports.service.MOST_TOLD", 2)
    answer = await send(api, erp, "reps", [{"code": "R1"}, {"code": "R2"}], "?atomic=true")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/1/name", "/1/territory_code"]
    assert answer.json()["detail"].startswith("2 of 2 rows")


async def test_a_dry_run_of_any_kind_leaves_every_table_as_it_was(
    api: httpx.AsyncClient, session: AsyncSession, world: None, erp: dict[str, str]
) -> None:
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    counts = select(*(select(func.count()).select_from(table).scalar_subquery() for table in tables))
    before = (await session.execute(counts)).one()
    for kind in TABLES:
        answer = await send(api, erp, kind, [sound_row(kind, 1)], "?dry_run=true")
        assert answer.json()["accepted"] == 1
        after = (await session.execute(counts)).one()
        assert [table.name for table, *pair in zip(tables, before, after, strict=True) if pair[0] != pair[1]] == []


async def test_a_sound_atomic_file_is_written(api: httpx.AsyncClient, world: None, erp: dict[str, str]) -> None:
    answer = await send(api, erp, "reps", [sound_row("reps", 1)], "?atomic=true")
    assert told(answer) == [(1, "R1", "created")]


async def test_an_outlet_comes_whole_from_a_spreadsheet(
    api: httpx.AsyncClient, session: AsyncSession, world: None, erp: dict[str, str]
) -> None:
    file = (
        "\ufeffcode,name,territory_code,location.lat,location.lon,location.radius_m,"
        "terms.visits_per_week,terms.allowed_weekdays,terms.must_stock\r\n"
        'OUT1,"Μίνι Μάρκετ, Ρίο",PAT,38.2466,21.7346,80,2,1|3|5,'
        '"[{""product_code"": ""P0"", ""min_quantity"": ""6""}]"\r\n'
    )
    assert told(await send(api, erp, "outlets", file)) == [(2, "OUT1", "created")]
    outlet = (await session.scalars(select(Outlet).where(Outlet.code == "OUT1"))).one()
    location = (await session.scalars(select(OutletLocation).where(OutletLocation.outlet_id == outlet.id))).one()
    terms = (await session.scalars(select(OutletTerms).where(OutletTerms.outlet_id == outlet.id))).one()
    assert outlet.name == "Μίνι Μάρκετ, Ρίο"
    assert (location.lat, location.lon, location.radius_m, location.version) == (38.2466, 21.7346, 80.0, 1)
    assert (terms.allowed_weekdays, terms.must_stock[0]["product_code"]) == ([1, 3, 5], "P0")
    assert told(await send(api, erp, "outlets", file)) == [(2, "OUT1", "unchanged")]


async def test_an_outlet_with_an_unknown_must_stock_product_is_rejected(
    api: httpx.AsyncClient, world: None, erp: dict[str, str]
) -> None:
    row = sound_row("outlets", 1) | {"terms": {"must_stock": [{"product_code": "NONE"}]}}
    answer = await send(api, erp, "outlets", [row])
    assert problems(answer) == [("/terms/must_stock/0/product_code", "unknown_product")]


async def test_of_an_outlets_many_unknown_products_the_first_are_told(
    api: httpx.AsyncClient, world: None, erp: dict[str, str]
) -> None:
    unknown = {"must_stock": [{"product_code": f"NONE-{number}"} for number in range(MOST_PROBLEMS + 1)]}
    answer = await send(api, erp, "outlets", [sound_row("outlets", 1) | {"terms": unknown}])
    assert problems(answer) == [
        (f"/terms/must_stock/{number}/product_code", "unknown_product") for number in range(MOST_PROBLEMS)
    ]


async def test_frozen_days_are_rejected_and_overridden_only_by_who_may(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, world: None, erp: dict[str, str]
) -> None:
    today = [sound_row("visits", 1) | {"visit_date": "2026-11-23"}]
    assert problems(await send(api, erp, "visits", today)) == [("/visit_date", "frozen_day")]
    assert (await send(api, erp, "visits", today, "?override_freeze=true")).status_code == 403
    planner = await make_client(session, "master:write", "plans:override")
    allowed = await send(api, bearer(app, planner), "visits", today, "?override_freeze=true")
    assert told(allowed) == [(1, "O0", "created")]
    recorded = (await session.scalars(select(Event))).one()
    assert (recorded.type, recorded.payload["by"]) == ("plan.freeze_overridden", f"client:{planner.name}")
    admin = bearer(app, await make_user(session, Role.ADMIN))
    again = await send(api, admin, "visits", [today[0] | {"sequence": 2}], "?override_freeze=true")
    assert told(again) == [(1, "O0", "updated")]


async def test_only_admins_and_clients_that_may_write_masters_import(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, world: None
) -> None:
    territory = (await session.scalars(select(Territory))).one()
    rep = (await session.scalars(select(Rep))).one()
    for caller in (
        await make_user(session, Role.SUPERVISOR, territory),
        await make_user(session, Role.OPERATOR, territory),
        await make_device(session, rep),
        await make_client(session, "master:read", "plans:override"),
    ):
        assert (await send(api, bearer(app, caller), "reps", [sound_row("reps", 1)])).status_code == 403
    assert (await send(api, {}, "reps", [sound_row("reps", 1)])).status_code == 401


@pytest.mark.parametrize(
    ("kind", "content", "media_type", "status", "type_"),
    [
        ("colours", b"{}", NDJSON, 422, "invalid"),
        ("reps", b"\xff\xfe", NDJSON, 422, "file-unreadable"),
        ("reps", b"code,name,colour\n", "text/csv", 422, "file-unreadable"),
        ("reps", b'code\n"A\n', "text/csv", 422, "file-unreadable"),
        ("reps", b"<reps/>", "application/xml", 422, "file-unreadable"),
        ("reps", b"{}\n" * 20_001, NDJSON, 413, "too-many-rows"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_a_problem(
    api: httpx.AsyncClient, erp: dict[str, str], kind: str, content: bytes, media_type: str, status: int, type_: str
) -> None:
    answer = await api.post(f"/v1/imports/{kind}", content=content, headers=erp | {"content-type": media_type})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems#{type_}")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_empty_file_is_answered_with_no_rows(api: httpx.AsyncClient, erp: dict[str, str]) -> None:
    for kind in TABLES:
        answer = await send(api, erp, kind, [], "?atomic=true")
        assert answer.json() == {"accepted": 0, "rejected": 0, "results": []}


async def test_a_file_past_the_limit_is_refused(
    api: httpx.AsyncClient, settings: Settings, erp: dict[str, str]
) -> None:
    settings.import_limit_bytes = 2_000
    answer = await send(api, erp, "reps", [sound_row("reps", number) for number in range(100)])
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 2_000)


async def test_what_a_row_says_of_a_code_that_is_none_is_not_told_back(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    rows: list[Row] = [{"code": "x" * 10_000}, {"code": {"a": 1}}, {"code": None}, {"code": 7}]
    answer = await send(api, erp, "reps", rows)
    assert told(answer) == [(line, None, "rejected") for line in range(1, 5)]


async def test_an_import_waits_for_its_turn(api: httpx.AsyncClient, app: FastAPI, erp: dict[str, str]) -> None:
    app.state.import_turns = asyncio.Semaphore(0)
    waiting = asyncio.create_task(send(api, erp, "territories", [sound_row("territories", 1)]))
    for _ in range(20):
        assert (await api.get("/healthz")).status_code == 200
    assert not waiting.done()
    app.state.import_turns.release()
    assert told(await waiting) == [(1, "T1", "created")]


async def test_a_workbook_is_imported_like_any_file_and_a_bad_one_is_told(
    api: httpx.AsyncClient, session: AsyncSession, world: None, erp: dict[str, str]
) -> None:
    """Through the process that reads them."""

    async def sent(content: bytes, query: str = "") -> httpx.Response:
        headers = erp | {"content-type": f"{Medium.XLSX}; charset=binary"}
        return await api.post(f"/v1/imports/reps{query}", content=content, headers=headers)

    book = make_sheet(
        ("name", "code", "territory_code"), ("Anna", 17, "PAT"), (), ("Eleni", "R2", "#N/A"), ("Nikos", "R3", "NONE")
    )
    expected = [(2, "17", "created"), (4, "R2", "rejected"), (5, "R3", "rejected")]
    dry = await sent(book, "?dry_run=true")
    assert told(dry) == expected
    refused = await sent(book, "?atomic=true")
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/4/territory_code", "cell_error"),
        ("/5/territory_code", "unknown_territory"),
    ]
    assert list(await session.scalars(select(Rep.code))) == ["R0"]
    answer = await sent(book)
    assert told(answer) == expected
    assert problems(answer) == [("/territory_code", "cell_error"), ("/territory_code", "unknown_territory")]
    assert sorted(await session.scalars(select(Rep.code))) == ["17", "R0"]

    refused = await sent(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "old_workbook")
    refused = await sent(make_raw_workbook('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems#workbook-too-large")
    assert refused.json()["limit_columns"] == 200
    lines = "".join(f'<row r="{line}"><c r="A{line}"><v>1</v></c></row>' for line in range(1, 20_003))
    refused = await sent(make_raw_workbook(lines))
    assert (refused.status_code, refused.json()["limit_rows"]) == (413, 20_000)


async def test_a_workbook_that_is_sent_as_text_is_told_as_one(
    api: httpx.AsyncClient, world: None, erp: dict[str, str]
) -> None:
    headers = erp | {"content-type": "text/csv"}
    answer = await api.post("/v1/imports/reps", content=make_sheet(("code",)), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "media_type")
