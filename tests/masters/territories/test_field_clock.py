from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masters.territories.boots import Boot, EventClock, HeardUpload, UploadClock, hear
from app.masters.territories.field_clock import ClockDoubt, CorrectedTime, boot_doubt, correct, within_reach

BOOTED = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def reading(at: datetime) -> int:
    return round((at - BOOTED).total_seconds() * 1000)


def sent(
    at: datetime, *, waited_s: float = 0.0, wrong_s: float = 0.0, monotonic_wrong_s: float = 0.0, to: int | None = None
) -> UploadClock:
    """An upload made at `at`, which waited on its way, of a phone whose clocks are wrong by so much."""
    monotonic_ms = reading(at + seconds(monotonic_wrong_s))
    return UploadClock(at + seconds(wrong_s), at + seconds(waited_s), monotonic_ms, "b1", to)


def recorded(
    at: datetime, wrong_s: float = 0.0, *, boot_id: str | None = None, number: int | None = None
) -> EventClock:
    return EventClock(at + seconds(wrong_s), reading(at), boot_id, number)


def known_by(*uploads: UploadClock) -> Boot | None:
    boot = None
    for upload in uploads:
        boot = hear(boot, upload).after
    return boot


def dated(event: EventClock, upload: UploadClock, *before: UploadClock) -> CorrectedTime:
    boot = known_by(*before)
    return correct(event, hear(boot, upload), boot)


TRUSTED = CorrectedTime(NOON, trusted=True)


@pytest.mark.parametrize(
    ("event_wrong_s", "sent_wrong_s", "changed"),
    [
        (0, 0, False),
        (120, 120, False),
        (-121, -121, True),
        (-360, 0, True),
        (300, 0, True),
        (0, -86_400, False),
        (-56 * 365 * 86_400, 0, True),
        (-110, 0, False),
    ],
    ids=["right", "fast", "slow", "put right since", "fast, put right", "set back since", "1970", "110 s of it"],
)
def test_an_anchored_event_is_dated_whatever_the_wall_clock_says(
    event_wrong_s: float, sent_wrong_s: float, changed: bool
) -> None:
    upload = sent(NOON + seconds(3_600), wrong_s=sent_wrong_s)

    assert dated(recorded(NOON, event_wrong_s), upload) == replace(TRUSTED, clock_changed=changed)


def test_what_waited_on_its_way_is_dated_by_what_came_at_once() -> None:
    morning = sent(BOOTED + seconds(600))
    for waited_s in (45, 300, 8_465, 95_847):
        upload = sent(NOON + seconds(60), waited_s=waited_s)

        assert dated(recorded(NOON), upload, morning) == TRUSTED
        assert hear(known_by(morning), upload).skew_ms == 0


@pytest.mark.parametrize("uploads", list(permutations([(600, 0), (3_600, 7_200), (25_300, 45)])))
def test_the_anchor_is_the_same_for_every_order_of_arrival(uploads: list[tuple[float, float]]) -> None:
    boot = known_by(*(sent(BOOTED + seconds(at_s), waited_s=waited_s) for at_s, waited_s in uploads))

    assert boot is not None
    assert boot.anchor_at == BOOTED
    assert boot.skew_ms == 0


def test_an_event_of_an_earlier_boot_is_dated_by_that_boots_anchor() -> None:
    boot = replace(known_by(sent(NOON)) or Boot("b1", NOON), boot_id="b0")
    upload = hear(None, UploadClock(NOON + seconds(9_000), NOON + seconds(9_000), 60_000, "b1"))

    assert correct(recorded(NOON, boot_id="b0"), upload, boot) == TRUSTED
    assert not correct(recorded(NOON, boot_id="b0"), upload, None).trusted


@pytest.mark.parametrize(
    ("event", "upload"),
    [
        (recorded(NOON + seconds(10)), sent(NOON)),
        (recorded(NOON, number=4), sent(NOON + seconds(3_600), to=4)),
    ],
    ids=["recorded after it was sent", "numbered after a later claim"],
)
def test_clocks_that_contradict_each_other_prove_nothing(event: EventClock, upload: UploadClock) -> None:
    time = dated(event, upload, sent(NOON + seconds(1_800), to=3))

    assert (time.trusted, time.clock_changed) == (False, True)


