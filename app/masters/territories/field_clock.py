"""When a thing recorded in the field happened, and whether the phone's clock may be believed (T1, T2)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

SKEW_IGNORED_MS = 2_000
CLOCK_TOLERANCE_MS = 120_000
MONOTONIC_TOLERANCE_MS = 2_000

_MILLISECOND = timedelta(milliseconds=1)


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
    have been recorded after the upload left, the clock was changed: untrusted, and reckoned back from the server's own
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


def _elapsed_ms(start: datetime, end: datetime) -> int:
    return int((end - start) / _MILLISECOND)


def _shifted(instant: datetime, by_ms: int, beyond_calendar: datetime) -> datetime:
    try:
        return (instant + timedelta(milliseconds=by_ms)).astimezone(UTC)
    except OverflowError:
        return beyond_calendar.astimezone(UTC)
