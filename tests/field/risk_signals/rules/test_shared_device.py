from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.rules.shared_device import PhoneUse, SharedDevice, shared_devices
from app.field.risk_signals.sharing_job import doubt_shared_devices
from app.ground.web.access import Role
from app.masters.identity.models import Device
from app.masters.territories.models import Rep
from tests.doors.handheld.conftest import Field, Sync, field, sync
from tests.factories.handheld import NOON, make_check_in, make_order, make_upload
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep
from tests.field.risk_signals.events import NINE

__all__ = ["field", "sync"]

BOOT_ID = "0f8b1a52-6d8e-4f0e-9c39-1f4d1b7b6a55"
KEY = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}


def use(rep: int, at_s: int = 0, **changes: Any) -> PhoneUse:
    """What a phone recorded on Monday as the device of a rep."""
    at = NINE + timedelta(seconds=at_s)
    plain = PhoneUse(
        by="boot",
        phone=BOOT_ID,
        business_date=NINE.date(),
        rep_id=rep,
        rep_code=f"PAT-R{rep}",
        territory_id=1,
        device_id=UUID(int=70 + rep),
        enrolled_at=NINE - timedelta(days=30),
        revoked_at=None,
        events=3,
        first_at=at,
        last_at=at + timedelta(hours=1),
        event_id=UUID(int=rep * 1_000 + at_s),
        kind="check_in",
        outlet_id=5,
        outlet_code="PAT-0005",
    )
    return replace(plain, **changes)


def doubted(signals: list[SharedDevice]) -> list[tuple[int, int]]:
    return [(one.rep_id, one.signal.subject_id.int) for one in signals]


def test_a_phone_of_one_rep_is_no_doubt() -> None:
    assert shared_devices([use(1), use(1, 60, device_id=UUID(int=99))]) == []


def test_a_phone_that_worked_for_two_reps_is_doubted_for_each_of_them() -> None:
    signals = shared_devices([use(2, 600), use(1)])

    assert doubted(signals) == [(1, 1_000), (2, 2_600)]
    assert signals[0].signal.explanation == (
        "This check-in at PAT-0005 is the first of this rep's on a phone that also worked for PAT-R2 that day"
        " (in one boot)."
    )
    assert signals[0].signal.evidence["rep_codes"] == ["PAT-R2"]


def test_on_different_days_a_phone_is_not_shared() -> None:
    assert shared_devices([use(1), use(2, business_date=NINE.date() + timedelta(days=1))]) == []


def test_a_phone_that_was_handed_over_is_no_doubt() -> None:
    before = use(1, revoked_at=NINE - timedelta(minutes=10))

    assert shared_devices([before, use(2, enrolled_at=NINE - timedelta(minutes=5))]) == []
    assert len(shared_devices([before, use(2, enrolled_at=NINE - timedelta(minutes=15))])) == 2


def test_the_same_boot_and_the_same_key_are_one_doubt() -> None:
    signals = shared_devices([use(1), use(2, 5), use(1, by="key", phone="k"), use(2, 5, by="key", phone="k")])

    assert doubted(signals) == [(1, 1_000), (2, 2_005)]
    assert "(in one boot and with the same key)" in signals[0].signal.explanation


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 4), st.sampled_from(["boot", "key"]), st.sampled_from("ab")),
        max_size=8,
        unique=True,
    ),
    st.randoms(use_true_random=False).map(lambda random: random.shuffle),
)
def test_whoever_shares_a_phone_is_doubted_once_a_day_whatever_the_order(
    made: list[tuple[int, int, Any, str]], shuffle: Callable[[list[PhoneUse]], None]
) -> None:
    uses = [use(rep, at, by=by, phone=phone) for rep, at, by, phone in made]
    shuffled = list(uses)
    shuffle(shuffled)
    sharing = {
        one.rep_id
        for one in uses
        for other in uses
        if (one.by, one.phone) == (other.by, other.phone) and one.rep_id != other.rep_id
    }

    signals = shared_devices(uses)

    assert shared_devices(shuffled) == signals
    assert [one.rep_id for one in signals] == sorted(sharing)


