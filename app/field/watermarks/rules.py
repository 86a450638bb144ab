"""Which of a device's events have arrived, and up to when the server therefore has everything: the watermark.

A device numbers its events 1, 2, 3 … across boots. What arrived is a set of half-open ranges [lo, hi), sorted and apart
from one another, as PostgreSQL keeps an int8multirange. Whatever way the events are split into uploads and in whatever
order those arrive, once everything is there the watermark is the latest time that any upload claimed.

A counter may start over (an app that was reinstalled, a backup that was restored), go on under a new enrolment of the
same phone, or lose numbers for good: decision 56. Why it follows from sequences: decision 5.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.ground.values import value
from app.masters.territories.boots import CLOCK_TOLERANCE_MS, HeardUpload

Range = tuple[int, int]
Ranges = tuple[Range, ...]

GRACE = timedelta(hours=72)
"""So long after a day's cutoff what arrives can still change what the day came to (C4)."""
_TOLERANCE = timedelta(milliseconds=CLOCK_TOLERANCE_MS)
_BEFORE = timedelta(milliseconds=1)


@value(frozen=True, slots=True)
class SequenceClaim:
    """An upload's word that at `claimed_at` (its corrected sending) the device had recorded up to `sequence_to`."""

    sequence_to: int
    claimed_at: datetime


@value(frozen=True, slots=True)
class SyncState:
    """What is known of one device: ranges received, the latest claim yet made, the watermark.

    `given_up`: numbers that a supervisor no longer waits for. `inherited`: what had arrived under other enrolments of
    the same phone. `counter_since`: when the present count began, None for the first; what was sent before belongs to
    an earlier one. `restarted_at`: when it was last proven that the counter had started over.
    """

    received: Ranges = ()
    claim: SequenceClaim | None = None
    watermark_at: datetime | None = None
    given_up: Ranges = ()
    inherited: Ranges = ()
    counter_since: datetime | None = None
    restarted_at: datetime | None = None

    @property
    def arrived(self) -> Ranges:
        """The numbers that nothing waits for, but for those that were given up."""
        return united(self.received, self.inherited) if _goes_on(self.received, self.inherited) else self.received

    @property
    def counted(self) -> Ranges:
        """The numbers that nothing waits for."""
        return united(self.arrived, self.given_up)


@dataclass(frozen=True, slots=True)
class CounterRestart:
    """The proof that a device's counter has started over, or gave a number twice.

    `sequence`: a number that came with two events; None: an upload claimed less than one before it. `claimed_to`: what
    it claimed; `known_to`: how far the device had counted as far as was known; `missing`: what had not arrived of that.
    """

    sequence: int | None
    claimed_to: int | None
    known_to: int
    missing: Ranges = ()


def with_sequences(received: Ranges, sequences: Iterable[int]) -> Ranges:
    """The ranges with more numbers in them. Raises ValueError for a number below 1."""
    ranges = united(received, [(sequence, sequence + 1) for sequence in sequences])
    if ranges and ranges[0][0] < 1:
        raise ValueError("a sequence starts at 1")
    return ranges


def united(ranges: Iterable[Range], others: Iterable[Range]) -> Ranges:
    """All numbers of both."""
    ranges = sorted([*ranges, *others])
    merged: list[Range] = []
    for lo, hi in ranges:
        if merged and lo <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], hi))
        else:
            merged.append((lo, hi))
    return tuple(merged)


def contains(ranges: Ranges, number: int) -> bool:
    """Whether a number lies within the ranges."""
    place = bisect_right(ranges, number, key=lambda numbers: numbers[0])
    return place > 0 and number < ranges[place - 1][1]


def contiguous_to(received: Ranges) -> int:
    """The last number up to which nothing is missing; 0 when even the first is."""
    return received[0][1] - 1 if received and received[0][0] == 1 else 0


def gaps(received: Ranges, sequence_to: int) -> Ranges:
    """The ranges within 1 … `sequence_to` that have not arrived."""
    missing: list[Range] = []
    expected = 1
    for lo, hi in received:
        if expected < min(lo, sequence_to + 1):
            missing.append((expected, min(lo, sequence_to + 1)))
        expected = hi
    if expected <= sequence_to:
        missing.append((expected, sequence_to + 1))
    return tuple(missing)


def advance(state: SyncState, received: Ranges, claim: SequenceClaim | None, reached_at: datetime | None) -> SyncState:
    """The state after an upload; `received` already holds its events (accepted or not), `claim` is None without one.

    With nothing missing up to the claim, the watermark is the claimed time. With a gap it moves no further than
    `reached_at`: the corrected time of the last event before the gap, None where that event is unknown or its time is
    not trusted. It never moves back. The latest claim is kept until then, for the upload that fills the gap may be an
    older one; an upload without a claim can fill gaps, yet claims no time of its own.
    """
    latest = max(
        (candidate for candidate in (state.claim, claim) if candidate is not None),
        key=lambda candidate: (candidate.claimed_at, candidate.sequence_to),
        default=None,
    )
    state = replace(state, received=received, claim=latest)
    reached = contiguous_to(state.counted)
    moments = [state.watermark_at]
    for candidate in (claim, latest):
        if candidate is not None and reached >= candidate.sequence_to:
            moments.append(candidate.claimed_at)
        elif candidate is not None and reached_at is not None:
            moments.append(min(candidate.claimed_at, reached_at))
    return replace(state, watermark_at=max((moment for moment in moments if moment is not None), default=None))


