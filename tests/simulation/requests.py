"""What phones and the office send: bodies as the doors read them, with the clocks that the phones show."""

from datetime import datetime, timedelta
from typing import Any

from app.doors.handheld.upload.records import Sending
from app.doors.handheld.upload.records import Upload as Brought
from app.doors.handheld.upload.schemas import UploadBody, read_event
from app.doors.order_taking.schemas import OrderAmendmentBody, OrderCancellationBody
from tests.factories.handheld import make_fix
from tests.simulation.days import Boot, Phone, Tap
from tests.simulation.deliveries import EditRequest, Upload
from tests.simulation.oracle import PLACED
from tests.simulation.stages import Stage, instant, place_of


def upload_of(stage: Stage, upload: Upload) -> Brought:
    """An upload as the door has read it."""
    phone = stage.facts.phones[upload.phone]
    boot, since = phone.boot_at(upload.built_at), phone.counts_from(upload.built_at)
    counted = [tap for tap in stage.facts.taps_of(upload.phone) if since <= tap.minute <= upload.built_at]
    body = UploadBody.model_validate(
        {
            "sent_at": _wall(phone, upload.built_at).isoformat(),
            "monotonic_ms": _monotonic_ms(boot, upload.built_at),
            "boot_id": boot.id,
            "sequence_to": len(counted),
            "events": [_event(stage, phone, stage.facts.tap(id_)) for id_ in upload.taps],
        }
    )
    sending = Sending(body.sent_at, body.monotonic_ms, body.boot_id, body.sequence_to)
    return Brought(stage.reporter(upload.phone), sending, [read_event(raw) for raw in body.events])


def cancellation_of(stage: Stage, request: EditRequest) -> OrderCancellationBody:
    """The body that cancels an order."""
    clocks = {} if request.edit.by_office else _clocks(stage, request)
    return OrderCancellationBody.model_validate({"reason": "the outlet called", **clocks})


def amendment_of(stage: Stage, request: EditRequest) -> OrderAmendmentBody:
    """The body that amends an order."""
    edit = request.edit
    order = stage.facts.tap(edit.order)
    clocks = {"captured_at": instant(edit.minute).isoformat()} if edit.by_office else _clocks(stage, request)
    return OrderAmendmentBody.model_validate(_form(stage, order, edit.quantity or PLACED) | clocks)


def _event(stage: Stage, phone: Phone, tap: Tap) -> dict[str, Any]:
    boot, place, captured_at = phone.boot_at(tap.minute), place_of(tap.outlet), _wall(phone, tap.minute)
    at = {"there": place, "away": (place[0] + 0.004, place[1] + 0.02), "none": None}[tap.place]
    # some receivers tell the satellites' time, others the phone's
    fix_at = instant(tap.minute) if boot.anchored and tap.sequence % 2 else captured_at
    event: dict[str, Any] = {
        "type": "order" if tap.kind == "order" else "check_in",
        "id": str(tap.id),
        "sequence": tap.sequence,
        "outlet_code": stage.outlets[tap.outlet].code,
        "captured_at": captured_at.isoformat(),
        "monotonic_ms": _monotonic_ms(boot, tap.minute),
        "boot_id": boot.id,
        "fix": None if at is None else make_fix(at, time=fix_at),
    }
    return event | (_form(stage, tap, PLACED) if tap.kind == "order" else {"kind": tap.kind})


def _form(stage: Stage, order: Tap, quantity: int) -> dict[str, Any]:
    line = {"product_code": stage.product, "quantity": str(quantity), "unit_price": "1.15"}
    outlet_code = stage.outlets[order.outlet].code
    return {"outlet_code": outlet_code, "delivery_date": "2026-12-01", "lines": [line], "comment": ""}


def _clocks(stage: Stage, request: EditRequest) -> dict[str, Any]:
    """A phone's clocks at an edit and at its sending; the boot is the edit's, so only in that its clock is told."""
    minute = request.edit.minute
    phone = stage.facts.phones[stage.facts.tap(request.edit.order).phone]
    boot = phone.boot_at(minute)
    same_boot = phone.boot_at(request.built_at) == boot
    return {
        "captured_at": _wall(phone, minute).isoformat(),
        "monotonic_ms": _monotonic_ms(boot, minute),
        "boot_id": boot.id,
        "sent_at": _wall(phone, request.built_at).isoformat(),
        "sent_monotonic_ms": _monotonic_ms(boot, request.built_at) if same_boot else None,
    }


def _wall(phone: Phone, minute: float) -> datetime:
    return instant(minute) + timedelta(minutes=phone.ahead_at(minute))


def _monotonic_ms(boot: Boot, minute: float) -> int | None:
    return None if boot.dark else round((minute - boot.booted_at) * 60_000)
