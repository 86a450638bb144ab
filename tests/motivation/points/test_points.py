"""A rep's ledger: what counts, what may still change, who may see it (M3, C4)."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from app.masters.identity.models import Client, Device, User
from app.masters.territories.models import Rep, Territory
from app.motivation.points.models import PenaltyFinalisation, PointsEntry
from app.motivation.points.rules import Entry, PointsEntryKind, balance, may_still_be_reversed, reversed_entries
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def entry(entry_id: int, points: int, reverses_id: int | None = None, **fields: object) -> Entry:
    kind = PointsEntryKind.PENALTY if reverses_id is None else PointsEntryKind.REVERSAL
    sound: dict[str, object] = {
        "id": entry_id,
        "rule": "late_order",
        "kind": kind,
        "points": points,
        "source_type": "visit",
        "source_id": None,
        "reverses_id": reverses_id,
        "provisional": reverses_id is None,
        "finalised": False,
        "business_date": MONDAY,
        "booked_at": CUTOFF,
        "note": "",
        "month": MONDAY.replace(day=1),
    }
    return Entry(**sound | fields)  # type: ignore[arg-type] # sound by name


def test_a_reversal_that_was_reversed_takes_nothing_back() -> None:
    chain = [entry(1, -3), entry(2, 3, reverses_id=1)]
    assert (balance(chain), reversed_entries(chain)) == (0, {1})
    chain.append(entry(3, -3, reverses_id=2))
    assert (balance(chain), reversed_entries(chain)) == (-3, {2})


@pytest.mark.parametrize(
    ("penalty", "reversed_ids", "hours", "provisional"),
    [
        (entry(1, -10), set(), 72, True),
        (entry(1, -10), set(), 73, False),
        (entry(1, -10), {1}, 1, False),
        (entry(1, -10, finalised=True), set(), 1, False),
        (entry(1, -10, provisional=False), set(), 1, False),
        (entry(2, 10, reverses_id=1, provisional=True), set(), 1, False),
    ],
)
def test_a_penalty_is_provisional_while_it_may_still_be_reversed(
    penalty: Entry, reversed_ids: set[int], hours: int, provisional: bool
) -> None:
    now = CUTOFF + timedelta(hours=hours)
    assert may_still_be_reversed(penalty, reversed_ids, CUTOFF, now) is provisional


@pytest.fixture
async def rep(session: AsyncSession) -> Rep:
    return await make_rep(session, await make_territory(session))


async def book(session: AsyncSession, rep: Rep, **fields: object) -> PointsEntry:
    """A provisional `missed_order` of Monday."""
    sound: dict[str, object] = {
        "rep_id": rep.id,
        "rule": "missed_order",
        "kind": "PENALTY",
        "points": -10,
        "source_type": "visit",
        "provisional": True,
        "policy_version": 1,
        "business_date": MONDAY,
        "booked_at": CUTOFF,
        "note": "",
    }
    made = PointsEntry(**sound | {"month": MONDAY.replace(day=1)} | fields)
    session.add(made)
    await session.flush()
    return made


async def test_the_balance_is_the_sum_over_the_range(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await book(session, rep, business_date=date(2026, 10, 30))
    missed = await book(session, rep)
    back = {"kind": "REVERSAL", "points": 10, "source_type": "entry", "provisional": False, "note": "late_order"}
    await book(session, rep, reverses_id=missed.id, **back)
    late = await book(session, rep, rule="late_order", points=-3)
    headers = bearer(app, await make_device(session, rep))
    told = (await api.get(f"/v1/reps/{rep.code}/points", headers=headers)).json()
    assert (told["rep_code"], told["from"], told["to"], told["balance"]) == (rep.code, "2026-11-01", "2026-11-23", -3)
    assert [(row["rule"], row["kind"], row["points"], row["provisional"]) for row in told["items"]] == [
        ("missed_order", "PENALTY", -10, False),
        ("missed_order", "REVERSAL", 10, False),
        ("late_order", "PENALTY", -3, True),
    ]
    assert told["items"][1]["source"] == {"type": "entry", "id": str(missed.id)}
    session.add(PenaltyFinalisation(entry_id=late.id, because="watermark_passed", finalised_at=CUTOFF))
    await session.flush()
    query = {"from": "2026-10-01", "to": "2026-11-23"}
    told = (await api.get(f"/v1/reps/{rep.code}/points", params=query, headers=headers)).json()
    assert (told["balance"], [row["provisional"] for row in told["items"]]) == (-13, [False] * 4)


async def test_who_may_see_a_reps_points(api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep) -> None:
    colleague = await make_rep(session, await make_territory(session))
    territories = [await session.get_one(Territory, rep.territory_id)]
    callers: list[tuple[User | Client | Device, int]] = [
        (await make_device(session, rep), 200),
        (await make_device(session, colleague), 404),
        (await make_user(session, Role.SUPERVISOR, *territories), 200),
        (await make_user(session, Role.SUPERVISOR), 404),
        (await make_user(session, Role.OPERATOR, *territories), 403),
        (await make_user(session, Role.ADMIN), 200),
        (await make_client(session, "points:read"), 200),
        (await make_client(session, "orders:read"), 403),
    ]
    for caller, status in callers:
        answer = await api.get(f"/v1/reps/{rep.code}/points", headers=bearer(app, caller))
        assert (caller, answer.status_code) == (caller, status)


@pytest.mark.parametrize(
    "query", [{"from": "2026-11-24", "to": "2026-11-23"}, {"from": "2024-01-01", "to": "2026-11-23"}, {"from": "x"}]
)
async def test_a_range_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, rep: Rep, query: dict[str, str]
) -> None:
    headers = bearer(app, await make_device(session, rep))
    answer = await api.get(f"/v1/reps/{rep.code}/points", params=query, headers=headers)
    assert answer.status_code == 422
