"""Which appeals somebody sees and who decides, what is overdue, and what is told (P5)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events.models import Event
from app.ground.web.access import Role
from app.masters.territories.models import Rep
from app.motivation.appeals import service
from tests.factories.appeals import BOOKED_AT, make_appeal, make_entry, send_file
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory
from tests.motivation.appeals.conftest import Office

WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)


async def listed(office: Office, by: dict[str, str], **asked: Any) -> list[str]:
    """The ids of a list, all pages of it."""
    ids, query = [], {"limit": 2} | asked
    while True:
        answer = await office.api.get("/v1/appeals", params=query, headers=by)
        assert answer.status_code == 200, answer.text
        ids += [item["id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return ids
        query["cursor"] = answer.json()["next_cursor"]


async def test_the_oldest_come_first_page_by_page(office: Office, session: AsyncSession) -> None:
    expected = []
    for hours in (5, 1, 3, 3, 2):
        entry = await make_entry(session, office.rep)
        appeal = await make_appeal(session, entry, submitted_at=BOOKED_AT + timedelta(hours=hours))
        expected.append((appeal.submitted_at, appeal.id))
    ids = [str(id_) for _, id_ in sorted(expected)]
    assert await listed(office, office.supervisor) == ids
    assert await listed(office, office.device) == ids


async def test_a_list_is_narrowed_down(office: Office, session: AsyncSession) -> None:
    other = await make_rep(session, await make_territory(session))
    appeals = {
        "open": await make_appeal(session, office.entry),
        "granted": await make_appeal(
            session, await make_entry(session, office.rep), status="granted", decided_at=BOOKED_AT
        ),
        "rejected": await make_appeal(
            session,
            await make_entry(session, office.rep, business_date=date(2026, 11, 20)),
            status="rejected",
            decided_at=BOOKED_AT,
        ),
        "elsewhere": await make_appeal(
            session, await make_entry(session, other), submitted_at=BOOKED_AT + timedelta(hours=1) - WEEK
        ),
    }
    names = {str(appeal.id): name for name, appeal in appeals.items()}

    async def found(**asked: Any) -> set[str]:
        return {names[id_] for id_ in await listed(office, office.admin, **asked)}

    assert await found() == set(appeals)
    assert await service.count_open(session, [office.rep.id, other.id]) == {office.rep.id: 1, other.id: 1}
    assert await found(status="open") == {"open", "elsewhere"}
    assert await found(status="granted") == {"granted"}
    assert await found(status="rejected") == {"rejected"}
    assert await found(territory_code=office.territory.code) == {"open", "granted", "rejected"}
    assert await found(rep_code=other.code) == {"elsewhere"}
    assert await found(**{"from": "2026-11-21"}) == {"open", "granted", "elsewhere"}
    assert await found(to="2026-11-21") == {"rejected"}
    assert await found(overdue=True) == {"elsewhere"}
    assert await found(overdue=True, rep_code=office.rep.code) == set()


async def test_who_is_asked_goes_with_the_rep_also_with_one_who_has_left(
    office: Office, session: AsyncSession, app: FastAPI
) -> None:
    photo = (await send_file(office.api, office.device)).json()["id"]
    id_ = (await office.appeal(attachment_ids=[photo])).json()["id"]
    moved_to = await make_territory(session)
    there = bearer(app, await make_user(session, Role.SUPERVISOR, moved_to))
    paths = (f"/v1/appeals/{id_}", f"/v1/attachments/{photo}", f"/v1/attachments/{photo}/content")

    async def sees(headers: dict[str, str]) -> list[int]:
        return [(await office.api.get(path, headers=headers)).status_code for path in paths]

    assert [await sees(office.supervisor), await sees(there), await sees(office.admin)] == [
        [200] * 3,
        [404] * 3,
        [200] * 3,
    ]
    rep = await session.get_one(Rep, office.rep.id)
    rep.territory_id, rep.active = moved_to.id, False
    await session.flush()
    assert [await sees(office.supervisor), await sees(there)] == [[404] * 3, [200] * 3]
    assert (await office.decide(id_, office.supervisor, "granted")).status_code == 404
    assert (await office.decide(id_, there, "granted")).json()["territory_code"] == moved_to.code


async def test_a_colleague_and_an_operator_see_no_appeal(office: Office, session: AsyncSession, app: FastAPI) -> None:
    id_ = (await office.appeal()).json()["id"]
    colleague = bearer(app, await make_device(session, await make_rep(session, office.territory)))
    operator = bearer(app, await make_user(session, Role.OPERATOR, office.territory))
    assert (await office.api.get(f"/v1/appeals/{id_}", headers=colleague)).status_code == 404
    assert await listed(office, colleague) == []
    path = f"/v1/appeals/{id_}/second-instance"
    assert (await office.api.post(path, json={"text": "mine"}, headers=colleague)).status_code == 404
    assert (await office.api.get(f"/v1/appeals/{id_}", headers=operator)).status_code == 403


async def told(session: AsyncSession) -> list[tuple[str, int | None, dict[str, Any]]]:
    rows = await session.scalars(select(Event).where(Event.type.startswith("appeal.")).order_by(Event.id))
    return [(event.type.removeprefix("appeal."), event.territory_id, event.payload) for event in rows]


async def test_each_step_is_told_with_codes(office: Office, session: AsyncSession) -> None:
    id_ = (await office.appeal()).json()["id"]
    await office.decide(id_, office.supervisor, "rejected")
    await office.decide(id_, office.supervisor, "rejected")
    await office.take_further(id_)
    await office.take_further(id_)
    await office.decide(id_, office.admin, "granted")
    events = await told(session)
    assert [name for name, _, _ in events] == ["submitted", "rejected", "taken_further", "granted"]
    assert {territory_id for _, territory_id, _ in events} == {office.territory.id}
    assert events[1][2] == {
        "appeal_id": id_,
        "territory_code": office.territory.code,
        "rep_code": office.rep.code,
        "rule": "missed_order",
        "points": -10,
        "business_date": "2026-11-23",
        "instance": 1,
        "by": f"user:{office.supervisor_name}",
    }
    assert [payload["instance"] for _, _, payload in events] == [1, 1, 2, 2]


async def test_the_admins_are_told_once_for_each_instance_that_does_not_decide(
    office: Office, session: AsyncSession, the_clock: clock.SetClock
) -> None:
    submitted = await office.appeal()
    id_, at = submitted.json()["id"], BOOKED_AT + timedelta(hours=1)
    assert (submitted.json()["decide_by"], submitted.json()["overdue"]) == ("2026-11-30T16:00:00Z", False)
    turns = [(at + WEEK - SECOND, 0), (at + WEEK, 1), (at + WEEK, 0), (at + 2 * WEEK, 0)]
    for now, count in turns:
        assert await service.tell_undecided(session, now) == count
    the_clock.move_to(at + WEEK)
    await session.flush()
    path = f"/v1/appeals/{id_}"
    assert (await office.api.get(path, headers=office.supervisor)).json()["overdue"] is True
    await office.decide(id_, office.supervisor, "rejected")
    assert await service.tell_undecided(session, at + 4 * WEEK) == 0
    await office.take_further(id_)
    for now, count in [(at + 2 * WEEK - SECOND, 0), (at + 2 * WEEK, 1), (at + 3 * WEEK, 0)]:
        assert await service.tell_undecided(session, now) == count
    await session.flush()
    undecided = [
        (territory_id, payload["instance"])
        for name, territory_id, payload in await told(session)
        if name == "undecided"
    ]
    assert undecided == [(None, 1), (None, 2)]
    steps = (await office.api.get(path, headers=office.device)).json()["steps"]
    assert [(step["kind"], step["instance"], step["taken_by"]) for step in steps if step["kind"] == "undecided"] == [
        ("undecided", 1, "system"),
        ("undecided", 2, "system"),
    ]


@pytest.mark.parametrize("count", [1, 30])
async def test_what_is_told_costs_a_fixed_number_of_statements(
    office: Office, session: AsyncSession, statements: Any, count: int
) -> None:
    ids = {(await make_appeal(session, await make_entry(session, office.rep))).id for _ in range(count)}
    await statements.taken()
    assert await service.tell_undecided(session, BOOKED_AT + 2 * WEEK) == count
    assert len(set(await statements.taken())) == 4
    assert {UUID(payload["appeal_id"]) for _, _, payload in await told(session)} == ids


@pytest.mark.parametrize("count", [1, 20])
async def test_a_page_costs_three_statements(
    office: Office, session: AsyncSession, statements: Any, count: int
) -> None:
    for _ in range(count):
        await make_appeal(session, await make_entry(session, office.rep))
    await statements.taken()
    assert len((await office.api.get("/v1/appeals", headers=office.device)).json()["items"]) == count
    page = [statement for statement in await statements.taken() if "appeal" in statement or "attachments" in statement]
    assert len(page) == 3