def test_a_number_that_was_given_out_by_the_claim_contradicts_nothing() -> None:
    claim = sent(NOON + seconds(1_800), to=4)

    assert dated(recorded(NOON, number=4), sent(NOON + seconds(60), waited_s=9_000, to=4), claim) == TRUSTED
    assert dated(recorded(NOON + seconds(1_800), number=5), sent(NOON + seconds(3_600), to=5), claim).trusted


def test_a_monotonic_clock_that_runs_backwards_is_not_believed() -> None:
    backwards = sent(NOON + seconds(1_800), monotonic_wrong_s=-7_200)
    heard = hear(known_by(sent(NOON)), backwards)

    assert (heard.sound, heard.after) == (False, known_by(sent(NOON)))
    assert not dated(recorded(NOON - seconds(6_000)), backwards, sent(NOON)).trusted


def test_a_request_that_waited_while_the_wall_clock_was_put_back_contradicts_nothing() -> None:
    for to, count, waited_s in ((3, 3, 3_700), (3, 2, 90_000), (3, None, 3_700), (None, None, 90_000)):
        later = sent(NOON + seconds(3_600), to=to)
        frozen = sent(NOON, waited_s=waited_s, wrong_s=18_000, to=count)
        assert dated(recorded(NOON - seconds(60), wrong_s=18_000, number=2), frozen, later).trusted


def test_a_boot_id_that_is_used_again_after_a_reboot_dates_nothing_whatever_the_wall_clock_says() -> None:
    for wrong_s in (0.0, -18_000.0):
        anew = sent(NOON + seconds(3_600), monotonic_wrong_s=-20_000, wrong_s=wrong_s, to=4)
        event = recorded(NOON + seconds(3_500 - 20_000), number=4)
        assert not dated(event, anew, sent(NOON, to=3)).trusted


def test_a_monotonic_clock_that_ran_ahead_of_time_does_not_move_the_anchor() -> None:
    for wrong_s in (0.0, 7_200.0):
        ahead = sent(NOON + seconds(1_800), monotonic_wrong_s=7_200, wrong_s=wrong_s)
        heard = hear(known_by(sent(NOON)), ahead)

        assert (heard.sound, heard.after) == (False, known_by(sent(NOON)))


def test_a_first_request_that_waited_is_put_right_by_the_next_one() -> None:
    boot = known_by(sent(NOON, waited_s=7_200), sent(NOON + seconds(7_300)))

    assert boot is not None
    assert boot.anchor_at == BOOTED


@pytest.mark.parametrize(
    ("upload", "before", "built_at"),
    [
        (sent(NOON, waited_s=4_000), [], NOON),
        (sent(NOON, waited_s=4_000, wrong_s=-86_400 * 20_000), [], NOON + seconds(4_000)),
        (sent(NOON, wrong_s=600), [], NOON),
        (sent(NOON, waited_s=4_000, wrong_s=9_000), [sent(BOOTED)], NOON),
        (UploadClock(NOON, NOON + seconds(4_000)), [], NOON),
        (UploadClock(None, NOON), [], NOON),
    ],
    ids=["waited", "waited, in 1972", "fast", "anchored", "no evidence", "nothing"],
)
def test_an_upload_claims_nothing_of_the_time_that_it_waited(
    upload: UploadClock, before: list[UploadClock], built_at: datetime
) -> None:
    assert hear(known_by(*before), upload).built_at == built_at


@pytest.mark.parametrize(
    ("event", "upload"),
    [
        (EventClock(NOON), sent(NOON + seconds(600))),
        (EventClock(NOON, 10**15), sent(NOON + seconds(600))),
        (recorded(NOON), UploadClock(NOON + seconds(600), NOON + seconds(600))),
        (recorded(NOON), UploadClock(NOON + seconds(600), NOON + seconds(600), boot_id="b1")),
        (recorded(NOON), UploadClock(NOON + seconds(600), NOON + seconds(600), reading(NOON + seconds(600)))),
    ],
)
def test_without_evidence_the_wall_clock_and_the_skew_speak_and_are_not_trusted(
    event: EventClock, upload: UploadClock
) -> None:
    assert dated(event, upload) == CorrectedTime(NOON, trusted=False)


def test_the_smallest_skew_of_a_boot_corrects_what_has_no_monotonic_time() -> None:
    event = EventClock(NOON)

    assert dated(event, sent(NOON, waited_s=900), sent(BOOTED, waited_s=5)).corrected_at == NOON + seconds(5)
    assert dated(event, sent(NOON, waited_s=900), sent(BOOTED, waited_s=1)).corrected_at == NOON


