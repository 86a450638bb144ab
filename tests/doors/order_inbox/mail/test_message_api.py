"""Who sees which mails, and what of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.identity.models import UserTerritory
from app.masters.outlets.models import Outlet
from tests.factories.identity import bearer, make_user
from tests.factories.order_inbox import make_inbox_message
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
async def outlets(session: AsyncSession) -> list[Outlet]:
    """Of two territories."""
    return [await make_outlet(session, await make_territory(session)) for _ in range(2)]


async def seen_by(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, role: Role, *territory_ids: int, **query: str
) -> list[dict[str, Any]]:
    user = await make_user(session, role)
    session.add_all(UserTerritory(user_id=user.id, territory_id=id_) for id_ in territory_ids)
    await session.flush()
    answer = await api.get("/v1/inbox-messages", params=query, headers=bearer(app, user))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_supervisor_sees_of_a_mail_the_forms_of_the_own_territory(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlets: list[Outlet]
) -> None:
    await make_inbox_message(session, *outlets)
    (mail,) = await seen_by(api, app, session, Role.SUPERVISOR, outlets[0].territory_id)
    assert [form["outlet_code"] for form in mail["forms"]] == [outlets[0].code]
    assert mail["forms"][0]["problems"][0]["cell"] == "I10"
    assert mail["answer"]["attempts"] == 1


async def test_a_mail_of_nobodys_territory_is_seen_by_admins_alone(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, outlets: list[Outlet]
) -> None:
    await make_inbox_message(session, status="refused", reason="a stranger")
    assert await seen_by(api, app, session, Role.SUPERVISOR, outlets[0].territory_id) == []
    assert [mail["reason"] for mail in await seen_by(api, app, session, Role.ADMIN)] == ["a stranger"]


async def test_mails_are_found_by_status_sender_and_time(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    for hour in range(3):
        status = "ignored" if hour == 1 else "processed"
        sender = f"Shop{hour}@example.com".lower()
        await make_inbox_message(session, received_at=NOON + timedelta(hours=hour), status=status, sender=sender)

    async def hours(**query: str) -> list[int]:
        found = await seen_by(api, app, session, Role.ADMIN, **query)
        return [int(mail["sender"][4]) for mail in found]

    assert await hours() == [2, 1, 0]
    assert await hours(status="ignored") == [1]
    assert await hours(sender="SHOP2@example.com") == [2]
    assert await hours(**{"from": "2026-11-23T11:00:00Z", "to": "2026-11-23T12:00:00Z"}) == [1]


async def test_pages_follow_one_another(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession) -> None:
    made = [await make_inbox_message(session, received_at=NOON) for _ in range(5)]
    admin = await make_user(session, Role.ADMIN)
    await session.flush()
    seen, query = [], {"limit": "2"}
    while True:
        page = (await api.get("/v1/inbox-messages", params=query, headers=bearer(app, admin))).json()
        seen += [mail["id"] for mail in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == sorted(str(mail.id) for mail in made)
