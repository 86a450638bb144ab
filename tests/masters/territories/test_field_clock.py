from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masters.territories.field_clock import (
    ClockEvidence,
    EventClock,
    UploadClock,
    correct,
    sent_at_corrected,
    skew_ms,
)

SENT = datetime(2026, 11, 23, 14, 41, 7, tzinfo=UTC)
UPLOAD = UploadClock(sent_at=SENT, received_at=SENT, monotonic_ms=5_000_000, boot_id="boot-1")


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def recorded(ago_s: float, monotonic_ago_s: float | None = None, boot_id: str | None = None) -> EventClock:
    """An event so long before the upload by the wall clock, and by the monotonic one (by default as long)."""
    monotonic_ago_s = ago_s if monotonic_ago_s is None else monotonic_ago_s
    return EventClock(SENT - seconds(ago_s), 5_000_000 - round(monotonic_ago_s * 1000), boot_id)


@pytest.mark.parametrize(
    ("ahead_s", "expected_ms"), [(0, 0), (1.999, 0), (-1.999, 0), (2, 2_000), (-2, -2_000), (-3_600.5, -3_600_500)]
)
def test_a_skew_under_two_seconds_counts_as_none(ahead_s: float, expected_ms: int) -> None:
    upload = replace(UPLOAD, received_at=SENT + seconds(ahead_s))

    assert skew_ms(upload) == expected_ms
    assert sent_at_corrected(upload) == SENT + timedelta(milliseconds=expected_ms)


def test_a_queued_event_is_corrected_by_the_skew_of_the_upload_that_brought_it() -> None:
    late_clock = replace(UPLOAD, received_at=SENT + seconds(300))
    corrected = correct(recorded(3_600), late_clock)

    assert corrected.corrected_at == SENT - seconds(3_300)
    assert corrected.skew_ms == 300_000
    assert corrected.trusted
    assert not corrected.clock_changed


@pytest.mark.parametrize(
    ("drift_s", "trusted"), [(0, True), (120, True), (-120, True), (120.001, False), (-120.001, False)]
)
def test_clocks_may_differ_by_120_seconds_within_one_boot(drift_s: float, trusted: bool) -> None:
    corrected = correct(recorded(3_600, 3_600 + drift_s), UPLOAD)

    assert corrected.trusted is trusted
    assert corrected.clock_changed is not trusted
    assert corrected.evidence == (ClockEvidence.AGREES if trusted else ClockEvidence.CONTRADICTS)
    assert corrected.drift_ms == round(drift_s * 1000)


def test_a_changed_clock_is_replaced_by_the_monotonic_one() -> None:
    set_back_two_hours = recorded(ago_s=9_000, monotonic_ago_s=1_800)

    assert correct(set_back_two_hours, UPLOAD).corrected_at == SENT - seconds(1_800)


@pytest.mark.parametrize(("later_s", "trusted"), [(0.5, True), (2, True), (2.001, False), (50, False)])
def test_an_event_cannot_be_recorded_after_its_upload_left(later_s: float, trusted: bool) -> None:
    corrected = correct(recorded(-later_s), UPLOAD)

    assert corrected.trusted is trusted
    assert corrected.clock_changed is not trusted
    assert corrected.corrected_at == SENT + seconds(later_s)


def test_a_contradiction_that_runs_backwards_is_corrected_by_skew() -> None:
    upload = replace(UPLOAD, received_at=SENT + seconds(10))
    corrected = correct(recorded(ago_s=600, monotonic_ago_s=-60), upload)

    assert corrected.clock_changed
    assert corrected.corrected_at == SENT - seconds(590)


@pytest.mark.parametrize(
    ("event", "upload", "evidence"),
    [
        (recorded(600, boot_id="boot-0"), UPLOAD, ClockEvidence.OTHER_BOOT),
        (replace(recorded(600), monotonic_ms=None), UPLOAD, ClockEvidence.MISSING),
        (recorded(600), replace(UPLOAD, monotonic_ms=None), ClockEvidence.MISSING),
        (recorded(600), replace(UPLOAD, boot_id=None), ClockEvidence.MISSING),
        (recorded(600, boot_id="boot-1"), replace(UPLOAD, boot_id=None), ClockEvidence.MISSING),
    ],
)
def test_without_evidence_an_event_is_not_trusted_yet_not_doubted(
    event: EventClock, upload: UploadClock, evidence: ClockEvidence
) -> None:
    corrected = correct(event, upload)

    assert not corrected.trusted
    assert not corrected.clock_changed
    assert corrected.evidence == evidence
    assert corrected.corrected_at == SENT - seconds(600)


def test_an_event_names_its_own_boot_or_takes_the_uploads() -> None:
    assert correct(recorded(600, boot_id="boot-1"), UPLOAD) == correct(recorded(600), UPLOAD)


def test_offsets_make_no_difference_and_the_result_is_utc() -> None:
    athens = timezone(timedelta(hours=2))
    event = recorded(600)
    corrected = correct(replace(event, captured_at=event.captured_at.astimezone(athens)), UPLOAD)

    assert corrected == correct(event, UPLOAD)
    assert corrected.corrected_at.tzinfo is UTC


def test_a_time_beyond_the_calendar_becomes_the_time_received() -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    upload = replace(UPLOAD, sent_at=first)

    assert correct(EventClock(last), upload).corrected_at == SENT
    assert correct(EventClock(SENT, monotonic_ms=-(10**40)), UPLOAD).corrected_at == SENT


clock_offsets = st.integers(-(10**9), 10**9)


@given(st.integers(0, 10**9), clock_offsets, st.integers(0, 10**12))
def test_a_steady_clock_is_corrected_to_the_truth_however_wrong_it_is(
    ago_ms: int, wrong_ms: int, uptime_ms: int
) -> None:
    wrong = timedelta(milliseconds=wrong_ms)
    upload = UploadClock(SENT + wrong, SENT, uptime_ms + ago_ms, "boot-1")
    event = EventClock(SENT - timedelta(milliseconds=ago_ms) + wrong, uptime_ms, "boot-1")
    corrected = correct(event, upload)

    assert corrected.trusted
    assert abs(corrected.corrected_at - (SENT - timedelta(milliseconds=ago_ms))) < seconds(2)


@given(st.integers(0, 10**9), clock_offsets)
def test_a_clock_changed_after_the_event_is_found_and_undone(ago_ms: int, change_ms: int) -> None:
    changed_by = timedelta(milliseconds=change_ms)
    upload = UploadClock(SENT + changed_by, SENT, 10**9, "boot-1")
    corrected = correct(EventClock(SENT - timedelta(milliseconds=ago_ms), 10**9 - ago_ms, "boot-1"), upload)

    assert corrected.clock_changed is (abs(change_ms) > 120_000)
    if corrected.clock_changed:
        assert corrected.corrected_at == SENT - timedelta(milliseconds=ago_ms)


@given(st.datetimes(), st.integers(), st.datetimes(), st.integers(), st.datetimes())
def test_any_clocks_at_all_have_a_corrected_time(
    captured_at: datetime, event_ms: int, sent_at: datetime, upload_ms: int, received_at: datetime
) -> None:
    upload = UploadClock(sent_at.replace(tzinfo=UTC), received_at.replace(tzinfo=UTC), upload_ms, "boot-1")
    corrected = correct(EventClock(captured_at.replace(tzinfo=UTC), event_ms), upload)

    assert corrected.trusted is not corrected.clock_changed