@pytest.mark.parametrize(
    ("at", "watermark_at", "counted"),
    [
        (NOON - timedelta(days=14), None, None),
        (NOON - timedelta(days=14, seconds=3), None, NOON),
        (NOON - timedelta(hours=2), NOON - timedelta(hours=3), None),
        (NOON - timedelta(hours=2), NOON - timedelta(hours=1), NOON),
        (NOON + seconds(3), None, NOON),
        (NOON.replace(year=1), None, NOON),
        (NOON.replace(year=9999), None, NOON),
    ],
)
def test_an_untrusted_event_is_within_reach_or_of_the_moment_it_arrived(
    at: datetime, watermark_at: datetime | None, counted: datetime | None
) -> None:
    time = within_reach(CorrectedTime(at, trusted=False), NOON, watermark_at)

    assert time.corrected_at == (counted or at)
    assert time.doubt == (ClockDoubt.UNPROVEN_TIME if counted else None)
    assert within_reach(CorrectedTime(at, trusted=True), NOON, watermark_at) == CorrectedTime(at, trusted=True)


def test_a_second_ahead_is_no_doubt() -> None:
    ahead = CorrectedTime(NOON + seconds(1.5), trusted=False)

    assert within_reach(ahead, NOON, None) == CorrectedTime(NOON, trusted=False)


@pytest.mark.parametrize(
    ("at", "heard_at", "trusted", "doubt"),
    [
        ("16:30", "17:20", True, ClockDoubt.UNSEEN_BOOT),
        ("16:30", "16:59", True, None),
        ("17:10", "17:20", True, None),
        ("16:30", "17:20", False, None),
    ],
)
def test_a_boot_that_nobody_knew_of_before_the_cutoff_is_told(
    at: str, heard_at: str, trusted: bool, doubt: ClockDoubt | None
) -> None:
    happened, heard, closes = (
        datetime.fromisoformat(f"2026-11-23T{clock}:00+02:00") for clock in (at, heard_at, "17:00")
    )
    event = CorrectedTime(happened, trusted=trusted)

    assert boot_doubt(event, heard, closes) == doubt


def test_the_result_is_utc_whatever_the_offsets() -> None:
    athens = timezone(timedelta(hours=2))
    event = EventClock(NOON.astimezone(athens))

    assert dated(event, sent(NOON)).corrected_at.tzinfo is UTC


@given(st.integers(0, 10**9), st.integers(-(10**9), 10**9), st.integers(0, 10**9), st.integers(0, 10**8))
def test_a_wrong_clock_costs_an_anchored_event_nothing(
    ago_ms: int, wrong_ms: int, changed_ms: int, waited_ms: int
) -> None:
    ago, wrong, changed, waited = (timedelta(milliseconds=ms) for ms in (ago_ms, wrong_ms, changed_ms, waited_ms))
    booted = NOON - ago
    first = UploadClock(booted, booted, 0, "b1")
    upload = UploadClock(NOON + wrong + changed, NOON + waited, ago_ms, "b1")
    boot = hear(None, first).after
    time = correct(EventClock(NOON + wrong, ago_ms), hear(boot, upload), boot)

    assert time.trusted
    assert time.corrected_at == NOON
    assert time.clock_changed is (abs(wrong_ms) > 120_000)


instants = st.datetimes().map(lambda at: at.replace(tzinfo=UTC))
readings = st.none() | st.integers()


@given(instants, readings, st.none() | instants, readings, instants, st.none() | st.integers(0, 9), readings)
def test_any_clocks_at_all_have_a_time_within_reach(
    captured_at: datetime,
    event_ms: int | None,
    sent_at: datetime | None,
    upload_ms: int | None,
    received_at: datetime,
    number: int | None,
    earlier_ms: int | None,
) -> None:
    received_at = max(received_at, datetime(2020, 1, 1, tzinfo=UTC))
    boot = hear(None, UploadClock(sent_at, received_at - seconds(60), earlier_ms, "b1", 3)).after
    heard: HeardUpload = hear(boot, UploadClock(sent_at, received_at, upload_ms, "b1", 5))
    time = within_reach(correct(EventClock(captured_at, event_ms, None, number), heard, boot), received_at, None)

    assert time.corrected_at <= received_at
    assert time.trusted or time.corrected_at >= received_at - timedelta(days=14, seconds=2)
    assert heard.built_at <= received_at
