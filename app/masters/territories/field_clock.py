"""When a thing recorded in the field happened, and whether the phone's clocks may be believed (T1, T2, T3).

A phone's wall clock may be wrong, be put right by the network, or lie. Its monotonic clock counts on from the boot. The
server's time at which it stood at 0 is the boot's *anchor*: no later than any upload's arrival less its reading, for
transit only ever adds. Anchor and reading together date an event, whatever the wall clock says (decision 55).
"""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

SKEW_IGNORED_MS = 2_000
CLOCK_TOLERANCE_MS = 120_000
MONOTONIC_TOLERANCE_MS = 2_000
MOST_MONOTONIC_MS = 10 * 366 * 86_400_000
"""No phone runs for ten years."""
OLDEST_UNPROVEN = timedelta(days=14)
"""An event that nothing proves is no older than this (T3)."""

Reading = TypeVar("Reading", int, datetime)

_MILLISECOND = timedelta(milliseconds=1)
_TOLERANCE = timedelta(milliseconds=CLOCK_TOLERANCE_MS)
_IGNORED = timedelta(milliseconds=SKEW_IGNORED_MS)


class ClockDoubt(StrEnum):
    """What is to be told of an event's time beside whether it is trusted."""

    UNPROVEN_TIME = "unproven_time"
    UNSEEN_BOOT = "unseen_boot"


@dataclass(frozen=True, slots=True)
class UploadClock:
    """The clocks at an upload: the device's wall clock, the server's, and the device's time since its boot.

    `sent_at` None: not told. `sequence_to`: how far the device had counted its events.
    """

    sent_at: datetime | None
    received_at: datetime
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence_to: int | None = None


@dataclass(frozen=True, slots=True)
class EventClock:
    """The device's clocks when an event was recorded; without a `boot_id` of its own the upload's counts."""

    captured_at: datetime
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Boot:
    """What is known of one boot of a device.

    `anchor_at`: the server's time at its beginning, at the latest; `skew_ms`: the smallest that was measured in it. The
    highest `monotonic_ms` that an upload told, with its `sent_at`; the highest that came with a claim (`claimed_ms`),
    with the number that events had reached by then (`claimed_to`).
    """

    boot_id: str
    first_heard_at: datetime
    anchor_at: datetime | None = None
    skew_ms: int | None = None
    monotonic_ms: int | None = None
    sent_at: datetime | None = None
    claimed_ms: int | None = None
    claimed_to: int | None = None


@dataclass(frozen=True, slots=True)
class HeardUpload:
    """An upload's clocks, held against what was known of its boot `before`, and what is known `after` it.

    `sound`: nothing contradicts its monotonic clock. Both None: an upload that names no boot.
    """

    clock: UploadClock
    before: Boot | None = None
    after: Boot | None = None
    sound: bool = True

    @property
    def anchored_at(self) -> datetime | None:
        """When it was sent, by the anchor of its boot."""
        boot, reading = self.after, self.clock.monotonic_ms
        if boot is None or boot.anchor_at is None or reading is None or not self.sound:
            return None
        return min(boot.anchor_at + reading * _MILLISECOND, self.clock.received_at)

    @property
    def skew_ms(self) -> int:
        """How far the server's clock is ahead of the device's, by the anchor or the arrival; under 2 s it is 0 (T1)."""
        if self.clock.sent_at is None:
            return 0
        return _counted(_elapsed_ms(self.clock.sent_at, self.anchored_at or self.clock.received_at))

    @property
    def built_at(self) -> datetime:
        """When it was made at the latest, never too late: a request may wait for hours on its way (C4).

        By the anchor, once another request has borne that out; else by the wall clock, or the arrival where that is
        nonsense. A watermark that claims this never claims more than has arrived.
        """
        received_at, sent_at, anchored_at = self.clock.received_at, self.clock.sent_at, self.anchored_at
        facts = self.before is not None and self.before.anchor_at is not None
        if anchored_at is not None and (facts or sent_at is None or sent_at < received_at - OLDEST_UNPROVEN):
            return anchored_at
        return min(sent_at or received_at, anchored_at or received_at)


