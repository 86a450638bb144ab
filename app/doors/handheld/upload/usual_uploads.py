"""Uploads and check-ins as nearly every handheld writes them (`order_taking.usual_bodies`)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.doors.handheld.upload.records import Sending
from app.doors.handheld.upload.schemas import MOST_EVENTS
from app.doors.order_taking.events import AnyEvent, CheckInEvent, NoOrderEvent
from app.doors.order_taking.usual_bodies import (
    Comment,
    Count,
    ShortText,
    UsualFix,
    UsualOrder,
    check_codes,
    instant,
    plain,
    read,
)
from app.field.check_ins.records import CheckInKind
from app.ground.values import value
from app.masters.territories.boots import EventClock


class _CheckIn(Struct, forbid_unknown_fields=True, gc=False):
    id: UUID
    outlet_code: str
    captured_at: str
    kind: CheckInKind
    sequence: Count | None = None
    monotonic_ms: Count | None = None
    boot_id: ShortText | None = None
    fix: UsualFix | None = None

    def event(self) -> CheckInEvent:
        check_codes([self.outlet_code])
        clock = EventClock(instant(self.captured_at), self.monotonic_ms, plain(self.boot_id), self.sequence)
        return CheckInEvent(self.id, self.outlet_code, clock, self.kind, None if self.fix is None else self.fix.fix())


class _SingleCheckIn(_CheckIn, forbid_unknown_fields=True, gc=False):
    type: Literal["check_in"] = "check_in"
    sent_at: str | None = None
    sent_monotonic_ms: Count | None = None


class _CheckInAmongOthers(_CheckIn, tag_field="type", tag="check_in", forbid_unknown_fields=True, gc=False):
    pass


class _OrderAmongOthers(UsualOrder, tag_field="type", tag="order", forbid_unknown_fields=True, gc=False):
    pass


class _NoOrderAmongOthers(Struct, tag_field="type", tag="no_order", forbid_unknown_fields=True, gc=False):
    id: UUID
    outlet_code: str
    captured_at: str
    reason_code: str
    comment: Comment | None = ""
    sequence: Count | None = None
    monotonic_ms: Count | None = None
    boot_id: ShortText | None = None

    def event(self) -> NoOrderEvent:
        check_codes([self.outlet_code, self.reason_code])
        clock = EventClock(instant(self.captured_at), self.monotonic_ms, plain(self.boot_id), self.sequence)
        return NoOrderEvent(self.id, self.outlet_code, clock, self.reason_code, plain(self.comment) or "")


_Event = _CheckInAmongOthers | _OrderAmongOthers | _NoOrderAmongOthers


class _Upload(Struct, forbid_unknown_fields=True, gc=False):
    sent_at: str
    events: Annotated[list[_Event], Meta(max_length=MOST_EVENTS)]
    monotonic_ms: Count | None = None
    boot_id: ShortText | None = None
    sequence_to: Count | None = None


@value(frozen=True, slots=True)
class UsualUpload:
    """An upload of which nothing had to be repaired."""

    sending: Sending
    events: list[AnyEvent]


SingleCheckIn = tuple[CheckInEvent, datetime | None, int | None]
"""A check-in, and when it was sent by the device's clocks."""


def read_upload(body: bytes) -> UsualUpload | None:
    """An upload, where it is written as usual."""
    return read(_UPLOAD.decode, _upload, body)


def read_check_in(body: bytes) -> SingleCheckIn | None:
    """One check-in, where it is written as usual."""
    return read(_CHECK_IN.decode, _single_check_in, body)


def _upload(body: _Upload) -> UsualUpload:
    sending = Sending(instant(body.sent_at), body.monotonic_ms, plain(body.boot_id), body.sequence_to)
    return UsualUpload(sending, [event.event() for event in body.events])


def _single_check_in(body: _SingleCheckIn) -> SingleCheckIn:
    return body.event(), None if body.sent_at is None else instant(body.sent_at), body.sent_monotonic_ms


_UPLOAD = msgspec.json.Decoder(_Upload)
_CHECK_IN = msgspec.json.Decoder(_SingleCheckIn)
