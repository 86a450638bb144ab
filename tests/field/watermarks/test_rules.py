from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.field.watermarks.rules import (
    SequenceClaim,
    SyncState,
    advance,
    contains,
    contiguous_to,
    gaps,
    with_sequences,
)

MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
Upload = tuple[tuple[int, ...], SequenceClaim | None]


def minute(count: int) -> datetime:
    return MORNING + timedelta(minutes=count)


def upload(
    state: SyncState, sequences: tuple[int, ...], claim: SequenceClaim | None, times: Mapping[int, datetime]
) -> SyncState:
    received = with_sequences(state.received, sequences)
    return advance(state, received, claim, times.get(contiguous_to(received)))


EVENT_TIMES = {sequence: minute(10 * sequence) for sequence in range(1, 10)}


def test_ranges_merge_when_they_touch() -> None:
    assert with_sequences((), [3, 1, 2, 7, 7, 9]) == ((1, 4), (7, 8), (9, 10))
    assert with_sequences(((1, 4), (7, 8)), [4, 5, 6, 2]) == ((1, 8),)
    assert with_sequences(((5, 9),), []) == ((5, 9),)


def test_a_sequence_below_1_is_refused() -> None:
    with pytest.raises(ValueError, match="starts at 1"):
        with_sequences((), [0])


@given(st.sets(st.integers(1, 40)))
def test_ranges_contain_what_was_put_into_them(numbers: set[int]) -> None:
    ranges = with_sequences((), numbers)
    assert {number for number in range(42) if contains(ranges, number)} == numbers


def test_contiguous_means_from_the_first_on() -> None:
    assert contiguous_to(()) == 0
    assert contiguous_to(((2, 9),)) == 0
    assert contiguous_to(((1, 4), (5, 9))) == 3


def test_gaps_are_what_is_missing_up_to_the_claim() -> None:
    assert gaps((), 0) == ()
    assert gaps((), 3) == ((1, 4),)
    assert gaps(((2, 4), (6, 8)), 10) == ((1, 2), (4, 6), (8, 11))
    assert gaps(((1, 4), (9, 12)), 5) == ((4, 6),)
    assert gaps(((1, 12),), 5) == ()


@given(st.sets(st.integers(1, 60)), st.integers(0, 60))
def test_ranges_say_what_sets_say(numbers: set[int], sequence_to: int) -> None:
    received = with_sequences((), numbers)
    missing = {number for lo, hi in gaps(received, sequence_to) for number in range(lo, hi)}

    assert {number for lo, hi in received for number in range(lo, hi)} == numbers
    assert all(earlier[1] < later[0] for earlier, later in pairwise(received))
    assert missing == set(range(1, sequence_to + 1)) - numbers
    assert all(number in numbers for number in range(1, contiguous_to(received) + 1))
    assert contiguous_to(received) + 1 not in numbers


def test_with_nothing_missing_the_watermark_is_the_claimed_time() -> None:
    state = upload(SyncState(), (1, 2, 3), SequenceClaim(3, minute(40)), EVENT_TIMES)

    assert state.watermark_at == minute(40)


def test_a_claim_of_no_events_at_all_is_a_watermark() -> None:
    assert upload(SyncState(), (), SequenceClaim(0, minute(40)), EVENT_TIMES).watermark_at == minute(40)


def test_with_a_gap_the_watermark_goes_to_the_last_event_before_it() -> None:
    state = upload(SyncState(), (1, 2, 5), SequenceClaim(5, minute(60)), EVENT_TIMES)

    assert state.watermark_at == EVENT_TIMES[2]


def test_with_a_gap_after_an_event_of_doubtful_time_the_watermark_stays() -> None:
    state = upload(SyncState(watermark_at=minute(5)), (1, 2, 5), SequenceClaim(5, minute(60)), {})

    assert state.watermark_at == minute(5)


def test_an_event_before_a_gap_counts_no_later_than_the_claim() -> None:
    state = upload(SyncState(), (1, 2, 5), SequenceClaim(5, minute(60)), {2: minute(500)})

    assert state.watermark_at == minute(60)


def test_an_upload_without_a_claim_does_not_move_the_watermark() -> None:
    assert upload(SyncState(), (1, 2), None, EVENT_TIMES).watermark_at is None


def test_an_upload_without_a_claim_that_fills_the_gap_makes_the_earlier_claim_good() -> None:
    state = upload(SyncState(), (1, 3), SequenceClaim(3, minute(40)), EVENT_TIMES)

    assert upload(state, (2,), None, EVENT_TIMES).watermark_at == minute(40)


def test_an_older_upload_that_fills_the_gap_makes_the_later_claim_good() -> None:
    state = upload(SyncState(), (3, 4), SequenceClaim(4, minute(60)), EVENT_TIMES)
    assert state.watermark_at is None

    assert upload(state, (1, 2), SequenceClaim(2, minute(25)), EVENT_TIMES).watermark_at == minute(60)


def test_the_watermark_never_moves_back() -> None:
    state = upload(SyncState(), (1, 2, 3), SequenceClaim(3, minute(40)), EVENT_TIMES)

    assert upload(state, (1,), SequenceClaim(1, minute(15)), EVENT_TIMES).watermark_at == minute(40)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Upload], list[Upload]]:
    """A device's uploads as made, and the same as they arrive: shuffled, some twice, each perhaps split in two."""
    made: list[Upload] = []
    recorded = 0
    for number in range(draw(st.integers(1, 6))):
        first, recorded = recorded + 1, recorded + draw(st.integers(0, 4))
        made.append((tuple(range(first, recorded + 1)), SequenceClaim(recorded, minute(20 * number + recorded * 10))))
    arriving: list[Upload] = []
    for sequences, claim in made:
        cut = draw(st.integers(0, len(sequences)))
        parts = [(sequences[:cut], draw(st.sampled_from([claim, None]))), (sequences[cut:], claim)]
        arriving += draw(st.sampled_from([parts, [(sequences, claim)], [*parts, (sequences, claim)]]))
    return made, draw(st.permutations(arriving))


@given(deliveries(), st.dictionaries(st.integers(1, 30), st.integers(0, 2000).map(minute)))
def test_any_order_and_splitting_that_delivers_everything_ends_with_the_same_watermark(
    delivery: tuple[list[Upload], list[Upload]], times: dict[int, datetime]
) -> None:
    made, arriving = delivery
    in_order, as_arrived = SyncState(), SyncState()
    for sequences, claim in made:
        in_order = upload(in_order, sequences, claim, times)
    for sequences, claim in arriving:
        as_arrived = upload(as_arrived, sequences, claim, times)

    assert as_arrived == in_order
    assert as_arrived.watermark_at == max(claim.claimed_at for _, claim in made if claim)


@given(deliveries(), st.dictionaries(st.integers(1, 30), st.integers(0, 2000).map(minute)))
def test_on_the_way_the_watermark_never_passes_a_claim_nor_moves_back(
    delivery: tuple[list[Upload], list[Upload]], times: dict[int, datetime]
) -> None:
    state, latest = SyncState(), None
    for sequences, claim in delivery[1]:
        before = state.watermark_at
        state = upload(state, sequences, claim, times)
        latest = max((known for known in (latest, claim and claim.claimed_at) if known), default=None)
        if state.watermark_at is not None:
            assert latest is not None
            assert state.watermark_at <= latest
            assert before is None or state.watermark_at >= before