def restart_of(state: SyncState, upload: HeardUpload, reused: Collection[int]) -> CounterRestart | None:
    """The proof that an upload brings of a counter that has started over, if it does.

    `reused`: its numbers under which another event has arrived, or that it gives to two. The other proof is a claim:
    lower than one that was made well before it, or higher than one that was made well after it.
    """
    if _of_an_earlier_count(state, upload):
        return None
    sequence_to, claim = upload.clock.sequence_to, state.claim
    shrunk = (
        sequence_to is not None and claim is not None and _shrinks(claim, SequenceClaim(sequence_to, upload.built_at))
    )
    if not (reused or shrunk):
        return None
    return CounterRestart(min(reused, default=None), sequence_to, highest_known(state), missing_of(state))


def after_upload(
    state: SyncState,
    sequences: Sequence[int],
    upload: HeardUpload,
    trusted_times: Mapping[int, datetime],
    restart: CounterRestart | None = None,
) -> SyncState:
    """A device's state after an upload with these sequences, whatever became of their events.

    `trusted_times`: by sequence when its event was, corrected, where that can be believed. The claim is of the time at
    which the upload was made: it may have waited on its way, and says nothing of what came after it. A proven `restart`
    begins a new count where the upload claims less than was known; what was sent before that changes it no more.
    """
    if _of_an_earlier_count(state, upload):
        return state
    if restart is not None:
        state = _begun_anew(state, restart, upload)
        if _of_an_earlier_count(state, upload):
            return state
    received = with_sequences(state.received, sequences)
    sequence_to = upload.clock.sequence_to
    claim = SequenceClaim(sequence_to, upload.built_at) if sequence_to is not None else None
    reached = contiguous_to(replace(state, received=received).counted)
    return advance(state, received, claim, trusted_times.get(reached))


def held(after: SyncState, before: SyncState, at: datetime) -> SyncState:
    """The state with its watermark where it was, for as long as the day on which a counter started over can change."""
    if after.restarted_at is None or at >= after.restarted_at + GRACE:
        return after
    return replace(after, watermark_at=before.watermark_at)


def told_until(watermark_at: datetime | None, hold_before: datetime | None) -> datetime | None:
    """Up to when a device has told everything, where an event of the day that closes at `hold_before` was rejected."""
    if watermark_at is None or hold_before is None:
        return watermark_at
    return min(watermark_at, hold_before - _BEFORE)


def given_up(state: SyncState, ranges: Ranges) -> SyncState:
    """The state once these numbers are no longer waited for: the watermark may move by what was claimed before."""
    without = replace(state, given_up=united(state.given_up, ranges))
    return advance(without, without.received, None, None)


def highest_known(state: SyncState) -> int:
    """The highest number of a device that arrived, or that it claimed to have given out; 0 for none."""
    return max(state.received[-1][1] - 1 if state.received else 0, state.claim.sequence_to if state.claim else 0)


def missing_of(state: SyncState) -> Ranges:
    """The ranges of numbers that have not arrived, up to the highest known: those that were given up, too."""
    return gaps(state.arrived, highest_known(state))


def awaited(state: SyncState) -> Ranges:
    """The ranges of numbers that are still waited for."""
    return gaps(state.counted, highest_known(state))


def _begun_anew(state: SyncState, restart: CounterRestart, upload: HeardUpload) -> SyncState:
    at = upload.clock.received_at
    claim, claimed_to = state.claim, restart.claimed_to
    if (
        claim is not None
        and claimed_to is not None
        and claimed_to > claim.sequence_to
        and upload.built_at < claim.claimed_at
    ):
        return replace(state, counter_since=claim.claimed_at, restarted_at=at)
    if claimed_to is None or claimed_to >= restart.known_to:
        return replace(state, restarted_at=at)
    return SyncState(watermark_at=state.watermark_at, counter_since=upload.built_at, restarted_at=at)


def _of_an_earlier_count(state: SyncState, upload: HeardUpload) -> bool:
    return state.counter_since is not None and upload.built_at < state.counter_since


def _shrinks(claim: SequenceClaim, other: SequenceClaim) -> bool:
    earlier, later = sorted((claim, other), key=lambda claimed: claimed.claimed_at)
    return later.sequence_to < earlier.sequence_to and later.claimed_at - earlier.claimed_at > _TOLERANCE


def _goes_on(received: Ranges, inherited: Ranges) -> bool:
    """Whether a phone goes on counting under a new enrolment: by the very number after the last that had arrived."""
    return bool(received and inherited) and received[0][0] == inherited[-1][1]
