"""What becomes of each event of an upload: pure functions of the event and of what was gathered for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.doors.handheld.upload.event_schemas import AnyEvent, CheckInEvent, FixBody, NoOrderEvent, OrderEvent
from app.doors.handheld.upload.records import LastSending, Reporter, Sending
from app.field.check_ins.geofence import Fix
from app.field.risk_signals.rules.fixes_and_clocks import sequence_gap
from app.field.risk_signals.signals import FieldEvent, Signal
from app.ground.errors import FieldProblem
from app.ground.receipts.digest import content_digest
from app.ground.web.fields import FIRST_YEAR
from app.masters.catalogue.service import Offer
from app.masters.outlets.service import FieldOutlet
from app.masters.territories.field_clock import (
    CLOCK_TOLERANCE_MS,
    MONOTONIC_TOLERANCE_MS,
    CorrectedTime,
    EventClock,
    UploadClock,
    correct,
    sent_at_corrected,
)
from app.masters.territories.local_time import business_date_of
from app.masters.territories.sequences import Claim, SyncState, advance, contiguous_to, gaps, with_sequences
from app.sales.orders.rules import OrderDecision, OrderForm, OrderFormLine, judge_no_order, judge_order

EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(milliseconds=CLOCK_TOLERANCE_MS + MONOTONIC_TOLERANCE_MS)
"""As far as an event's time may lie after its arrival with the monotonic clock's blessing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was gathered for the events of one upload, by code."""

    outlets: Mapping[str, FieldOutlet]
    offers: Mapping[str, Offer]
    reasons: frozenset[str]
    agreed: Mapping[tuple[str, datetime], FieldOutlet]
    """Outlets with the terms of a moment, where those were others than today's."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One event with its time, its outlet, and why it is refused, if it is. `order`: the decision about its form.

    `place`: where it stands among the events that are recorded together. `boot_id`: of the boot that it was captured
    in, the upload's where the event names none.
    """

    reporter: Reporter
    place: int
    event: AnyEvent
    time: CorrectedTime
    business_date: date
    outlet: FieldOutlet | None
    problems: Sequence[FieldProblem]
    digest: bytes
    fix: Fix | None
    order: OrderDecision | None = None
    boot_id: str | None = None


def upload_clock(sending: Sending, received_at: datetime, last: LastSending | None = None) -> UploadClock:
    """The clocks at the sending. Without `sent_at` there is no skew to measure, and no evidence.

    What is sent again as it was, because no answer came, was not sent just now: the skew is the one measured first.
    """
    if sending.sent_at is None:
        return UploadClock(received_at, received_at)
    if last is not None and (sending.sent_at, sending.boot_id) == (last.sent_at, last.boot_id):
        received_at = min(received_at, last.sent_at + timedelta(milliseconds=last.skew_ms))
    return UploadClock(sending.sent_at, received_at, sending.monotonic_ms, sending.boot_id)


def corrected(event: AnyEvent, upload: UploadClock) -> CorrectedTime:
    """When an event happened (T1, T2).

    One that would lie more than 122 s after its own arrival, or before the year 2000, shows by itself that the clock
    was changed: all that is known is that it happened by `received_at`.
    """
    return corrected_time(EventClock(event.captured_at, event.monotonic_ms, event.boot_id), upload)


def corrected_time(captured: EventClock, upload: UploadClock) -> CorrectedTime:
    """`corrected`, of the clock readings alone."""
    found = correct(captured, upload)
    if EARLIEST <= found.corrected_at <= upload.received_at + _TOLERANCE:
        return found
    return replace(found, corrected_at=upload.received_at, trusted=False, clock_changed=True)


def decide(
    events: Sequence[tuple[int, AnyEvent]], facts: Facts, reporter: Reporter, upload: UploadClock, zone: ZoneInfo
) -> list[Decision]:
    """Decide about each event of one upload, given with its place among all that are recorded together (V1, O2)."""
    decisions = []
    for place, event in events:
        time = corrected(event, upload)
        day = business_date_of(time.corrected_at, zone)
        outlet, boot_id = facts.outlets.get(event.outlet_code), event.boot_id or upload.boot_id
        if isinstance(event, CheckInEvent):
            fix = _fix(event.fix)
            digest = content_digest("check_in", reporter.rep_code, _check_in_content(event))
            problems = () if outlet is not None else (_UNKNOWN_OUTLET,)
            made = Decision(reporter, place, event, time, day, outlet, problems, digest, fix, None, boot_id)
        elif isinstance(event, OrderEvent):
            form = order_form(event)
            agreed = facts.agreed.get((event.outlet_code, time.corrected_at), outlet)
            order = judge_order(form, agreed, facts.offers, day, reporter.territory_id)
            digest = content_digest("order", reporter.rep_code, _order_content(form, event))
            fix = _fix(event.fix)
            made = Decision(reporter, place, event, time, day, outlet, order.problems, digest, fix, order, boot_id)
        else:
            found = judge_no_order(event.reason_code, outlet, facts.reasons, reporter.territory_id)
            digest = content_digest("no_order", reporter.rep_code, _no_order_content(event))
            made = Decision(reporter, place, event, time, day, outlet, found, digest, None, None, boot_id)
        decisions.append(made)
    return decisions


def order_form(event: OrderEvent) -> OrderForm:
    """The order form within an event."""
    lines = tuple(OrderFormLine(line.product_code, line.quantity, line.unit_price) for line in event.lines)
    return OrderForm(event.id, event.outlet_code, event.captured_at, event.delivery_date, lines, event.comment)


def order_digest(event: OrderEvent, rep_code: str) -> bytes:
    """The digest of an order's content (O3)."""
    return content_digest("order", rep_code, _order_content(order_form(event), event))


