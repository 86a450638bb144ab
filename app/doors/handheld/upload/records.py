"""An upload on its way, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.schemas import AnyEvent, UnreadEvent
from app.doors.order_taking.results import Result
from app.field.check_ins.geofence import VerdictPolicy
from app.field.watermarks.rules import SyncState


@dataclass(frozen=True, slots=True)
class Sending:
    """The device's clocks at the sending; `sequence_to`: the highest sequence that it had given out, None untold."""

    sent_at: datetime | None
    monotonic_ms: int | None
    boot_id: str | None
    sequence_to: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """What a device brings: its clocks at the sending, and its events, each read or with what is wrong with it."""

    reporter: Reporter
    sending: Sending
    events: Sequence[AnyEvent | UnreadEvent]


@dataclass(frozen=True, slots=True)
class LastSending:
    """The sending before, and the skew that was measured by it."""

    sent_at: datetime
    boot_id: str
    skew_ms: int


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What was read while the upload's locks were taken. `closed_to`: the last business date that any territory closed.

    `last` is the sending before, where it can be told from others. `several_devices`: whether another device of the rep
    has uploaded, ever.
    """

    state: SyncState
    last: LastSending | None
    zone: ZoneInfo
    order_cutoff: time
    closed_to: date | None
    policy: VerdictPolicy
    several_devices: bool = False


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What became of an upload: a result for each event, in the order sent."""

    received_at: datetime
    skew_ms: int
    watermark_at: datetime | None
    results: Sequence[Result]
