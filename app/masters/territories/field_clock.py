"""When a thing recorded in the field happened, and whether the phone's clock may be believed (T1, T2)."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from app.ground.web.fields import FIRST_YEAR

SKEW_IGNORED_MS = 2_000
CLOCK_TOLERANCE_MS = 120_000
MONOTONIC_TOLERANCE_MS = 2_000

_MILLISECOND = timedelta(milliseconds=1)
_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(milliseconds=CLOCK_TOLERANCE_MS + MONOTONIC_TOLERANCE_MS)
"""As far as an event's time may lie after its arrival with the monotonic clock's blessing."""


@dataclass(frozen=True, slots=True)
class UploadClock:
    """The clocks at an upload: the device's wall clock, the server's, and the device's time since its boot."""

    sent_at: datetime
    received_at: datetime
    monotonic_ms: int | None = None
    boot_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventClock:
    """The device's clocks when an event was recorded; without a `boot_id` of its own the upload's counts."""

    captured_at: datetime
    monotonic_ms: int | None = None
    boot_id: str | None = None


class ClockEvidence(StrEnum):
    """What the monotonic clock says about the wall clock between event and upload."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    MISSING = "missing"
    OTHER_BOOT = "other_boot"


@dataclass(frozen=True, slots=True)
class CorrectedTime:
    """When an event happened, in the server's time (UTC), and how far that is to be trusted.

    `drift_ms` is what elapsed on the monotonic clock less what elapsed on the wall clock, where both are known.
    """

    corrected_at: datetime
    skew_ms: int
    trusted: bool
    clock_changed: bool
    evidence: ClockEvidence
    drift_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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


STAMP_PATHS = {field.name: f"stamp.{field.name}" for field in fields(Stamp)}
"""The columns of a record that keeps a stamp (`models.Stamped`, and its business date), each with its place in it."""


def skew_ms(upload: UploadClock) -> int:
    """How far the server's clock is ahead of the device's; under 2 s it counts as 0, being mostly the way (T1)."""
    measured_ms = _elapsed_ms(upload.sent_at, upload.received_at)
    return 0 if abs(measured_ms) < SKEW_IGNORED_MS else measured_ms


def sent_at_corrected(upload: UploadClock) -> datetime:
    """When the upload was sent, in the server's time: what a watermark claims (T1)."""
    return _shifted(upload.sent_at, skew_ms(upload), upload.received_at)


def correct(event: EventClock, upload: UploadClock) -> CorrectedTime:
    """Correct the time of an event that came by an upload (T1), and weigh its clock evidence (T2).

    Trusted when, within one boot, monotonic and wall clock agree within 120 s. When they do not, or the event claims to
    have been recorded after the upload left, the clock was changed: untrusted, and counted back from the server's own
    clock by the monotonic one, where that does not run backwards. Without evidence untrusted, corrected by skew.
    A result beyond the calendar (years 1 to 9999) becomes `received_at`.
    """
    skew = skew_ms(upload)
    by_skew = _shifted(event.captured_at, skew, upload.received_at)
    boot_id = event.boot_id if event.boot_id is not None else upload.boot_id
    if event.monotonic_ms is None or upload.monotonic_ms is None or boot_id is None or upload.boot_id is None:
        return CorrectedTime(by_skew, skew, trusted=False, clock_changed=False, evidence=ClockEvidence.MISSING)
    if boot_id != upload.boot_id:
        return CorrectedTime(by_skew, skew, trusted=False, clock_changed=False, evidence=ClockEvidence.OTHER_BOOT)
    elapsed = upload.monotonic_ms - event.monotonic_ms
    drift = elapsed - _elapsed_ms(event.captured_at, upload.sent_at)
    if abs(drift) <= CLOCK_TOLERANCE_MS and elapsed >= -MONOTONIC_TOLERANCE_MS:
        return CorrectedTime(
            by_skew, skew, trusted=True, clock_changed=False, evidence=ClockEvidence.AGREES, drift_ms=drift
        )
    corrected_at = _shifted(upload.received_at, -elapsed, upload.received_at) if elapsed >= 0 else by_skew
    return CorrectedTime(
        corrected_at, skew, trusted=False, clock_changed=True, evidence=ClockEvidence.CONTRADICTS, drift_ms=drift
    )


def correct_within_calendar(event: EventClock, upload: UploadClock) -> CorrectedTime:
    """`correct`, of any clock readings that can be sent.

    A time that would lie more than 122 s after its own arrival, or before the year 2000, shows by itself that the clock
    was changed: all that is known is that it happened by `received_at`.
    """
    time = correct(event, upload)
    if _EARLIEST <= time.corrected_at <= upload.received_at + _TOLERANCE:
        return time
    return replace(time, corrected_at=upload.received_at, trusted=False, clock_changed=True)


def _elapsed_ms(start: datetime, end: datetime) -> int:
    return int((end - start) / _MILLISECOND)


def _shifted(instant: datetime, by_ms: int, beyond_calendar: datetime) -> datetime:
    try:
        return (instant + timedelta(milliseconds=by_ms)).astimezone(UTC)
    except OverflowError:
        return beyond_calendar.astimezone(UTC)
