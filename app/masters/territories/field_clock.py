"""When a thing recorded in the field happened, and whether the phone's clocks may be believed (T1, T2, T3).

A phone's wall clock may be wrong, be put right by the network, or lie. Its monotonic clock counts on from the boot. The
server's time at which it stood at 0 is the boot's *anchor*: no later than any upload's arrival less its reading, for
transit only ever adds. Anchor and reading together date an event, whatever the wall clock says (decision 55).
"""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from app.ground.values import value
from app.masters.territories.boots import (
    MILLISECOND,
    OLDEST_UNPROVEN,
    SKEW_IGNORED_MS,
    TOLERANCE,
    Boot,
    EventClock,
    HeardUpload,
    counted,
    elapsed_ms,
    is_reading,
    tolerated,
)

_IGNORED = timedelta(milliseconds=SKEW_IGNORED_MS)


class ClockDoubt(StrEnum):
    """What is to be told of an event's time beside whether it is trusted."""

    UNPROVEN_TIME = "unproven_time"
    UNSEEN_BOOT = "unseen_boot"


@value(frozen=True, slots=True)
class CorrectedTime:
    """When an event happened, in the server's time (UTC), and how far that is to be trusted (T2, T3).

    `clock_changed`: wall clock and anchor differ by more than 120 s, or the clocks contradict each other.
    """

    corrected_at: datetime
    trusted: bool
    clock_changed: bool = False
    doubt: ClockDoubt | None = None


@value(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When something happened by every clock (T1), the day that it counts for (T3), and the evidence for it (T2).

    `sequence`: its number among what the device recorded.
    """

    business_date: date
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    skew_ms: int = 0
    trusted: bool = False
    clock_changed: bool = False
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence: int | None = None
    clock_doubt: ClockDoubt | None = None

    @property
    def times(self) -> tuple[datetime, datetime]:
        """When it was captured: as told, and corrected."""
        return self.captured_at, self.corrected_at


STAMP_PATHS = {field.name: f"stamp.{field.name}" for field in fields(Stamp)}
"""The columns of a record that keeps a stamp (`models.Stamped`, and its business date), each with its place in it."""


def correct(event: EventClock, upload: HeardUpload, boot: Boot | None) -> CorrectedTime:
    """When an event happened that came by an upload (T1, T2). `boot`: of the event, as it was before the upload.

    By the anchor of its boot and its monotonic clock: trusted, whatever the wall clock says. Without an anchor by the
    wall clock and the smallest skew of its boot, untrusted. So is what contradicts itself: recorded after it was sent,
    or numbered after, and dated before, what the device had claimed.
    """
    clock = upload.clock
    boot_id = event.boot_id or clock.boot_id
    own = boot_id is not None and boot_id == clock.boot_id
    facts = upload.after if own else boot
    if event.monotonic_ms is None or not is_reading(event.monotonic_ms) or facts is None or facts.anchor_at is None:
        return CorrectedTime(_by_skew(event.captured_at, upload, facts), trusted=False)
    happened_at = facts.anchor_at + event.monotonic_ms * MILLISECOND
    after_sending = own and clock.monotonic_ms is not None and event.monotonic_ms > tolerated(clock.monotonic_ms)
    claims = upload.before if own else boot
    if (
        (own and not upload.sound)
        or after_sending
        or happened_at > clock.received_at + _IGNORED
        or (claims is not None and _breaks_claim(event.monotonic_ms, event.sequence, claims))
    ):
        return CorrectedTime(_by_skew(event.captured_at, upload, facts), trusted=False, clock_changed=True)
    corrected_at = min(happened_at, clock.received_at)
    differs = abs(event.captured_at - corrected_at) > TOLERANCE
    return CorrectedTime(corrected_at, trusted=True, clock_changed=differs)


def within_reach(time: CorrectedTime, received_at: datetime, watermark_at: datetime | None) -> CorrectedTime:
    """An untrusted event is no older than its device's watermark, nor than 14 days, nor ahead of its arrival (T3).

    Else all that is known is that it had happened by then, and that is told.
    """
    oldest = received_at - OLDEST_UNPROVEN
    if watermark_at is not None:
        oldest = max(oldest, watermark_at)
    if time.trusted or oldest - _IGNORED <= time.corrected_at <= received_at:
        return time
    if received_at < time.corrected_at <= received_at + _IGNORED:
        return replace(time, corrected_at=received_at)
    return replace(time, corrected_at=received_at, doubt=ClockDoubt.UNPROVEN_TIME)


def boot_doubt(time: CorrectedTime, first_heard_at: datetime | None, closes_at: datetime) -> ClockDoubt | None:
    """What is to be told of an event's time: also that it lies before its day's cutoff, by a boot not known by then.

    `closes_at`: the cutoff.
    """
    if not time.trusted or first_heard_at is None or first_heard_at <= time.corrected_at:
        return time.doubt
    return ClockDoubt.UNSEEN_BOOT if time.corrected_at <= closes_at < first_heard_at else time.doubt


def _breaks_claim(monotonic_ms: int, sequence: int | None, boot: Boot) -> bool:
    """Whether an event has a number that the device had not given out yet, and a time before it said so."""
    if not sequence or boot.claimed_to is None or boot.claimed_ms is None:
        return False
    return sequence > boot.claimed_to and tolerated(monotonic_ms) < boot.claimed_ms


def _by_skew(captured_at: datetime, upload: HeardUpload, boot: Boot | None) -> datetime:
    """The wall clock's time, corrected by the smallest skew of its boot (T1); the arrival, beyond the calendar."""
    skews = [] if upload.clock.sent_at is None else [elapsed_ms(upload.clock.sent_at, upload.clock.received_at)]
    if boot is not None and boot.skew_ms is not None:
        skews = [boot.skew_ms]
    try:
        return (captured_at + timedelta(milliseconds=counted(min(skews, default=0)))).astimezone(UTC)
    except OverflowError:
        return upload.clock.received_at
