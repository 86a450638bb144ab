"""A rep who visits a kiosk, as tests of explanations need it: somebody who reads, and a clock that is set."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground import clock
from app.ground.web.access import Role
from app.masters.identity.models import Client, Device, User
from app.masters.outlets.models import Outlet
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order
from tests.closing.cutoff.worlds import CUTOFF, Day, close, late_order, make_watermark, settle
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import make_receipt
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

Caller = User | Client | Device

APPEAL = UUID("6f1f7a52-31c4-4c8e-a2f2-0e4a4f7b2f11")


@dataclass
class Kiosk:
    """The day of a rep's visit to Kiosk Nikos, and who asks about its points."""

    session: AsyncSession
    api: httpx.AsyncClient
    day: Day
    device: Device
    visit: Visit
    watermark: DeviceSyncState
    supervisor: User
    app: FastAPI
    clock: clock.SetClock

    async def close(self) -> None:
        """Close the day: at the cutoff, for the clock stands there."""
        await close(self.session, self.day)

    async def check_in(self, at: datetime, outlet: Outlet | None = None, **fields: Any) -> CheckIn:
        """A trusted arrival of the rep, INSIDE the kiosk's fence unless it says otherwise, received at once."""
        outlet = outlet or self.day.outlet
        check_in = await make_stored_check_in(self.session, self.day.rep, outlet, at=at, **fields)
        await make_receipt(self.session, "check_in", check_in.id, check_in.business_date, check_in.received_at)
        return check_in

    async def order(self, captured_at: datetime, arrived_at: datetime | None = None, **fields: Any) -> Order:
        """An order on the rep's handheld, captured with a trusted clock, that comes at once unless it says when."""
        arrived_at = arrived_at or captured_at
        return await late_order(self.session, self.day, arrived_at, **{"corrected_at": captured_at} | fields)

    async def settle(self, at: datetime) -> None:
        """Settle the outlet's day at an instant, as an upload does; the clock is set to it."""
        self.clock.move_to(at)
        await settle(self.session, self.day, at)

    async def entry(self, rule: str, kind: str, note: str | None = None) -> int:
        """The id of the last entry of a kind that a rule has booked, or reversed with a note."""
        found = select(PointsEntry.id).where(PointsEntry.rule == rule, PointsEntry.kind == kind)
        found = found.where(PointsEntry.rep_id == self.day.rep.id)
        if note is not None:
            found = found.where(PointsEntry.note == note)
        return (await self.session.execute(found.order_by(PointsEntry.id.desc()).limit(1))).scalar_one()

    async def only_order(self) -> Order:
        """The day's order."""
        return (await self.session.scalars(select(Order))).one()

    async def only_signal(self) -> RiskSignal:
        """The doubt."""
        return (await self.session.scalars(select(RiskSignal))).one()

    async def asked(self, entry_id: int, caller: Caller) -> httpx.Response:
        """What a caller is answered who asks about an entry."""
        await self.session.flush()
        return await self.api.get(f"/v1/points/{entry_id}/explanation", headers=bearer(self.app, caller))

    async def explained(
        self, rule: str, kind: str = "PENALTY", note: str | None = None, *, to: Caller | None = None
    ) -> dict[str, Any]:
        """The explanation of that entry, to the rep unless it says to whom; each of its records can be read."""
        answer = await self.asked(await self.entry(rule, kind, note), to or self.device)
        headers = bearer(self.app, to or self.device)
        assert answer.status_code == 200, answer.text
        explanation: dict[str, Any] = answer.json()
        for record in explanation["records"]:
            followed = await self.api.get(record["href"], headers=headers)
            assert followed.status_code == 200, (record, followed.text)
            assert record["type"] in {"points_policy", "points"} or record["id"] in followed.text, record
        return explanation


@pytest.fixture
async def kiosk(session: AsyncSession, api: httpx.AsyncClient, app: FastAPI, the_clock: clock.SetClock) -> Kiosk:
    """A visit to Kiosk Nikos on Monday, whose day is not closed yet; its handheld was heard of last at 14:10."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session, code="PAT")
    rep = await make_rep(session, territory, code="PAT-R1")
    outlet = await make_outlet(session, territory, code="PAT-0042", name="Kiosk Nikos")
    device = await make_device(session, rep)
    watermark = await make_watermark(session, device, athens(14, 10))
    visit = await make_visit(session, rep, outlet)
    supervisor = await make_user(session, Role.SUPERVISOR, territory)
    return Kiosk(session, api, Day(territory, rep, outlet), device, visit, watermark, supervisor, app, the_clock)


def athens(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A time of day in Athens, on Monday 23 November unless it says on which day."""
    return CUTOFF.replace(day=day) + timedelta(hours=hour - 17, minutes=minute)
