"""No order of arrival and no hour of closing changes what a rep is charged, on days that nobody thought up (C4, C6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.service import excuse_visit
from app.closing.punctuality.timely_orders import CheckInFacts, Doubt, OutletOrder, clears, proof_of
from app.field.watermarks.models import DeviceSyncState
from app.ground import clock
from tests.closing.cutoff.worlds import AFTER, CUTOFF, Masters, charged
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.visits import MONDAY, make_visit

EXAMPLES = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Arrival:
    """Something that reaches the server after the cutoff: an order for the outlet, or a check-in at one of the two.

    `own_verdict` is that of the order's own fix, None where it carries none.
    """

    order: bool
    minutes_before: int
    trusted: bool
    inside: bool
    here: bool
    arrival: bool
    own_verdict: str | None

    @property
    def corrected_at(self) -> datetime:
        return CUTOFF - timedelta(minutes=self.minutes_before)


arrivals = st.builds(
    Arrival,
    st.booleans(),
    st.sampled_from([-3, 0, 3, 4, 9, 30]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, None, "INSIDE", "OUTSIDE", "UNCERTAIN"]),
)


async def receive(session: AsyncSession, masters: Masters, event: Arrival, event_id: UUID) -> None:
    """An upload with one event: recorded, then settled."""
    outlet = masters.outlets[0] if event.here or event.order else masters.outlets[1]
    fields: dict[str, Any] = {
        "id": event_id,
        "trusted": event.trusted,
        "corrected_at": event.corrected_at,
        "received_at": clock.now(),
        "verdict": "INSIDE" if event.inside else "OUTSIDE",
    }
    if event.order:
        await make_order(session, outlet, rep=masters.reps[0], **fields | {"verdict": event.own_verdict})
    else:
        kind = "arrival" if event.arrival else "departure"
        await make_stored_check_in(session, masters.reps[0], outlet, kind=kind, **fields)
    await cutoff.settle_late_orders(session, [(outlet.id, MONDAY)], clock.now())


async def told_everything(session: AsyncSession, masters: Masters) -> None:
    """The rep's device has told all that it recorded, and its watermark passes the cutoff."""
    device = masters.devices[0]
    session.add(DeviceSyncState(device_id=device.id, rep_id=device.rep_id, received=[], watermark_at=clock.now()))
    await session.flush()
    await cutoff.finalise_passed(session, [device.rep_id], clock.now())


def cost_by_the_rules(events: dict[UUID, Arrival], masters: Masters) -> int:
    here, elsewhere = masters.outlets[0].id, masters.outlets[1].id
    seen = [
        CheckInFacts(
            here if event.here else elsewhere,
            event.arrival,
            "INSIDE" if event.inside else "OUTSIDE",
            event.trusted,
            event.corrected_at,
        )
        for event in events.values()
        if not event.order
    ]
    orders = [
        OutletOrder(
            event_id,
            trusted=event.trusted,
            corrected_at=event.corrected_at,
            arrived_at=AFTER,
            accepted_at=AFTER,
            proof=proof_of(event.own_verdict, Doubt.NONE, seen, here, event.corrected_at),
        )
        for event_id, event in events.items()
        if event.order
    ]
    if any(clears(order, CUTOFF) for order in orders):
        return 0
    return -3 if orders else -10


@EXAMPLES
@given(
    events=st.dictionaries(st.uuids(version=4), arrivals, max_size=5),
    shuffled=st.randoms(use_true_random=False),
    closed_after=st.integers(0, 6),
    excused_after=st.none() | st.none() | st.integers(0, 6),
)
async def test_no_order_of_arrival_and_no_hour_of_closing_changes_what_the_rep_is_charged(
    session: AsyncSession,
    masters: Masters,
    the_clock: clock.SetClock,
    events: dict[UUID, Arrival],
    shuffled: Random,
    closed_after: int,
    excused_after: int | None,
) -> None:
    order_of_arrival = list(events.items())
    shuffled.shuffle(order_of_arrival)
    async with session.begin_nested() as example:
        visit = await make_visit(session, masters.reps[0], masters.outlets[0])
        for turn in range(len(order_of_arrival) + 2):
            the_clock.move_to(AFTER + timedelta(minutes=turn))
            if turn == min(closed_after, len(order_of_arrival) + 1):
                await cutoff.close_day(session, masters.territory.id, MONDAY, triggered_by="test")
            if excused_after is not None and turn == min(excused_after, len(order_of_arrival) + 1):
                await excuse_visit(session, visit.id, None, reason_code="rep_ill", comment="", by="user:sofia")
            if turn < len(order_of_arrival):
                event_id, event = order_of_arrival[turn]
                await receive(session, masters, event, event_id)
            elif turn == len(order_of_arrival):
                await told_everything(session, masters)
        cost = await charged(session)
        await example.rollback()
    assert cost == (cost_by_the_rules(events, masters) if excused_after is None else 0)
