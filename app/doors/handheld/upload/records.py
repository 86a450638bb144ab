"""An upload on its way, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.schemas import AnyEvent, UnreadEvent
from app.doors.order_taking.results import Result
from app.field.check_ins.geofence import VerdictPolicy
from app.field.rejected_events.records import KnownRejection, first_hold
from app.field.watermarks.rules import Ranges, SyncState, told_until
from app.masters.territories.calendar import TerritoryFacts
from app.masters.territories.field_clock import Boot
from app.planning.workdays.working_hours import WorkingHours


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

    @property
    def boot_ids(self) -> set[str]:
        """The boots that it names: the one of its sending, and those of its events."""
        clocks = [event.clock for event in self.events]
        own = [clock.boot_id for clock in clocks if clock is not None]
        return {boot_id for boot_id in (self.sending.boot_id, *own) if boot_id is not None}


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What was read while the upload's locks were taken. `closed_to`: the last business date that any territory closed.

    `boots`: what is known of those that the upload names. `several_devices`: whether another device of the rep has
    uploaded, ever; `elsewhere`: what those have sent. `rejections`: the device's events that could not be recorded.
    `hours`: when the rep works, None where nobody has agreed on it.
    """

    state: SyncState
    boots: Mapping[str, Boot]
    territory: TerritoryFacts
    closed_to: date | None
    policy: VerdictPolicy
    hours: WorkingHours | None = None
    several_devices: bool = False
    elsewhere: Ranges = ()
    rejections: Sequence[KnownRejection] = ()

    def told_until(self, at: datetime) -> datetime | None:
        """Up to when the device has told everything, as is known at `at`."""
        return told_until(self.state.watermark_at, first_hold(self.rejections, at))


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What became of an upload: a result for each event, in the order sent."""

    received_at: datetime
    skew_ms: int
    watermark_at: datetime | None
    results: Sequence[Result]