@dataclass(frozen=True, slots=True)
class CorrectedTime:
    """When an event happened, in the server's time (UTC), and how far that is to be trusted (T2, T3).

    `clock_changed`: wall clock and anchor differ by more than 120 s, or the clocks contradict each other.
    """

    corrected_at: datetime
    trusted: bool
    clock_changed: bool = False
    doubt: ClockDoubt | None = None


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
    clock_doubt: ClockDoubt | None = None

    @property
    def times(self) -> tuple[datetime, datetime]:
        """When it was captured: as told, and corrected."""
        return self.captured_at, self.corrected_at


STAMP_PATHS = {field.name: f"stamp.{field.name}" for field in fields(Stamp)}
"""The columns of a record that keeps a stamp (`models.Stamped`, and its business date), each with its place in it."""


def hear(boot: Boot | None, clock: UploadClock) -> HeardUpload:
    """What an upload tells of its boot, of which `boot` is known (T2); None: it is heard of for the first time.

    Its monotonic clock is not believed, and teaches nothing, where it has run backwards, or where it would set the
    boot's beginning more than 120 s earlier than requests before showed; but for the case that those had waited on
    their way: then the wall clock, which was right at this one, says the same as the monotonic one.
    """
    if clock.boot_id is None:
        return HeardUpload(clock)
    boot_id, reading = clock.boot_id, clock.monotonic_ms if _is_reading(clock.monotonic_ms) else None
    clock = replace(clock, monotonic_ms=reading)
    measured = None if clock.sent_at is None else _elapsed_ms(clock.sent_at, clock.received_at)
    anchor = None if clock.monotonic_ms is None else clock.received_at - clock.monotonic_ms * _MILLISECOND
    heard = Boot(
        boot_id,
        clock.received_at,
        anchor,
        measured,
        clock.monotonic_ms,
        clock.sent_at,
        *((clock.monotonic_ms, clock.sequence_to) if None not in (clock.monotonic_ms, clock.sequence_to) else ()),
    )
    if boot is None:
        return HeardUpload(clock, None, heard)
    if anchor is not None and _contradicts(boot, anchor, clock):
        return HeardUpload(clock, boot, boot, sound=False)
    return HeardUpload(clock, boot, _together(boot, heard))


def hear_with(boot: Boot | None, clock: UploadClock, event: EventClock) -> HeardUpload:
    """What the sending of a single event tells, which names one boot: the one in which the event was recorded (T2).

    It was sent in another where the monotonic clock stands lower than then, or than it had stood in that boot: after a
    reboot. It says nothing of the event's boot then, and of its own it has no name.
    """
    heard, reading = hear(boot, clock), clock.monotonic_ms
    highest = max(event.monotonic_ms or 0, 0 if heard.sound or boot is None else boot.monotonic_ms or 0)
    if reading is None or _tolerated(reading) >= highest:
        return heard
    return hear(None, replace(clock, monotonic_ms=None, boot_id=None))


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
    by_skew = _by_skew(event.captured_at, upload, facts)
    if event.monotonic_ms is None or not _is_reading(event.monotonic_ms) or facts is None or facts.anchor_at is None:
        return CorrectedTime(by_skew, trusted=False)
    happened_at = facts.anchor_at + event.monotonic_ms * _MILLISECOND
    after_sending = own and clock.monotonic_ms is not None and event.monotonic_ms > _tolerated(clock.monotonic_ms)
    claims = upload.before if own else boot
    if (
        (own and not upload.sound)
        or after_sending
        or happened_at > clock.received_at + _IGNORED
        or (claims is not None and _breaks_claim(event.monotonic_ms, event.sequence, claims))
    ):
        return CorrectedTime(by_skew, trusted=False, clock_changed=True)
    corrected_at = min(happened_at, clock.received_at)
    differs = abs(event.captured_at - corrected_at) > _TOLERANCE
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


