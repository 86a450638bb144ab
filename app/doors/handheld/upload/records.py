"""An upload on its way, as plain values."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.schemas import UnreadEvent
from app.doors.order_taking.events import AnyEvent
from app.doors.order_taking.results import Result
from app.field.check_ins.geofence import VerdictPolicy
from app.field.rejected_events.records import Hold, KnownRejection, first_cutoff
from app.field.watermarks.day_counts import FullDay
from app.field.watermarks.rules import Ranges, SyncState, told_until
from app.ground.values import value
from app.masters.territories.boots import Boot
from app.masters.territories.calendar import TerritoryFacts
from app.planning.workdays.working_hours import WorkingHours


@value(frozen=True, slots=True)
class Sending:
    """The device's clocks at the sending; `sequence_to`: the highest sequence that it had given out, None untold.

    `with_event`: it comes with one event, and `boot_id` is the event's.
    """

    sent_at: datetime | None
    monotonic_ms: int | None
    boot_id: str | None
    sequence_to: int | None = None
    with_event: bool = False


@value(frozen=True, slots=True)
class Upload:
    """What a device brings: its clocks at the sending, and its events, each read or with what is wrong with it."""

    reporter: Reporter
    sending: Sending
    events: Sequence[AnyEvent | UnreadEvent]

    @property
    def boot_ids(self) -> set[str]:
        """The boots that it names: the one of its sending, and those of its events."""
        boot_ids = {event.boot_id if isinstance(event, UnreadEvent) else event.clock.boot_id for event in self.events}
        boot_ids.add(self.sending.boot_id)
        return {boot_id for boot_id in boot_ids if boot_id is not None}

    @property
    def event_names(self) -> set[str]:
        """What its events are known by where they could not be recorded: their ids, and those of their rejections."""
        ids = {str(event.id) for event in self.events if not isinstance(event, UnreadEvent)}
        unread = [event for event in self.events if isinstance(event, UnreadEvent)]
        ids |= {event.id_text for event in unread if event.id_text is not None}
        return ids | {str(rejection_id(self.reporter.device_id, event)) for event in unread}

    @property
    def numbers(self) -> set[int]:
        """The numbers of its events."""
        return {number for event in self.events if (number := sequence_of(event))}


def sequence_of(event: AnyEvent | UnreadEvent) -> int | None:
    """Its number among what its device recorded."""
    return event.sequence if isinstance(event, UnreadEvent) else event.clock.sequence


def rejection_id(device_id: UUID, event: UnreadEvent) -> UUID:
    """The id of the rejection of an event that cannot be read: the same whenever the same content comes again."""
    return uuid5(device_id, event.digest.hex())


@value(frozen=True, slots=True)
class DeviceFacts:
    """What was read while the upload's locks were taken. `closed_to`: the last business date that any territory closed.

    `boots`: what is known of those that the upload names. `several_devices`: whether another device of the rep has
    uploaded, ever; `elsewhere`: what those have sent. `rejections`: of the device's events that could not be recorded,
    those that have come again, or share a number with one of the upload's; `holds`: what the others that stand hold.
    `hours`: when the rep works, None where nobody has agreed on it. `full_days`: dates that may not take all that one
    upload can bring.
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
    holds: Sequence[Hold] = ()
    full_days: Sequence[FullDay] = ()

    def standing_holds(self, settled: Collection[UUID] = ()) -> list[Hold]:
        """The days that rejected events of the device keep open, but for those that are settled now."""
        own = [rejection.hold for rejection in self.rejections if rejection.standing and rejection.id not in settled]
        return [*self.holds, *(hold for hold in own if hold is not None)]

    def told_until(self, at: datetime) -> datetime | None:
        """Up to when the device has told everything, as is known at `at`."""
        return told_until(self.state.watermark_at, first_cutoff(self.standing_holds(), at))


@value(frozen=True, slots=True)
class UploadOutcome:
    """What became of an upload: a result for each event, in the order sent."""

    received_at: datetime
    skew_ms: int
    watermark_at: datetime | None
    results: Sequence[Result]
