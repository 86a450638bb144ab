"""One rep, one outlet, one Monday that closes at 17:00 in Athens: what tests of the cutoff stand on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.field.watermarks.models import DeviceSyncState
from app.ground.audit.models import AuditEntry
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order, OrderVersion
from tests.factories.orders import make_order
from tests.factories.visits import MONDAY

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""17:00 in Athens on that Monday."""

SIXTEEN = CUTOFF - timedelta(hours=1)
"""16:00 in Athens: captured in time."""

AFTER = CUTOFF + timedelta(minutes=1)


OUTLETS, REPS = 3, 2
"""How many of each there are in a territory of `Masters`."""


@dataclass
class Masters:
    """A territory with its reps, their devices and its outlets; and another territory."""

    territory: Territory
    reps: list[Rep]
    outlets: list[Outlet]
    devices: list[Device]
    elsewhere: Territory


@dataclass
class Day:
    territory: Territory
    rep: Rep
    outlet: Outlet

    @property
    def touched(self) -> list[tuple[int, date]]:
        """What an upload of anything for the outlet touches."""
        return [(self.outlet.id, MONDAY)]


async def make_watermark(session: AsyncSession, device: Device, watermark_at: datetime | None) -> DeviceSyncState:
    """What the server has of a device: everything up to `watermark_at`."""
    state = DeviceSyncState(device_id=device.id, rep_id=device.rep_id, received=[], watermark_at=watermark_at)
    session.add(state)
    await session.flush()
    return state


async def close(session: AsyncSession, day: Day, on: date = MONDAY) -> CutoffRun:
    """The run of the day's territory."""
    return await cutoff.close_day(session, day.territory.id, on, triggered_by="test")


async def missing(session: AsyncSession) -> list[MissingOrder]:
    """Every missing order there is."""
    return list(await session.scalars(select(MissingOrder).order_by(MissingOrder.visit_id)))


OF_MISSING_ORDERS = PointsEntry.rule.in_(["missed_order", "late_order"])


async def charged(session: AsyncSession) -> int:
    """What all missing orders cost; what orders in time earn is another matter."""
    query = select(func.coalesce(func.sum(PointsEntry.points), 0)).where(OF_MISSING_ORDERS)
    return (await session.execute(query)).scalar_one()


async def ledger(session: AsyncSession) -> list[tuple[str, str, int, str]]:
    """Rule, kind, points and note of every entry about missing orders, in the order in which they were booked."""
    found = select(PointsEntry.rule, PointsEntry.kind, PointsEntry.points, PointsEntry.note).where(OF_MISSING_ORDERS)
    rows = await session.execute(found.order_by(PointsEntry.id))
    return [(rule, kind, points, note) for rule, kind, points, note in rows]


async def resolutions(session: AsyncSession) -> list[str]:
    """The outcomes of the settlements, step by step."""
    found = select(MissingOrderResolution.outcome).order_by(
        MissingOrderResolution.visit_id, MissingOrderResolution.step
    )
    return list(await session.scalars(found))


async def late_order(session: AsyncSession, day: Day, at: datetime = AFTER, **fields: Any) -> Order:
    """An order from the rep's handheld, captured at 16:00 by a trusted clock, that arrives after the cutoff."""
    sound: dict[str, Any] = {"rep": day.rep, "corrected_at": SIXTEEN, "captured_at": SIXTEEN, "received_at": at}
    return await make_order(session, day.outlet, **sound | fields)


async def settle(session: AsyncSession, day: Day, at: datetime = AFTER) -> None:
    """Settle the outlet, as an upload does."""
    await cutoff.settle_late_orders(session, day.touched, at)


async def cancel(
    session: AsyncSession,
    order: Order,
    *,
    captured_at: datetime,
    received_at: datetime | None = None,
    by: str = "device",
) -> None:
    """Cancel a stored order: by its handheld, or by somebody else; heard at once unless it says when."""
    received_at = received_at or captured_at
    order.cancelled_at = order.cancelled_at or received_at
    order.cancelled_by_kind, order.cancelled_by, order.version = by, f"{by}:x", order.version + 1
    order.cancelled_effective_at = captured_at if by == "device" else received_at
    session.add(
        OrderVersion(
            business_date=order.business_date,
            order_id=order.id,
            version=order.version,
            territory_id=order.territory_id,
            change="cancelled",
            changed_by=f"{by}:x",
            changed_by_kind=by,
            reason="",
            captured_at=captured_at,
            corrected_at=captured_at,
            received_at=received_at,
            trusted=True,
            delivery_date=order.delivery_date,
            comment="",
            lines=[],
            total_value=order.total_value,
            warnings=[],
        )
    )
    await session.flush()


async def tasks(session: AsyncSession) -> list[str]:
    """How the call tasks stand, by outlet."""
    query = select(CallTask).order_by(CallTask.outlet_id).execution_options(populate_existing=True)
    return [task.status for task in await session.scalars(query)]


async def change(session: AsyncSession, master: Any, kind: str, at: Any, **members: Any) -> None:
    """Let a rep or an outlet be otherwise from an instant on, and write it into the audit trail."""
    before = {}
    for name, value in members.items():
        column = "territory_id" if name == "territory_code" else name
        before[name] = (await _territory_code(session, master)) if name == "territory_code" else getattr(master, name)
        setattr(master, column, value.id if name == "territory_code" else value)
    after = {name: value.code if name == "territory_code" else value for name, value in members.items()}
    entry = {"actor": "user:anna", "channel": "api", "kind": kind, "code": master.code}
    session.add(AuditEntry(at=at, before=before, after=after, **entry))
    await session.flush()


async def _territory_code(session: AsyncSession, master: Any) -> str:
    territory = await session.get_one(Territory, master.territory_id)
    return str(territory.code)
