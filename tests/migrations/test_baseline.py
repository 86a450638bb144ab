"""The baseline is what fifteen migrations were, and a database that they made comes along without loss."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.ground import clock
from app.ground.db.migrations import upgrade
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.main import create_app
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from tests.databases import as_service, execute, migrate, rows, scalars
from tests.factories.handheld import make_check_in
from tests.factories.identity import bearer

BASELINE = "0015"
MONDAY_MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
"""A moment after all that the old database has."""

_OWN = (
    " relnamespace = 'public'::regnamespace AND NOT relispartition AND relname <> 'alembic_version'"
    " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')"
)
TABLES = f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND {_OWN}"

SCHEMA = {
    "tables": f"SELECT relname, pg_get_partkeydef(oid) FROM pg_class WHERE relkind IN ('r', 'p') AND {_OWN}",
    "columns": (
        "SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,"
        " attstattarget = 0, pg_get_expr(adbin, adrelid)"
        " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped"
        f" LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE relkind IN ('r', 'p') AND {_OWN}"
    ),
    "constraints": (
        "SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)"
        f" FROM pg_class JOIN pg_constraint ON conrelid = pg_class.oid WHERE conparentid = 0 AND {_OWN}"
    ),
    "indexes": f"SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind IN ('i', 'I') AND {_OWN}",
    "sequences": (
        "SELECT relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle"
        f" FROM pg_class JOIN pg_sequence ON seqrelid = pg_class.oid WHERE {_OWN}"
    ),
    # a dump writes a comparison of rows as one of their members, with other parentheses
    "triggers": (
        "SELECT translate(pg_get_triggerdef(pg_trigger.oid), '()', '') FROM pg_trigger"
        f" JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND {_OWN}"
    ),
    "functions": (
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
    ),
    "default partitions": (
        "SELECT inhparent::regclass::text, inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        " WHERE pg_get_expr(relpartbound, oid) = 'DEFAULT' AND relkind = 'r'"
    ),
    "a month's partitions": (
        "SELECT relname, pg_get_expr(relpartbound, pg_class.oid), attname, attstattarget = 0"
        " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0"
        " WHERE relkind = 'r' AND relname LIKE '%\\_y2026m11'"
    ),
    "a month's indexes": (
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text LIKE '%\\_y2026m11'"
    ),
}

FIRST_ROWS = {
    "verdict_policies": (
        "SELECT version, inside_at_least, outside_at_most, accuracy_floor_m, max_accuracy_m, max_fix_age_s, created_by"
        " FROM verdict_policies"
    ),
    "points_policies": "SELECT version, rule, points, valid_from, created_by FROM points_policies",
    "no_order_reasons": "SELECT code, label, active FROM no_order_reasons",
}

MONTH = "SELECT ensure_month_partitions(ARRAY[{}], '2026-11-01', '2026-11-30')"


async def answers(url: str, questions: dict[str, str]) -> dict[str, list[Any]]:
    return {name: sorted(await rows(url, question), key=repr) for name, question in questions.items()}


@pytest.fixture
async def new_url(empty_url: str) -> str:
    """A database that the baseline made, with the month that the old one has, whichever day this is."""
    await upgrade(empty_url, BASELINE)
    partitioned = await scalars(empty_url, f"SELECT relname FROM pg_class WHERE relkind = 'p' AND {_OWN}")
    names = ", ".join(f"'{table}'" for table in partitioned)
    await execute(empty_url, MONTH.format(names))
    return empty_url


async def test_it_makes_the_schema_that_the_fifteen_migrations_made(new_url: str, old_url: str) -> None:
    schema = await answers(new_url, SCHEMA)
    assert all(schema.values())
    assert schema == await answers(old_url, SCHEMA)


async def test_it_writes_the_rows_that_the_fifteen_migrations_wrote(new_url: str, old_url: str) -> None:
    assert await answers(new_url, FIRST_ROWS) == await answers(old_url, FIRST_ROWS)


async def columns(url: str) -> dict[str, list[str]]:
    """Every table with its columns."""
    return {
        table: await scalars(
            url,
            f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
        )
        for table in await scalars(url, TABLES)
    }


DROPPED = {"device_sync_states": {"last_boot_id", "last_sent_at", "last_skew_ms"}}
"""Columns that later migrations took away: `device_boots` has what they were for."""
DROPPED_TABLES = {"login_failures"}
"""What was counted in the last quarter of an hour, and is now paced."""


async def contents(url: str, tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows of `tables` as JSON, as far as these columns go."""
    return {
        table: sorted(
            await scalars(url, f"SELECT to_json(record)::text FROM (SELECT {', '.join(names)} FROM {table}) record")
        )
        for table, names in tables.items()
    }


