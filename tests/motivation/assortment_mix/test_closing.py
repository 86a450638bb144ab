"""Closing quarters: once, for good, and reopened by an admin (MX3)."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events.models import Event
from tests.motivation.assortment_mix.asking import Headers, LogIn, close, mix, plan, reopen
from tests.motivation.assortment_mix.worlds import QUARTER, MixWorld, make_mix_world

FIGURES = ("orders", "value", "score", "bonus_share", "shares", "segments", "weeks", "moved_by", "targets")


def figures(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in FIGURES}


@pytest.fixture
async def sold(api: httpx.AsyncClient, admin: Headers, world: MixWorld) -> str:
    """Thirty orders and targets that they miss; the territory's code."""
    await plan(api, admin, chocolate="0.5", biscuits="0.5")
    await world.orders(30, chocolate=6, biscuits=4)
    return world.territory.code


async def test_the_statement_says_what_the_mix_said_and_has_a_number(
    api: httpx.AsyncClient, admin: Headers, supervisor: Headers, sold: str
) -> None:
    before = await mix(api, supervisor, sold)
    answer = await close(api, admin, sold)
    assert answer.status_code == 201
    statement = answer.json()
    assert figures(statement) == figures(before)
    assert (statement["number"], statement["statement"]) == (f"{sold}-2026-1", f"{sold}-2026-1")
    assert (statement["provisional"], statement["closed_by"].partition(":")[0]) == (False, "user")
    shown = await mix(api, supervisor, sold)
    assert (shown["provisional"], shown["statement"]) == (False, statement["number"])


async def test_what_comes_later_changes_nothing_about_the_statement(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld, sold: str
) -> None:
    statement = (await close(api, admin, sold)).json()
    order = await world.orders(30, drinks=100)
    order.cancelled_at = order.cancelled_effective_at = order.received_at
    world.products["chocolate"].assortment_group = "biscuits"
    await session.flush()
    await plan(api, admin, sold, drinks="1")
    again = await api.get(f"/v1/assortment-statements/{statement['number']}", headers=admin)
    assert again.json() == statement
    assert figures(await mix(api, admin, sold)) == figures(statement)


async def test_closing_again_answers_the_same_statement(api: httpx.AsyncClient, admin: Headers, sold: str) -> None:
    first, again = await close(api, admin, sold), await close(api, admin, sold)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


@pytest.mark.parametrize(
    ("zone", "at", "status"),
    [
        ("Europe/Athens", datetime(2026, 9, 30, 20, 59, tzinfo=UTC), 409),
        ("Europe/Athens", datetime(2026, 9, 30, 21, 0, tzinfo=UTC), 201),
        ("America/New_York", datetime(2026, 10, 1, 3, 59, tzinfo=UTC), 409),
        ("America/New_York", datetime(2026, 10, 1, 4, 0, tzinfo=UTC), 201),
    ],
)
async def test_a_quarter_is_closed_once_it_is_over_in_the_territorys_zone(
    api: httpx.AsyncClient,
    log_in: LogIn,
    session: AsyncSession,
    the_clock: clock.SetClock,
    zone: str,
    at: datetime,
    status: int,
) -> None:
    world = await make_mix_world(session, time_zone=zone)
    the_clock.move_to(at)
    await plan(api, log_in(), chocolate="1")
    answer = await close(api, log_in(), world.territory.code)
    assert answer.status_code == status, answer.text
    assert status == 201 or answer.json()["type"] == "/problems#quarter-not-over"


async def test_a_quarter_without_targets_is_not_closed(api: httpx.AsyncClient, admin: Headers, world: MixWorld) -> None:
    answer = await close(api, admin, world.territory.code)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#no-targets")