async def standing(session: AsyncSession) -> list[tuple[int, str]]:
    found = await session.execute(
        select(RiskSignal.rep_id, RiskSignal.subject_id)
        .where(RiskSignal.rule == "shared_device", RiskSignal.withdrawn_at.is_(None))
        .order_by(RiskSignal.rep_id)
    )
    return [(rep_id, str(subject_id)) for rep_id, subject_id in found]


async def a_colleague(session: AsyncSession, field: Field, **fields: Any) -> tuple[Rep, Device]:
    rep = await make_rep(session, field.territory)
    return rep, await make_device(session, rep, **fields)


async def test_two_reps_within_one_boot_of_a_phone_are_found(sync: Sync, session: AsyncSession, field: Field) -> None:
    colleague, other = await a_colleague(session, field)
    mine = make_check_in(field.outlet.code, NOON - timedelta(minutes=9))
    theirs = make_order(field.outlet.code, field.product.code)
    await sync(mine, boot_id=BOOT_ID)
    await sync(theirs, boot_id=BOOT_ID, device=other)

    assert await doubt_shared_devices(session, NOON) == 2
    assert await standing(session) == [(field.rep.id, mine["id"]), (colleague.id, theirs["id"])]
    assert await doubt_shared_devices(session, NOON + timedelta(hours=1)) == 2

    field.device.revoked_at = NOON - timedelta(hours=2)
    other.enrolled_at = NOON - timedelta(hours=1)
    await session.flush()
    assert await doubt_shared_devices(session, NOON) == 0
    assert await standing(session) == []


async def test_two_reps_with_the_same_key_are_found(sync: Sync, session: AsyncSession, field: Field) -> None:
    _, other = await a_colleague(session, field, public_jwk=KEY)
    field.device.public_jwk = KEY
    await session.flush()
    await sync(make_check_in(field.outlet.code))
    assert await doubt_shared_devices(session, NOON) == 0
    await sync(make_check_in(field.outlet.code), device=other)

    assert await doubt_shared_devices(session, NOON) == 2


async def test_handhelds_that_enrolled_without_a_key_share_none(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, field: Field
) -> None:
    colleague = await make_rep(session, field.territory)
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, field.territory))
    for rep in (field.rep, colleague):
        code = (await api.post(f"/v1/reps/{rep.code}/enrolment-codes", headers=supervisor)).json()["enrolment_code"]
        form = {"enrolment_code": code, "model": "Pixel 6", "os": "Android 14", "app_version": "1.0"}
        enrolled = (await api.post("/v1/devices", json=form)).json()
        headers = {"Authorization": f"Bearer {enrolled['access_token']}"}
        body = make_upload(make_check_in(field.outlet.code), boot_id=str(uuid4()))
        assert (await api.post("/v1/sync", json=body, headers=headers)).status_code == 200
    assert await session.scalar(select(func.count()).where(Device.public_jwk.is_not(None))) == 0

    assert await doubt_shared_devices(session, NOON) == 0


@pytest.mark.parametrize("written", ["null", '""', "{}", "[]"])
async def test_what_is_no_key_is_shared_by_nobody(
    sync: Sync, session: AsyncSession, field: Field, written: str
) -> None:
    _, other = await a_colleague(session, field)
    await session.execute(text("UPDATE devices SET public_jwk = CAST(:written AS jsonb)").bindparams(written=written))
    await sync(make_check_in(field.outlet.code))
    await sync(make_check_in(field.outlet.code), device=other)

    assert await doubt_shared_devices(session, NOON) == 0


async def test_a_short_boot_id_may_be_a_counter_and_proves_nothing(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    _, other = await a_colleague(session, field)
    await sync(make_check_in(field.outlet.code), boot_id="17")
    await sync(make_check_in(field.outlet.code), boot_id="17", device=other)

    assert await doubt_shared_devices(session, NOON) == 0


async def test_an_upload_withdraws_no_doubt_about_a_shared_phone(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    _, other = await a_colleague(session, field)
    await sync(make_check_in(field.outlet.code), boot_id=BOOT_ID)
    await sync(make_check_in(field.outlet.code), boot_id=BOOT_ID, device=other)
    await doubt_shared_devices(session, NOON)

    await sync(make_check_in(field.outlet.code, id=str(uuid4())))

    assert len(await standing(session)) == 2
