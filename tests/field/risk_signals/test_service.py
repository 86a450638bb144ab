"""Signals follow from the events of a rep's days: reconciled with uploads, listed and reviewed by supervisors."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.ground.web.access import Role
from app.masters.identity.models import Client, Device, User
from tests.doors.handheld.conftest import Field, Sync, field, sync
from tests.factories.handheld import NOON, make_check_in, make_fix, make_order
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory

__all__ = ["field", "sync"]

SPOT = (38.2080319, 21.712654)


async def standing(session: AsyncSession) -> list[str]:
    """The rules of the signals that are not withdrawn, sorted."""
    found = await session.scalars(select(RiskSignal.rule).where(RiskSignal.withdrawn_at.is_(None)))
    return sorted(found)


async def the_signal(session: AsyncSession) -> RiskSignal:
    return (await session.scalars(select(RiskSignal).execution_options(populate_existing=True))).one()


async def test_an_honest_visit_raises_nothing(sync: Sync, session: AsyncSession, field: Field) -> None:
    await sync(
        make_check_in(field.outlet.code, NOON - timedelta(minutes=1)),
        make_order(field.outlet.code, field.product.code),
    )

    assert await standing(session) == []


async def test_each_doubt_is_raised_with_its_subject_and_its_evidence(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    check_in = make_check_in(field.outlet.code, fix=make_fix(mock=True))

    await sync(check_in)

    signal = await the_signal(session)
    assert (signal.rule, signal.subject_type, str(signal.subject_id)) == ("mock_location", "check_in", check_in["id"])
    assert (signal.rep_id, signal.territory_id, signal.outlet_id) == (
        field.rep.id,
        field.territory.id,
        field.outlet.id,
    )
    assert signal.evidence == {"lat": PATRAS[0], "lon": PATRAS[1]}


async def test_a_check_in_that_comes_after_its_order_takes_the_doubt_away(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)
    assert await standing(session) == ["remote_order"]
    the_clock.move_to(NOON + timedelta(minutes=5))

    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=1)), time=clock.now())

    assert await standing(session) == []
    assert (await the_signal(session)).withdrawn_at == clock.now()


async def test_a_doubt_that_comes_back_stands_again_from_then_on(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    far = (PATRAS[0] + 0.05, PATRAS[1])
    await sync(make_order(field.outlet.code, field.product.code))
    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=30)))
    assert await standing(session) == []
    the_clock.move_to(NOON + timedelta(minutes=5))

    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=1), fix=make_fix(far)), time=clock.now())

    assert await standing(session) == ["remote_order"]
    assert (await the_signal(session)).raised_at == clock.now()


async def test_what_was_reviewed_stays_whatever_comes_later(sync: Sync, session: AsyncSession, field: Field) -> None:
    await sync(make_order(field.outlet.code, field.product.code))
    signal = await the_signal(session)
    signal.review_outcome, signal.reviewed_at, signal.reviewed_by = "dismissed", NOON, "user:sofia"
    await session.flush()

    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=1)))

    signal = await the_signal(session)
    assert (signal.withdrawn_at, signal.review_outcome) == (None, "dismissed")


async def test_one_position_on_two_days_is_doubted_whichever_came_first(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    friday = NOON - timedelta(days=3)
    await sync(make_check_in(field.outlet.code, fix=make_fix(SPOT)))
    assert await standing(session) == []

    late = make_check_in(field.outlet.code, friday, fix=make_fix(SPOT, friday), monotonic_ms=None)
    await sync(late)

    signal = await the_signal(session)
    assert (signal.rule, signal.business_date) == ("repeated_fix", NOON.date())
    first: Any = signal.evidence["first"]
    assert first["id"] == late["id"]


async def test_a_position_of_another_rep_is_no_repetition(sync: Sync, session: AsyncSession, field: Field) -> None:
    colleague = await make_device(session, await make_rep(session, field.territory))
    other = await make_outlet(session, field.territory)
    await sync(make_check_in(field.outlet.code, fix=make_fix(SPOT)))

    await sync(make_check_in(other.code, fix=make_fix(SPOT)), device=colleague)

    assert await standing(session) == []


async def test_an_impossible_speed_between_two_uploads_and_two_devices_is_found(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    far = (PATRAS[0] + 0.5, PATRAS[1])
    other = await make_outlet(session, field.territory, at=far)
    second = await make_device(session, field.rep)
    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=2)))

    await sync(make_check_in(other.code, fix=make_fix(far)), device=second)

    assert await standing(session) == ["impossible_speed"]


async def test_a_gap_in_the_sequence_is_doubted_until_it_is_filled(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    await sync(make_check_in(field.outlet.code, sequence=3), sequence_to=3)
    signal = await the_signal(session)
    assert (signal.rule, signal.subject_id) == ("sequence_gap", field.device.id)
    assert signal.evidence == {"missing": [[1, 2]], "missing_count": 2, "sequence_to": 3}

    await sync(make_check_in(field.outlet.code, sequence=1), sequence_to=3)
    assert (await the_signal(session)).evidence["missing"] == [[2, 2]]

    await sync({"type": "unreadable", "sequence": 2}, sequence_to=3)
    assert await standing(session) == []


async def test_a_changed_clock_is_doubted(sync: Sync, session: AsyncSession, field: Field) -> None:
    await sync(make_check_in(field.outlet.code, captured_at=(NOON - timedelta(hours=1)).isoformat()))

    assert await standing(session) == ["clock_changed"]


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, field: Field) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, field.territory, username="sofia"))


async def test_signals_are_listed_for_their_supervisor(
    sync: Sync, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    check_in = make_check_in(field.outlet.code, fix=make_fix(mock=True))
    await sync(check_in)

    (item,) = (await api.get("/v1/risk-signals", headers=supervisor)).json()["items"]

    assert (item["rule"], item["status"], item["review"]) == ("mock_location", "open", None)
    assert item["subject"] == {"type": "check_in", "id": check_in["id"]}
    assert (item["rep_code"], item["outlet_code"]) == (field.rep.code, field.outlet.code)
    assert "simulated by an app" in item["explanation"]


async def test_filters_narrow_the_list_of_signals(
    sync: Sync, session: AsyncSession, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=1), fix=make_fix(mock=True)))
    await sync(make_order((await make_outlet(session, field.territory)).code, field.product.code))

    async def listed(**query: str) -> list[str]:
        answer = await api.get("/v1/risk-signals", params=query, headers=supervisor)
        return sorted(item["rule"] for item in answer.json()["items"])

    assert await listed() == ["mock_location", "remote_order"]
    assert await listed(rule="mock_location") == ["mock_location"]
    assert await listed(status="reviewed") == []
    assert await listed(status="withdrawn") == []
    assert await listed(status="open", rep_code=field.rep.code) == ["mock_location", "remote_order"]
    assert await listed(territory_code="NOWHERE") == []
    assert await listed(**{"from": "2026-11-24"}) == []
    assert await listed(to="2026-11-23") == ["mock_location", "remote_order"]


async def test_signals_are_listed_page_by_page(
    sync: Sync, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    await sync(*(make_check_in(field.outlet.code, fix=make_fix((38.3, 21.7 + n * 1e-6), mock=True)) for n in range(5)))

    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await api.get("/v1/risk-signals", params=query, headers=supervisor)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert len(seen) == len(set(seen)) == 5


async def test_a_review_is_written_down_once(
    sync: Sync, session: AsyncSession, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    await sync(make_check_in(field.outlet.code, fix=make_fix(mock=True)))
    path = f"/v1/risk-signals/{(await the_signal(session)).id}/review"
    word = {"outcome": "confirmed", "comment": "He sat in the café."}

    first = await api.post(path, json=word, headers=supervisor)
    again = await api.post(path, json=word, headers=supervisor)
    other = await api.post(path, json=word | {"outcome": "dismissed"}, headers=supervisor)

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert first.json()["status"] == "reviewed"
    assert again.json()["review"] == {
        "outcome": "confirmed",
        "comment": "He sat in the café.",
        "reviewed_by": "user:sofia",
        "reviewed_at": "2026-11-23T10:00:00Z",
    }
    assert other.json()["type"] == "/problems#signal-already-reviewed"


async def test_a_withdrawn_signal_cannot_be_reviewed(
    sync: Sync, session: AsyncSession, api: httpx.AsyncClient, field: Field, supervisor: dict[str, str]
) -> None:
    await sync(make_order(field.outlet.code, field.product.code))
    await sync(make_check_in(field.outlet.code, NOON - timedelta(minutes=1)))
    path = f"/v1/risk-signals/{(await the_signal(session)).id}/review"

    answer = await api.post(path, json={"outcome": "confirmed"}, headers=supervisor)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems#signal-withdrawn")


async def test_signals_are_for_supervisors_of_the_territory_and_never_for_a_device(
    sync: Sync, session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    await sync(make_check_in(field.outlet.code, fix=make_fix(mock=True)))
    path = f"/v1/risk-signals/{(await the_signal(session)).id}/review"
    elsewhere = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    nobody: list[Client | Device | User] = [
        field.device,
        await make_user(session, Role.OPERATOR, field.territory),
        await make_client(session),
    ]

    assert (await api.get("/v1/risk-signals", headers=elsewhere)).json()["items"] == []
    assert (await api.post(path, json={"outcome": "confirmed"}, headers=elsewhere)).status_code == 404
    for caller in nobody:
        assert (await api.get("/v1/risk-signals", headers=bearer(app, caller))).status_code == 403
        assert (await api.post(path, json={"outcome": "confirmed"}, headers=bearer(app, caller))).status_code == 403
