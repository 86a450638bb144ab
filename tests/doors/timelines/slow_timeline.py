"""What stands in an outlet's timeline, told slowly: every record of the outlet is read, and sorted here.

For whoever sees every territory, and what is read by the outlet alone. By what places an item: instant, title, key.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallAttempt, CallTask
from app.doors.timelines.records import TimelineType
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.sales.deliveries.models import Delivery
from app.sales.orders.models import Order, OrderRefusal, OrderVersion
from app.sales.returns.models import Return

Place = tuple[datetime, str, str]
Story = tuple[AsyncSession, Outlet, ZoneInfo]


async def slow_timeline(session: AsyncSession, outlet: Outlet, zone: ZoneInfo) -> list[tuple[TimelineType, Place]]:
    """Every item of these types with its place, the newest first."""
    items = [(type_, place) for type_, read in _READ.items() for place in await read((session, outlet, zone))]
    return sorted(items, key=lambda item: item[1], reverse=True)


async def _all_of(mapped: Any, story: Story) -> Sequence[Any]:
    session, outlet, _ = story
    return (await session.scalars(select(mapped).where(mapped.outlet_id == outlet.id))).all()


async def _visits(story: Story) -> list[Place]:
    _, _, zone = story
    return [
        (
            datetime.combine(visit.visit_date, time(), zone),
            "visit_planned" if visit.approved_at else "visit_ad_hoc",
            str(visit.id),
        )
        for visit in await _all_of(Visit, story)
    ]


async def _excuses(story: Story) -> list[Place]:
    visits = await _all_of(Visit, story)
    return [(visit.excused_at, "visit_excused", str(visit.id)) for visit in visits if visit.excused_at]


async def _check_ins(story: Story) -> list[Place]:
    return [(each.corrected_at, each.kind, str(each.id)) for each in await _all_of(CheckIn, story)]


async def _orders(story: Story) -> list[Place]:
    session, _, _ = story
    orders = {order.id: order for order in await _all_of(Order, story)}
    places = [(order.corrected_at, "order_accepted", str(order.id)) for order in orders.values()]
    for version in await session.scalars(select(OrderVersion).where(OrderVersion.version > 1)):
        if version.order_id in orders:
            key = f"{version.order_id}:{version.version:020}"
            places.append((version.received_at, f"order_{version.change}", key))
    return places


async def _refusals(story: Story) -> list[Place]:
    refusals = await _all_of(OrderRefusal, story)
    return [(each.received_at, "order_refused", f"{each.id}:{each.digest.hex()}") for each in refusals]


async def _deliveries(story: Story) -> list[Place]:
    return [(each.delivered_at, "delivery_recorded", str(each.id)) for each in await _all_of(Delivery, story)]


async def _returns(story: Story) -> list[Place]:
    return [(each.returned_at, "return_recorded", str(each.id)) for each in await _all_of(Return, story)]


async def _calls(story: Story) -> list[Place]:
    session, _, _ = story
    tasks = await _all_of(CallTask, story)
    places = [place for task in tasks for place in _of_task(task)]
    calls = await session.scalars(select(CallAttempt).where(CallAttempt.task_id.in_([task.id for task in tasks])))
    return places + [(call.told_at, "call_made", f"{call.id:020}") for call in calls]


def _of_task(task: CallTask) -> Iterator[Place]:
    yield task.opened_at or min(task.available_at, task.due_at), "call_task_opened", str(task.id)
    if task.status == "expired":
        yield task.due_at, "call_task_expired", str(task.id)
    if task.status == "cancelled" and task.finished_at:
        yield min(task.finished_at, task.due_at), "call_task_cancelled", str(task.id)


async def _locations(story: Story) -> list[Place]:
    locations = await _all_of(OutletLocation, story)
    return [(each.created_at, "location_changed", f"{each.version:020}") for each in locations]


async def _terms(story: Story) -> list[Place]:
    return [(each.valid_from, "terms_changed", f"{each.version:020}") for each in await _all_of(OutletTerms, story)]


_READ: dict[TimelineType, Callable[[Story], Awaitable[list[Place]]]] = {
    TimelineType.VISIT: _visits,
    TimelineType.EXCUSE: _excuses,
    TimelineType.CHECK_IN: _check_ins,
    TimelineType.ORDER: _orders,
    TimelineType.REFUSED_ORDER: _refusals,
    TimelineType.DELIVERY: _deliveries,
    TimelineType.RETURN: _returns,
    TimelineType.CALL_TASK: _calls,
    TimelineType.LOCATION: _locations,
    TimelineType.TERMS: _terms,
}
TYPES = frozenset(_READ)
