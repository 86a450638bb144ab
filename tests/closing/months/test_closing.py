"""Closing a month: statements, numbers, corrections in the open month, reopening (P6)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events.models import Event
from app.ground.web.access import Role
from app.masters.identity.models import User
from app.masters.territories.models import Rep, Territory
from app.motivation.points import queries
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.motivation.points.service import PointsFinding, PointsRule
from tests.factories.identity import bearer, make_user
from tests.factories.territories import make_rep, make_territory

DAY = date(2026, 10, 15)
FIRST_OF_NOVEMBER = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
async def territory(session: AsyncSession, the_clock: clock.SetClock) -> Territory:
    """It was made today: none of its days is due."""
    the_clock.move_to(FIRST_OF_NOVEMBER)
    return await make_territory(session, code="PAT", created_at=FIRST_OF_NOVEMBER)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory, created_at=datetime(2026, 1, 1, tzinfo=UTC))


async def book(
    session: AsyncSession, rep: Rep, rule: str, *, day: date = DAY, source: UUID | None = None, counts: bool = True
) -> UUID:
    source_id = source or uuid4()
    finding = PointsFinding(PointsRule(rule), source_id, rep.id, day, counts=counts, note="test")
    await points.bring_about(session, [finding], clock.now())
    return source_id


@dataclass(frozen=True)
class Office:
    """An admin at the API."""

    api: httpx.AsyncClient
    app: FastAPI
    user: User

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.app, self.user)

    async def close(self, month: str = "2026-10") -> httpx.Response:
        return await self._post(month, "close", {})

    async def reopen(self, month: str, reason: str = "The cap was missing.") -> httpx.Response:
        return await self._post(month, "reopen", {"reason": reason})

    async def _post(self, month: str, action: str, body: dict[str, str]) -> httpx.Response:
        path = f"/v1/points/months/{month}/{action}"
        return await self.api.post(path, json={"territory_code": "PAT"} | body, headers=self.headers)

    async def statement(self, rep: Rep, month: str) -> dict[str, Any]:
        answer = await self.api.get(f"/v1/reps/{rep.code}/statements/{month}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]


@pytest.fixture
async def office(session: AsyncSession, api: httpx.AsyncClient, app: FastAPI) -> Office:
    return Office(api, app, await make_user(session, Role.ADMIN))


async def test_a_months_statement_tells_what_each_rule_came_to(session: AsyncSession, rep: Rep, office: Office) -> None:
    await book(session, rep, "order_on_time", day=date(2026, 9, 30))
    for _ in range(3):
        await book(session, rep, "order_on_time")
    taken_back = await book(session, rep, "order_on_time")
    await book(session, rep, "order_on_time", source=taken_back, counts=False)
    await book(session, rep, "missed_order")
    answer = await office.close()
    assert (answer.status_code, answer.json()["statements"]) == (200, 1)
    statement = await office.statement(rep, "2026-10")
    assert (statement["number"], statement["opening"], statement["points"]) == ("PAT-2026-10-0001", 1, -7)
    assert statement["closing"] == -6
    assert [(line["rule"], line["count"], line["points"]) for line in statement["lines"]] == [
        ("missed_order", 1, -10),
        ("order_on_time", 3, 3),
    ]


async def test_what_comes_later_about_a_closed_month_counts_in_the_open_one_and_names_it(
    session: AsyncSession, territory: Territory, rep: Rep, office: Office, the_clock: clock.SetClock
) -> None:
    missed = await book(session, rep, "missed_order")
    await office.close()
    await book(session, rep, "missed_order", source=missed, counts=False)
    await over(session, territory, the_clock, datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    assert (await office.close("2026-11")).status_code == 200
    statement = await office.statement(rep, "2026-11")
    assert (statement["opening"], statement["closing"]) == (-10, 0)
    assert statement["lines"] == [{"rule": "missed_order", "count": -1, "points": 10, "corrects_month": "2026-10"}]


async def test_a_month_is_closed_once(session: AsyncSession, rep: Rep, office: Office) -> None:
    first, again = (await office.close()).json(), (await office.close()).json()
    assert (first["statements"], first) == (1, again)


async def test_a_month_that_was_reopened_gets_new_numbers_and_its_old_statements_are_void(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    await office.close()
    assert (await office.reopen("2026-10")).json()["reopen_reason"] == "The cap was missing."
    answer = await office.api.get(f"/v1/reps/{rep.code}/statements/2026-10", headers=office.headers)
    assert answer.status_code == 404
    await book(session, rep, "order_on_time")
    await office.close()
    statement = await office.statement(rep, "2026-10")
    assert (statement["number"], statement["closing"], statement["void"]) == ("PAT-2026-10-0002", 1, False)
    void = (await office.api.get("/v1/points/statements/PAT-2026-10-0001", headers=office.headers)).json()
    assert (void["closing"], void["void"]) == (0, True)


async def test_the_event_of_a_reopened_month_has_nobodys_words_in_it(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    await office.close()
    await office.reopen("2026-10", reason=f"{rep.code} was ill.")
    payloads = await session.scalars(select(Event.payload).where(Event.type == "points_month.reopened"))
    (payload,) = payloads.all()
    assert payload["reopened_by"] == f"user:{office.user.username}"
    assert "ill" not in str(payload)


async def test_a_month_is_not_reopened_once_the_next_one_is_closed(
    session: AsyncSession, territory: Territory, rep: Rep, office: Office, the_clock: clock.SetClock
) -> None:
    await office.close()
    await over(session, territory, the_clock, datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    assert (await office.close("2026-12")).status_code == 409
    await office.close("2026-11")
    refused = await office.reopen("2026-10")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems#later-month-closed")
    assert (await office.reopen("2026-11")).status_code == 200
    assert (await office.reopen("2026-10")).status_code == 200


async def test_months_are_closed_one_after_the_other_and_only_once_they_are_over(
    session: AsyncSession, territory: Territory, rep: Rep, office: Office, the_clock: clock.SetClock
) -> None:
    assert (await office.close("2026-11")).json()["type"] == "/problems#month-not-over"
    await book(session, rep, "order_on_time", day=date(2026, 9, 30))
    await office.close("2026-09")
    await over(session, territory, the_clock, datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    refused = await office.close("2026-11")
    assert (refused.status_code, refused.json()["month"]) == (409, "2026-10")


async def test_the_first_month_that_was_reopened_is_the_next_one_to_be_closed(
    session: AsyncSession, territory: Territory, rep: Rep, office: Office, the_clock: clock.SetClock
) -> None:
    await book(session, rep, "order_on_time")
    await office.close()
    await office.reopen("2026-10")
    await over(session, territory, the_clock, datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    refused = await office.close("2026-11")
    assert (refused.status_code, refused.json()["month"]) == (409, "2026-10")
    await office.close("2026-10")
    assert (await office.statement(rep, "2026-10"))["points"] == 1


async def test_a_month_of_before_the_territory_was_made_is_closed_only_where_something_counts_in_it(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    refused = await office.close("2016-11")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems#nothing-to-close")
    await book(session, rep, "order_on_time", day=date(2026, 8, 3))
    assert (await office.close("2026-08")).status_code == 200


async def test_a_granted_appeal_that_a_booking_did_not_see_is_heard_at_the_months_close(
    session: AsyncSession, rep: Rep, office: Office
) -> None:
    """As two connections leave it: one grants the appeal, the other, which has not seen that, charges again."""
    missed = await book(session, rep, "missed_order")
    entry = (await session.scalars(select(PointsEntry.id).where(PointsEntry.source_id == missed))).one()
    await points.pardon(session, entry, appeal_id=uuid4(), at=clock.now())
    late = PointsFinding(PointsRule.LATE_ORDER, missed, rep.id, DAY, counts=True, note="test")
    await queries.book_found(session, [late], clock.now())
    await office.close()
    assert (await office.statement(rep, "2026-10"))["points"] == 0


async def test_a_month_with_days_that_are_due_and_not_closed_is_not_closed(
    session: AsyncSession, territory: Territory, rep: Rep, office: Office
) -> None:
    territory.created_at = datetime(2026, 10, 29, 6, 0, tzinfo=UTC)
    await session.flush()
    refused = await office.close()
    assert (refused.status_code, refused.json()["days"]) == (409, ["2026-10-29", "2026-10-30"])


async def over(session: AsyncSession, territory: Territory, the_clock: clock.SetClock, at: datetime) -> None:
    """Let the time go on; no day of the territory was due meanwhile."""
    the_clock.move_to(at)
    territory.created_at = at
    await session.flush()
