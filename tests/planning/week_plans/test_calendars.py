"""A rep's week in a calendar app: the feed, and the secret link that opens it."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from app.ground import clock
from app.ground.db.session import Database
from app.ground.web.access import Caller, CallerKind
from app.masters.territories.calendar import RepFacts
from app.planning.week_plans.calendars import MOST_LINKS, make_link
from app.planning.week_plans.errors import TooManyCalendarLinks
from app.planning.week_plans.models import CalendarLink
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.factories.week_plans import make_week_plan
from tests.planning.week_plans.conftest import Desk

LINKS = "/v1/reps/PAT-R1/calendar-links"
MONDAY, TUESDAY = "2026-11-30", "2026-12-01"


async def link(desk: Desk) -> dict[str, Any]:
    """The rep makes a link."""
    answer = await desk.as_rep("POST", LINKS, {"label": "phone"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def feed(api: httpx.AsyncClient, path: str) -> Any:
    """The events that a calendar app reads at a path, without any token."""
    answer = await api.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.content).walk("VEVENT")


async def test_the_approved_visits_are_events_from_arrival_to_end(desk: Desk, api: httpx.AsyncClient) -> None:
    approved = await desk.approved((0, MONDAY), (1, MONDAY), (2, TUESDAY))
    events = await feed(api, (await link(desk))["path"])
    assert [str(event["uid"]) for event in events] == [f"{visit['id']}@fieldproof" for visit in approved["visits"]]
    first, visit = events[0], approved["visits"][0]
    assert first["dtstart"].dt == datetime.fromisoformat(visit["expected_at"])
    assert first["dtend"].dt == datetime.fromisoformat(visit["expected_until"])
    assert str(first["summary"]) == f"1. {visit['outlet_name']}"
    assert (str(first["description"]), str(first["status"])) == (visit["outlet_code"], "CONFIRMED")
    assert first["geo"].to_ical() == f"{38.20};{21.73}"


async def test_an_imported_visit_has_its_whole_day_and_an_excused_one_is_cancelled(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    day = date(2026, 11, 30)
    fields = {"excused_at": clock.now(), "excused_by": "user:sofia", "excuse_reason": "outlet_closed"}
    await make_visit(session, desk.rep, desk.outlets[0], day, sequence=1, **fields)
    (event,) = await feed(api, (await link(desk))["path"])
    assert (event["dtstart"].dt, event["dtend"].dt) == (day, date(2026, 12, 1))
    assert str(event["status"]) == "CANCELLED"


async def test_a_draft_is_in_no_calendar(desk: Desk, api: httpx.AsyncClient, session: AsyncSession) -> None:
    await make_week_plan(session, desk.rep, visits=[(date(2026, 11, 30), desk.outlets[0])])
    assert await feed(api, (await link(desk))["path"]) == []


async def test_the_feed_has_this_week_and_the_next(desk: Desk, api: httpx.AsyncClient, session: AsyncSession) -> None:
    for day in (20, 23, 29, 30):
        await make_visit(session, desk.rep, desk.outlets[0], date(2026, 11, day))
    await make_visit(session, desk.rep, desk.outlets[0], date(2026, 12, 7))
    events = await feed(api, (await link(desk))["path"])
    assert [event["dtstart"].dt for event in events] == [date(2026, 11, day) for day in (23, 29, 30)]


async def test_a_revoked_link_opens_nothing_and_cannot_be_revoked_twice(desk: Desk, api: httpx.AsyncClient) -> None:
    made = await link(desk)
    assert [one["id"] for one in (await desk.as_rep("GET", LINKS)).json()["items"]] == [made["id"]]
    assert (await desk.as_supervisor("DELETE", f"{LINKS}/{made['id']}")).status_code == 204
    assert (await api.get(made["path"])).status_code == 404
    assert (await desk.as_rep("DELETE", f"{LINKS}/{made['id']}")).status_code == 404
    assert (await desk.as_rep("GET", LINKS)).json()["items"] == []


async def test_another_key_another_links_key_and_no_key_open_nothing(desk: Desk, api: httpx.AsyncClient) -> None:
    one, other = await link(desk), await link(desk)
    path, _, key = one["path"].partition("?key=")
    other_key = other["path"].partition("?key=")[2]
    assert key != other_key
    for wrong in (other_key, key[:-1], key + "x", key.swapcase(), "ä"):
        assert (await api.get(path, params={"key": wrong})).status_code == 404
    assert (await api.get(path)).status_code == 422
    assert (await api.get(path, params={"key": "x" * 201})).status_code == 422
    assert (await api.get(path, params={"key": key})).status_code == 200


async def test_the_link_of_a_rep_that_left_opens_nothing(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    made = await link(desk)
    desk.rep.active = False
    await session.flush()
    assert (await api.get(made["path"])).status_code == 404


async def test_the_key_is_told_once_kept_as_a_hash_and_never_logged(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    with capture_logs() as logged:
        made = await link(desk)
        await feed(api, made["path"])
    key = made["path"].partition("?key=")[2]
    assert len(key) >= 43
    assert key not in str(logged)
    kept = (await session.scalars(select(CalendarLink))).one()
    assert key.encode() not in kept.key_hash
    assert key not in (await desk.as_rep("GET", LINKS)).text


async def test_a_rep_has_ten_links_at_the_most(desk: Desk) -> None:
    made = [await link(desk) for _ in range(MOST_LINKS)]
    assert (await desk.as_rep("POST", LINKS)).status_code == 409
    await desk.as_rep("DELETE", f"{LINKS}/{made[0]['id']}")
    assert (await desk.as_rep("POST", LINKS)).status_code == 201


async def test_another_reps_calendar_is_not_for_a_rep_to_open(desk: Desk) -> None:
    assert (await desk.as_rep("POST", "/v1/reps/PAT-R2/calendar-links")).status_code == 404


async def test_times_of_the_feed_are_in_utc(desk: Desk, api: httpx.AsyncClient) -> None:
    await desk.approved((0, MONDAY))
    (event,) = await feed(api, (await link(desk))["path"])
    assert event["dtstart"].dt.tzinfo in (UTC, event["dtend"].dt.tzinfo)
    assert event["dtstart"].to_ical().endswith(b"Z")


async def revoke_device(desk: Desk, session: AsyncSession) -> None:
    desk.device.revoked_at = clock.now()


async def move_rep(desk: Desk, session: AsyncSession) -> None:
    desk.rep.territory_id = (await make_territory(session)).id


async def dismiss_supervisor(desk: Desk, session: AsyncSession) -> None:
    desk.supervisor.active = False


async def make_operator(desk: Desk, session: AsyncSession) -> None:
    desk.supervisor.role = "operator"


@pytest.mark.parametrize(
    ("change", "rep_link", "supervisor_link"),
    [(revoke_device, 404, 200), (move_rep, 200, 404), (dismiss_supervisor, 200, 404), (make_operator, 200, 404)],
)
async def test_a_link_opens_only_as_long_as_its_maker_may_see_the_rep(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession, change: Any, rep_link: int, supervisor_link: int
) -> None:
    paths = [(await link(desk))["path"], (await desk.as_supervisor("POST", LINKS)).json()["path"]]
    assert [(await api.get(path)).status_code for path in paths] == [200, 200]
    await change(desk, session)
    await session.flush()
    assert [(await api.get(path)).status_code for path in paths] == [rep_link, supervisor_link]


async def test_ten_links_at_the_most_also_where_many_are_made_at_once(committed: Database) -> None:
    async with committed.transaction() as session:
        rep = await make_rep(session, await make_territory(session), code="PAT-R1")
        facts = RepFacts(rep.id, rep.code, rep.name, rep.territory_id, active=True)
    maker = Caller(CallerKind.USER, "1", "anna")

    async def make() -> bool:
        try:
            async with committed.transaction() as session:
                await make_link(session, facts, "", maker)
        except TooManyCalendarLinks:
            return False
        return True

    made = await asyncio.gather(*(make() for _ in range(50)))
    assert sum(made) == MOST_LINKS
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(CalendarLink)) == MOST_LINKS