def field_event(decision: Decision, outlet: FieldOutlet) -> FieldEvent:
    """A check-in or an order as the rules of doubt look at it."""
    event, time, fix = decision.event, decision.time, decision.fix
    return FieldEvent(
        id=event.id,
        kind="check_in" if isinstance(event, CheckInEvent) else "order",
        outlet_id=outlet.id,
        outlet_code=outlet.code,
        business_date=decision.business_date,
        captured_at=event.captured_at,
        corrected_at=time.corrected_at,
        trusted=time.trusted,
        clock_changed=time.clock_changed,
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
        accuracy_m=fix.accuracy_m if fix else None,
        fix_at=fix.fix_at if fix else None,
        mock=fix.mock if fix else False,
        device_id=decision.reporter.device_id,
    )


def advanced(
    state: SyncState,
    sequences: Sequence[int],
    sequence_to: int | None,
    upload: UploadClock,
    times: Mapping[int, CorrectedTime],
) -> SyncState:
    """A device's state after an upload with these sequences, whatever became of their events; `times` by sequence.

    What arrived cannot have been sent later: a skew that counts as 0 (T1) may not lift the watermark over a cutoff.
    """
    received = with_sequences(state.received, sequences)
    claimed_at = min(sent_at_corrected(upload), upload.received_at)
    claim = Claim(sequence_to, claimed_at) if sequence_to is not None else None
    reached = times.get(contiguous_to(received))
    return advance(state, received, claim, reached.corrected_at if reached and reached.trusted else None)


def gap_of(device_id: UUID, state: SyncState, on: date) -> Signal | None:
    """The doubt about a device of which numbers are missing, below what it claimed or what arrived (V6)."""
    highest = max(state.received[-1][1] - 1 if state.received else 0, state.claim.sequence_to if state.claim else 0)
    return sequence_gap(device_id, gaps(state.received, highest), highest, on)


_UNKNOWN_OUTLET = FieldProblem("/outlet_code", "unknown_outlet", "There is no outlet with this code.")


def _fix(body: FixBody | None) -> Fix | None:
    if body is None:
        return None
    return Fix(body.lat, body.lon, body.accuracy_m, body.fix_at, body.provider, body.mock)


def _check_in_content(event: CheckInEvent) -> dict[str, Any]:
    return {
        "outlet_code": event.outlet_code,
        "kind": event.kind.value,
        "captured_at": event.captured_at,
        "fix": _fix_content(event.fix),
    }


def _order_content(form: OrderForm, event: OrderEvent) -> dict[str, Any]:
    content = form.content()
    return content if event.fix is None else {**content, "fix": _fix_content(event.fix)}


def _no_order_content(event: NoOrderEvent) -> dict[str, Any]:
    return {
        "outlet_code": event.outlet_code,
        "captured_at": event.captured_at,
        "reason_code": event.reason_code,
        "comment": event.comment,
    }


def _fix_content(fix: FixBody | None) -> list[Any] | None:
    return None if fix is None else [fix.lat, fix.lon, fix.accuracy_m, fix.fix_at, fix.provider, fix.mock]