async def test_a_database_of_before_it_comes_along_with_every_row(old_url: str) -> None:
    tables = {
        table: [name for name in names if name not in DROPPED.get(table, ())]
        for table, names in (await columns(old_url)).items()
        if table not in DROPPED_TABLES
    }
    before = await contents(old_url, tables)
    assert [table for table, records in before.items() if not records] == []
    assert (await upgrade(old_url)).is_newest
    after = await contents(old_url, tables)
    # a migration may add rows of its own, a newer policy, and takes none away
    missing = {table: set(records) - set(after[table]) for table, records in before.items()}
    assert {table for table, records in missing.items() if records} == set()


@pytest.fixture
async def service(old_url: str, tmp_path: Path, the_clock: clock.SetClock) -> AsyncIterator[FastAPI]:
    """The service on a database of before the baseline."""
    the_clock.move_to(MONDAY_MORNING)
    await migrate(old_url)
    database = Database(as_service(old_url), pool_size=4)
    yield create_app(Settings(home=tmp_path, token_secret="x" * 40), database)  # type: ignore[arg-type] # parsed
    await database.close()


@pytest.fixture
async def http(service: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The demo's supervisor, logged in."""
    login = {"grant_type": "password", "username": "sofia", "password": "patras-demo-day"}
    transport = httpx.ASGITransport(service)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        token = (await client.post("/v1/auth/token", data=login)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


LISTED = {
    "/v1/outlets": "outlets WHERE territory_id = 1",
    "/v1/outlets/PAT-0074/terms": "outlet_terms JOIN outlets ON id = outlet_id WHERE code = 'PAT-0074'",
    "/v1/channel-terms": "channel_terms",
    "/v1/location-proposals": "location_proposals",
    "/v1/products": "products",
    "/v1/prices": "prices",
    "/v1/stock": "stock",
    "/v1/devices": "devices",
    "/v1/visits?date=2026-11-27": "visits WHERE visit_date = '2026-11-27'",
    "/v1/check-ins": "check_ins",
    "/v1/orders": "orders",
    "/v1/no-order-reasons": "no_order_reasons",
    "/v1/risk-signals": "risk_signals",
    "/v1/reps/PAT-R1/points": "points_entries WHERE rep_id = 1",
    "/v1/reps/PAT-R1/week-plans/2026-W49/versions": "week_plan_versions",
    "/v1/reps/PAT-R1/calendar-links": "calendar_links",
    "/v1/plan-change-requests": "plan_change_requests",
    "/v1/plan-generations": "plan_generations",
    "/v1/cutoff-runs": "cutoff_runs",
    "/v1/call-tasks": "call_tasks",
    "/v1/inbox-messages": "inbox_messages",
}
"""What is listed from which rows."""


async def test_the_service_shows_all_of_it(http: httpx.AsyncClient, old_url: str) -> None:
    for path, relation in LISTED.items():
        answer = await http.get(path)
        assert answer.status_code == 200, path
        assert [len(answer.json()["items"])] == await scalars(old_url, f"SELECT count(*) FROM {relation}"), path


async def test_the_service_goes_on_with_it(http: httpx.AsyncClient, service: FastAPI) -> None:
    async with service.state.database.read_only() as session:
        device = await session.scalar(select(Device).join(Rep, Rep.id == Device.rep_id).where(Rep.code == "PAT-R1"))
    event = make_check_in("PAT-0076", MONDAY_MORNING)
    assert (await http.post("/v1/check-ins", json=event, headers=bearer(service, device))).status_code == 201
    visits = (await http.get("/v1/visits?date=2026-11-30")).json()["items"]
    assert [visit["status"] for visit in visits if visit["outlet_code"] == "PAT-0076"] != ["planned"]
    assert {visit["status"] for visit in visits if visit["outlet_code"] != "PAT-0076"} == {"planned"}
