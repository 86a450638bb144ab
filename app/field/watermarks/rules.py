"""Which of a device's events have arrived, and up to when the server therefore has everything: the watermark.

A device numbers its events 1, 2, 3 … across boots. What arrived is a set of half-open ranges [lo, hi), sorted and apart
from one another, as PostgreSQL keeps an int8multirange. Whatever way the events are split into uploads and in whatever
order those arrive, once everything is there the watermark is the latest time that any upload claimed.

Why it follows from sequences: decision 5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.masters.territories.field_clock import HeardUpload

Range = tuple[int, int]
Ranges = tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class SequenceClaim:
    """An upload's word that at `claimed_at` (its corrected sending) the device had recorded up to `sequence_to`."""

    sequence_to: int
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class SyncState:
    """What is known of one device: ranges received, the latest claim yet made, the watermark."""

    received: Ranges = ()
    claim: SequenceClaim | None = None
    watermark_at: datetime | None = None


def with_sequences(received: Ranges, sequences: Iterable[int]) -> Ranges:
    """The ranges with more numbers in them. Raises ValueError for a number below 1."""
    ranges = sorted([*received, *((sequence, sequence + 1) for sequence in sequences)])
    if ranges and ranges[0][0] < 1:
        raise ValueError("a sequence starts at 1")
    merged: list[Range] = []
    for lo, hi in ranges:
        if merged and lo <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], hi))
        else:
            merged.append((lo, hi))
    return tuple(merged)


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
    `reached_at`: the corrected time of the event numbered `contiguous_to(received)`, None where that event is unknown
    or its time is not trusted. It never moves back. The latest claim is kept until then, for the upload that fills the
    gap may be an older one; an upload without a claim can fill gaps, yet claims no time of its own.
    """
    latest = max(
        (candidate for candidate in (state.claim, claim) if candidate is not None),
        key=lambda candidate: (candidate.claimed_at, candidate.sequence_to),
        default=None,
    )
    reached = contiguous_to(received)
    moments = [state.watermark_at]
    for candidate in (claim, latest):
        if candidate is not None and reached >= candidate.sequence_to:
            moments.append(candidate.claimed_at)
        elif candidate is not None and reached_at is not None:
            moments.append(min(candidate.claimed_at, reached_at))
    watermark_at = max((moment for moment in moments if moment is not None), default=None)
    return SyncState(received, latest, watermark_at)


def after_upload(
    state: SyncState,
    sequences: Sequence[int],
    upload: HeardUpload,
    trusted_times: Mapping[int, datetime],
) -> SyncState:
    """A device's state after an upload with these sequences, whatever became of their events.

    `trusted_times`: by sequence when its event was, corrected, where that can be believed. The claim is of the time at
    which the upload was made: it may have waited on its way, and says nothing of what came after it.
    """
    received = with_sequences(state.received, sequences)
    sequence_to = upload.clock.sequence_to
    claim = SequenceClaim(sequence_to, upload.built_at) if sequence_to is not None else None
    return advance(state, received, claim, trusted_times.get(contiguous_to(received)))


def highest_known(state: SyncState) -> int:
    """The highest number of a device that arrived, or that it claimed to have given out; 0 for none."""
    return max(state.received[-1][1] - 1 if state.received else 0, state.claim.sequence_to if state.claim else 0)


def missing_of(state: SyncState) -> Ranges:
    """The ranges of numbers that have not arrived, up to the highest known."""
    return gaps(state.received, highest_known(state))
