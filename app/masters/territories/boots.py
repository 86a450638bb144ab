"""What is known of a phone's boots, and what an upload's clocks tell of them (T2).

A boot's *anchor* is the server's time at which its monotonic clock stood at 0: no later than any upload's arrival less
its reading, for transit only ever adds (decision 55).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from app.ground.values import value

SKEW_IGNORED_MS = 2_000
CLOCK_TOLERANCE_MS = 120_000
MONOTONIC_TOLERANCE_MS = 2_000
MOST_MONOTONIC_MS = 10 * 366 * 86_400_000
"""No phone runs for ten years."""
OLDEST_UNPROVEN = timedelta(days=14)
"""An event that nothing proves is no older than this (T3)."""
MILLISECOND = timedelta(milliseconds=1)
TOLERANCE = timedelta(milliseconds=CLOCK_TOLERANCE_MS)

Reading = TypeVar("Reading", int, datetime)


@value(frozen=True, slots=True)
class UploadClock:
    """The clocks at an upload: the device's wall clock, the server's, and the device's time since its boot.

    `sent_at` None: not told. `sequence_to`: how far the device had counted its events.
    """

    sent_at: datetime | None
    received_at: datetime
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence_to: int | None = None


@value(frozen=True, slots=True)
class EventClock:
    """The device's clocks when an event was recorded; without a `boot_id` of its own the upload's counts."""

    captured_at: datetime
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence: int | None = None


@value(frozen=True, slots=True)
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


@value(frozen=True, slots=True)
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
        return min(boot.anchor_at + reading * MILLISECOND, self.clock.received_at)

    @property
    def skew_ms(self) -> int:
        """How far the server's clock is ahead of the device's, by the anchor or the arrival; under 2 s it is 0 (T1)."""
        if self.clock.sent_at is None:
            return 0
        return counted(elapsed_ms(self.clock.sent_at, self.anchored_at or self.clock.received_at))

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


def hear(boot: Boot | None, clock: UploadClock) -> HeardUpload:
    """What an upload tells of its boot, of which `boot` is known (T2); None: it is heard of for the first time.

    Its monotonic clock is not believed, and teaches nothing, where it has run backwards, or where it would set the
    boot's beginning more than 120 s earlier than requests before showed; but for the case that those had waited on
    their way: then the wall clock, which was right at this one, says the same as the monotonic one.
    """
    if clock.boot_id is None:
        return HeardUpload(clock)
    boot_id, reading = clock.boot_id, clock.monotonic_ms if is_reading(clock.monotonic_ms) else None
    clock = replace(clock, monotonic_ms=reading)
    measured = None if clock.sent_at is None else elapsed_ms(clock.sent_at, clock.received_at)
    anchor = None if clock.monotonic_ms is None else clock.received_at - clock.monotonic_ms * MILLISECOND
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
    if reading is None or tolerated(reading) >= highest:
        return heard
    return hear(None, replace(clock, monotonic_ms=None, boot_id=None))


def _contradicts(boot: Boot, anchor: datetime, clock: UploadClock) -> bool:
    reading = clock.monotonic_ms or 0
    if boot.monotonic_ms is None or boot.sent_at is None or clock.sent_at is None:
        return boot.anchor_at is not None and anchor < boot.anchor_at - TOLERANCE
    elapsed, by_wall = reading - boot.monotonic_ms, elapsed_ms(boot.sent_at, clock.sent_at)
    if elapsed < -CLOCK_TOLERANCE_MS and _was_made_later(boot, clock, reading, by_wall):
        return True
    if boot.anchor_at is None or anchor >= boot.anchor_at - TOLERANCE:
        return False
    in_step = abs(elapsed - by_wall) <= CLOCK_TOLERANCE_MS
    return not (in_step and clock.sent_at <= clock.received_at + TOLERANCE)


def _was_made_later(boot: Boot, clock: UploadClock, reading: int, by_wall_ms: int) -> bool:
    """Whether a request whose reading is the lower one was made after those before: then its clock began again.

    Else it has waited on its way. The count of events tells the two apart, for it only grows. Where none is told the
    wall clock does, if it was right when the request was sent: it may have been put right between the two.
    """
    if clock.sequence_to is not None and boot.claimed_to is not None and reading <= (boot.claimed_ms or 0):
        return clock.sequence_to > boot.claimed_to
    return by_wall_ms > 0 and clock.sent_at is not None and abs(clock.received_at - clock.sent_at) <= TOLERANCE


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


def is_reading(monotonic_ms: int | None) -> bool:
    """Whether a monotonic clock can show this."""
    return monotonic_ms is not None and 0 <= monotonic_ms <= MOST_MONOTONIC_MS


def tolerated(monotonic_ms: int) -> int:
    """A reading, and what two readings of one moment may differ by."""
    return monotonic_ms + MONOTONIC_TOLERANCE_MS


def counted(skew_ms: int) -> int:
    """A skew as it counts: under 2 s it is 0 (T1)."""
    return 0 if abs(skew_ms) < SKEW_IGNORED_MS else skew_ms


def elapsed_ms(start: datetime, end: datetime) -> int:
    """Milliseconds from one instant to another."""
    return int((end - start) / MILLISECOND)