def _is_reading(monotonic_ms: int | None) -> bool:
    return monotonic_ms is not None and 0 <= monotonic_ms <= MOST_MONOTONIC_MS


def _contradicts(boot: Boot, anchor: datetime, clock: UploadClock) -> bool:
    reading = clock.monotonic_ms or 0
    if boot.monotonic_ms is None or boot.sent_at is None or clock.sent_at is None:
        return boot.anchor_at is not None and anchor < boot.anchor_at - _TOLERANCE
    elapsed, by_wall = reading - boot.monotonic_ms, _elapsed_ms(boot.sent_at, clock.sent_at)
    if elapsed < -CLOCK_TOLERANCE_MS and _was_made_later(boot, clock, reading, by_wall):
        return True
    if boot.anchor_at is None or anchor >= boot.anchor_at - _TOLERANCE:
        return False
    in_step = abs(elapsed - by_wall) <= CLOCK_TOLERANCE_MS
    return not (in_step and clock.sent_at <= clock.received_at + _TOLERANCE)


def _was_made_later(boot: Boot, clock: UploadClock, reading: int, by_wall_ms: int) -> bool:
    """Whether a request whose reading is the lower one was made after those before: then its clock began again.

    Else it has waited on its way. The count of events tells the two apart, for it only grows. Where none is told the
    wall clock does, if it was right when the request was sent: it may have been put right between the two.
    """
    if clock.sequence_to is not None and boot.claimed_to is not None and reading <= (boot.claimed_ms or 0):
        return clock.sequence_to > boot.claimed_to
    return by_wall_ms > 0 and clock.sent_at is not None and abs(clock.received_at - clock.sent_at) <= _TOLERANCE


def _together(boot: Boot, heard: Boot) -> Boot:
    newest = heard if (heard.monotonic_ms or 0) > (boot.monotonic_ms or -1) else boot
    claims = heard if (heard.claimed_ms or -1) > (boot.claimed_ms or -1) else boot
    return Boot(
        boot.boot_id,
        boot.first_heard_at,
        _smaller(boot.anchor_at, heard.anchor_at),
        _smaller(boot.skew_ms, heard.skew_ms),
        newest.monotonic_ms,
        newest.sent_at,
        claims.claimed_ms,
        claims.claimed_to,
    )


def _smaller(first: Reading | None, other: Reading | None) -> Reading | None:
    return first if other is None else other if first is None else min(first, other)


def _breaks_claim(monotonic_ms: int, sequence: int | None, boot: Boot) -> bool:
    """Whether an event has a number that the device had not given out yet, and a time before it said so."""
    if not sequence or boot.claimed_to is None or boot.claimed_ms is None:
        return False
    return sequence > boot.claimed_to and _tolerated(monotonic_ms) < boot.claimed_ms


def _tolerated(monotonic_ms: int) -> int:
    return monotonic_ms + MONOTONIC_TOLERANCE_MS


def _by_skew(captured_at: datetime, upload: HeardUpload, boot: Boot | None) -> datetime:
    """The wall clock's time, corrected by the smallest skew of its boot (T1); the arrival, beyond the calendar."""
    skews = [] if upload.clock.sent_at is None else [_elapsed_ms(upload.clock.sent_at, upload.clock.received_at)]
    if boot is not None and boot.skew_ms is not None:
        skews = [boot.skew_ms]
    try:
        return (captured_at + timedelta(milliseconds=_counted(min(skews, default=0)))).astimezone(UTC)
    except OverflowError:
        return upload.clock.received_at


def _counted(skew_ms: int) -> int:
    return 0 if abs(skew_ms) < SKEW_IGNORED_MS else skew_ms


def _elapsed_ms(start: datetime, end: datetime) -> int:
    return int((end - start) / _MILLISECOND)