async def test_a_quarter_of_few_orders_is_closed_without_a_score(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    await plan(api, admin, chocolate="1")
    statement = (await close(api, admin, world.territory.code)).json()
    assert [statement[name] for name in ("score", "no_score_because", "bonus_share")] == [None, "few_orders", "0"]


async def test_numbers_count_up_without_a_gap_within_a_territory_and_the_year_of_the_quarter(
    api: httpx.AsyncClient, log_in: LogIn, session: AsyncSession, world: MixWorld, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(datetime(2027, 4, 2, tzinfo=UTC))
    admin = log_in()
    other = await make_mix_world(session, "nuts")
    numbers: list[str] = []
    for quarter in ("2026-Q4", "2026-Q1", "2027-Q1", "2026-Q2"):
        await plan(api, admin, quarter=quarter, chocolate="1")
        codes = (world.territory.code, other.territory.code)
        numbers += [(await close(api, admin, code, quarter)).json()["number"].removeprefix(code) for code in codes]
    assert numbers == [number for number in ("-2026-1", "-2026-2", "-2027-1", "-2026-3") for _ in range(2)]


async def test_a_reopened_quarter_keeps_its_void_statement_and_gets_a_new_number(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld, sold: str
) -> None:
    first = (await close(api, admin, sold)).json()
    void = await reopen(api, admin, sold)
    assert void.status_code == 200
    assert (void.json()["number"], void.json()["void_reason"]) == (first["number"], "The targets were last year's.")
    assert (await mix(api, admin, sold))["provisional"]
    await world.orders(10, biscuits=6)
    second = (await close(api, admin, sold)).json()
    assert (second["number"], second["orders"]) == (f"{sold}-2026-2", 40)
    old = (await api.get(f"/v1/assortment-statements/{first['number']}", headers=admin)).json()
    assert figures(old) == figures(first)
    assert old["voided_at"] is not None


async def test_reopening_is_safe_to_repeat_and_the_first_reason_stays(
    api: httpx.AsyncClient, admin: Headers, sold: str
) -> None:
    await close(api, admin, sold)
    first = await reopen(api, admin, sold)
    body = {"territory_code": sold, "reason": "another"}
    again = await api.post(f"/v1/assortment-mix/{QUARTER}/reopen", json=body, headers=admin)
    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_quarter_that_was_never_closed_is_not_reopened(
    api: httpx.AsyncClient, admin: Headers, sold: str
) -> None:
    assert (await reopen(api, admin, sold)).status_code == 404


async def test_a_quarter_is_not_reopened_once_a_later_one_is_closed(
    api: httpx.AsyncClient, log_in: LogIn, sold: str, the_clock: clock.SetClock
) -> None:
    await close(api, log_in(), sold)
    the_clock.move_to(datetime(2027, 1, 5, tzinfo=UTC))
    admin = log_in()
    await plan(api, admin, quarter="2026-Q4", chocolate="1")
    await close(api, admin, sold, "2026-Q4")
    answer = await reopen(api, admin, sold)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#later-quarter-closed")
    await reopen(api, admin, sold, "2026-Q4")
    assert (await reopen(api, admin, sold)).status_code == 200


async def test_a_reason_is_needed_to_reopen(api: httpx.AsyncClient, admin: Headers, sold: str) -> None:
    await close(api, admin, sold)
    for reason in ("", "  "):
        body = {"territory_code": sold, "reason": reason}
        answer = await api.post(f"/v1/assortment-mix/{QUARTER}/reopen", json=body, headers=admin)
        assert answer.status_code == 422


async def test_closing_and_reopening_are_told(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, world: MixWorld, sold: str
) -> None:
    await close(api, admin, sold)
    await close(api, admin, sold)
    await reopen(api, admin, sold)
    told = (await session.scalars(select(Event).where(Event.type.like("assortment_mix.%")).order_by(Event.id))).all()
    assert [(event.type, event.territory_id) for event in told] == [
        ("assortment_mix.closed", world.territory.id),
        ("assortment_mix.reopened", world.territory.id),
    ]
    assert told[0].payload == {
        "number": f"{sold}-2026-1",
        "quarter": QUARTER,
        "territory_code": sold,
        "orders": 30,
        "score": "0.9",
        "bonus_share": "0.7",
    }


async def test_a_supervisor_does_not_close_and_does_not_reopen(
    api: httpx.AsyncClient, supervisor: Headers, sold: str
) -> None:
    assert (await close(api, supervisor, sold)).status_code == 403
    assert (await reopen(api, supervisor, sold)).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE assortment_statements SET score = 1",
        "UPDATE assortment_statements SET content = '{}'",
        "UPDATE assortment_statements SET number_of_year = 7",
        "DELETE FROM assortment_statements",
        "UPDATE assortment_targets SET shares = '{}'",
        "DELETE FROM assortment_targets",
    ],
)
async def test_the_service_cannot_change_a_statement_nor_what_it_was_made_by(
    api: httpx.AsyncClient, admin: Headers, session: AsyncSession, sold: str, change: str
) -> None:
    await close(api, admin, sold)
    with pytest.raises(DBAPIError, match="permission denied"):
        await (await session.connection()).exec_driver_sql(change)


async def test_statements_are_listed_the_last_first_with_the_void_ones(
    api: httpx.AsyncClient, admin: Headers, supervisor: Headers, session: AsyncSession, world: MixWorld, sold: str
) -> None:
    other = await make_mix_world(session, "nuts")
    await close(api, admin, sold)
    await close(api, admin, other.territory.code)
    await reopen(api, admin, sold)
    await close(api, admin, sold)
    everyone = (await api.get("/v1/assortment-statements", headers=admin)).json()["items"]
    assert [row["number"] for row in everyone] == [f"{sold}-2026-2", f"{other.territory.code}-2026-1", f"{sold}-2026-1"]
    own = (await api.get("/v1/assortment-statements", headers=supervisor)).json()["items"]
    assert [(row["number"], row["voided_at"] is None) for row in own] == [
        (f"{sold}-2026-2", True),
        (f"{sold}-2026-1", False),
    ]
    for query, count in (({"quarter": "2026-Q2"}, 0), ({"territory_code": sold}, 2), ({"quarter": QUARTER}, 3)):
        page = await api.get("/v1/assortment-statements", params=query, headers=admin)
        assert len(page.json()["items"]) == count
    number = f"{other.territory.code}-2026-1"
    assert (await api.get(f"/v1/assortment-statements/{number}", headers=supervisor)).status_code == 404
    assert (await api.get(f"/v1/assortment-statements/{number}", headers=admin)).status_code == 200
