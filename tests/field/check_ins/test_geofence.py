import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from app.field.check_ins.geofence import (
    CircleFence,
    Fence,
    Fix,
    GeofenceCase,
    GeofenceVerdict,
    PolygonFence,
    VerdictPolicy,
    VerdictReason,
    judge_all,
    parse_polygon,
)
from tests.field.check_ins.judging import judge

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
POLICY = VerdictPolicy()
FIRST_POLICY = VerdictPolicy(version=1, max_fix_lead_s=30.0, any_clock=False)
ROLLOVER = timedelta(weeks=1024)
SHOP = CircleFence(38.2, 21.7, 50.0)
METRE_NORTH = 1 / 110_997


def fix(north_m: float = 0.0, accuracy_m: float | None = 8.5, age_s: float = 0.0) -> Fix:
    """A fix so many metres north of the shop."""
    return Fix(38.2 + north_m * METRE_NORTH, 21.7, accuracy_m, NOON - timedelta(seconds=age_s), "fused", mock=False)


def square_fence(
    lat: float = 38.2, lon: float = 21.7, half_lat: float = 0.0005, half_lon: float = 0.0006
) -> PolygonFence:
    west, east = lon - half_lon, lon + half_lon
    corners = [(west, lat - half_lat), (east, lat - half_lat), (east, lat + half_lat), (west, lat + half_lat)]
    ring = [[(x + 180) % 360 - 180, y] for x, y in [*corners, corners[0]]]
    return parse_polygon({"type": "Polygon", "coordinates": [ring]})


@pytest.mark.parametrize(
    ("north_m", "code"),
    [(0, "INSIDE"), (40, "INSIDE"), (46, "UNCERTAIN"), (54, "UNCERTAIN"), (60, "OUTSIDE"), (500_000, "OUTSIDE")],
)
def test_a_fix_is_judged_by_how_much_of_its_gaussian_lies_within_the_circle(north_m: float, code: str) -> None:
    verdict = judge(fix(north_m), SHOP, NOON, POLICY)

    assert verdict.code == code
    assert verdict.distance_m == pytest.approx(north_m, rel=1e-3)
    assert verdict.reasons == ()


def test_accuracy_is_the_68_percent_radius() -> None:
    verdict = judge(fix(0, accuracy_m=50.0), SHOP, NOON, POLICY)

    assert verdict.p_inside == pytest.approx(0.68, abs=1e-6)
    assert verdict.code == GeofenceVerdict.UNCERTAIN


def test_an_accuracy_better_than_3_m_counts_as_3_m() -> None:
    assert judge(fix(49, accuracy_m=0.1), SHOP, NOON, POLICY) == judge(fix(49, accuracy_m=3.0), SHOP, NOON, POLICY)


def test_a_probability_on_the_threshold_counts_as_reached() -> None:
    verdict = judge(fix(45), SHOP, NOON, POLICY)
    assert verdict.p_inside is not None

    lenient = replace(POLICY, inside_at_least=verdict.p_inside)
    severe = replace(POLICY, outside_at_most=verdict.p_inside, inside_at_least=0.99)
    assert judge(fix(45), SHOP, NOON, lenient).code == GeofenceVerdict.INSIDE
    assert judge(fix(45), SHOP, NOON, severe).code == GeofenceVerdict.OUTSIDE


@pytest.mark.parametrize(
    ("accuracy_m", "reason"),
    [
        (None, VerdictReason.ACCURACY_MISSING),
        (math.nan, VerdictReason.ACCURACY_MISSING),
        (math.inf, VerdictReason.ACCURACY_MISSING),
        (0.0, VerdictReason.ACCURACY_NOT_POSITIVE),
        (100.1, VerdictReason.ACCURACY_TOO_COARSE),
        (1e300, VerdictReason.ACCURACY_TOO_COARSE),
    ],
)
@pytest.mark.parametrize("fence", [SHOP, replace(SHOP, radius_m=5_000.0), square_fence()])
def test_a_fix_without_a_usable_accuracy_is_uncertain_at_best(
    accuracy_m: float | None, reason: VerdictReason, fence: Fence
) -> None:
    verdict = judge(fix(0, accuracy_m), fence, NOON, POLICY)

    assert verdict.code == GeofenceVerdict.UNCERTAIN
    assert verdict.reasons == (reason,)


def test_a_fix_without_an_accuracy_is_outside_only_where_100_m_could_not_explain_it() -> None:
    assert judge(fix(175, None), SHOP, NOON, POLICY).code == GeofenceVerdict.UNCERTAIN
    assert judge(fix(185, None), SHOP, NOON, POLICY).code == GeofenceVerdict.OUTSIDE


def test_a_coarse_fix_is_outside_only_where_its_own_accuracy_could_not_explain_it() -> None:
    assert judge(fix(2_500, 2_000.0), SHOP, NOON, POLICY).code == GeofenceVerdict.UNCERTAIN
    assert judge(fix(2_700, 2_000.0), SHOP, NOON, POLICY).code == GeofenceVerdict.OUTSIDE


@pytest.mark.parametrize(
    ("age_s", "reasons"),
    [
        (0, ()),
        (120, ()),
        (-120, ()),
        (120.001, (VerdictReason.FIX_STALE,)),
        (86_400, (VerdictReason.FIX_STALE,)),
        (-120.001, (VerdictReason.FIX_AFTER_CAPTURE,)),
        (7_168 * 86_400, ()),
        (7_168 * 86_400 + 121, (VerdictReason.FIX_STALE,)),
    ],
)
def test_a_fix_is_inside_only_when_determined_at_capture(age_s: float, reasons: tuple[VerdictReason, ...]) -> None:
    verdict = judge(fix(0, age_s=age_s), SHOP, NOON, POLICY)

    assert verdict.code == (GeofenceVerdict.UNCERTAIN if reasons else GeofenceVerdict.INSIDE)
    assert verdict.reasons == reasons
    assert verdict.p_inside == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("captured_s", "fix_s", "reasons"),
    [
        (-40, 0, ()),
        (-300, 0, ()),
        (300, 0, ()),
        (-300, -300, ()),
        (300, 300, ()),
        (300, -3_600, (VerdictReason.FIX_STALE,)),
        (-300, 3_600, (VerdictReason.FIX_AFTER_CAPTURE,)),
        (-300, -150, (VerdictReason.FIX_AFTER_CAPTURE,)),
    ],
    ids=["slow 40 s", "slow", "fast", "slow, and stamps its fixes", "fast, and stamps them", "old", "ahead", "neither"],
)
def test_a_fix_is_fresh_where_the_phones_clock_or_the_servers_says_so(
    captured_s: float, fix_s: float, reasons: tuple[VerdictReason, ...]
) -> None:
    captured_at = NOON + timedelta(seconds=captured_s)
    case = GeofenceCase(replace(fix(), fix_at=NOON + timedelta(seconds=fix_s)), SHOP, captured_at, NOON)

    (verdict,) = judge_all([case], POLICY)

    assert verdict.reasons == reasons
    assert verdict.code == (GeofenceVerdict.UNCERTAIN if reasons else GeofenceVerdict.INSIDE)


@pytest.mark.parametrize("year", [1, 1970, 1980, 1999, 2037, 2569, 9999])
def test_a_fix_of_any_year_is_judged_and_tells_nothing_by_its_time(year: int) -> None:
    verdict = judge(replace(fix(), fix_at=NOON.replace(year=year, day=3)), SHOP, NOON, POLICY)

    assert verdict.code == GeofenceVerdict.UNCERTAIN
    assert len(verdict.reasons) == 1


def test_the_first_policy_knew_the_phones_clock_alone() -> None:
    assert judge(fix(age_s=-31), SHOP, NOON, FIRST_POLICY).reasons == (VerdictReason.FIX_AFTER_CAPTURE,)
    assert judge(replace(fix(), lat=0.0, lon=0.0), SHOP, NOON, FIRST_POLICY).code == GeofenceVerdict.OUTSIDE
    stale = GeofenceCase(fix(), SHOP, NOON + timedelta(minutes=5), NOON)
    assert judge_all([stale], FIRST_POLICY)[0].reasons == (VerdictReason.FIX_STALE,)
    assert judge(fix(age_s=ROLLOVER.total_seconds()), SHOP, NOON, FIRST_POLICY).reasons == (VerdictReason.FIX_STALE,)


@pytest.mark.parametrize(
    "void",
    [
        {"lat": 0.0, "lon": 0.0},
        {"lat": -0.0, "lon": 0.0, "accuracy_m": 0.0},
        {"accuracy_m": -1.0},
        {"accuracy_m": -math.inf},
        {"provider": "none"},
        {"provider": "No Fix"},
    ],
)
def test_a_fix_by_which_the_receiver_says_that_it_has_none_is_none(void: dict[str, Any]) -> None:
    for fence in (SHOP, square_fence(), None):
        verdict = judge(replace(fix(), **void), fence, NOON, POLICY)

        assert (verdict.code, verdict.p_inside, verdict.distance_m) == (GeofenceVerdict.NO_FIX, None, None)
        assert verdict.reasons == (VerdictReason.FIX_VOID,)


@pytest.mark.parametrize("place", [(0.0, 21.7), (38.2, 0.0), (1e-7, 0.0)])
def test_a_place_on_the_equator_or_the_meridian_of_greenwich_is_one(place: tuple[float, float]) -> None:
    at_shop = judge(Fix(*place, 8.0, NOON), CircleFence(*place, 50.0), NOON, POLICY)

    assert at_shop.code == GeofenceVerdict.INSIDE


def test_a_fix_of_an_unknown_time_is_uncertain_at_best() -> None:
    verdict = judge(replace(fix(), fix_at=None), SHOP, NOON, POLICY)

    assert verdict.code == GeofenceVerdict.UNCERTAIN
    assert verdict.reasons == (VerdictReason.FIX_TIME_MISSING,)


def test_a_stale_fix_can_be_outside() -> None:
    assert judge(fix(500, age_s=600), SHOP, NOON, POLICY).code == GeofenceVerdict.OUTSIDE


def test_every_reason_is_told() -> None:
    verdict = judge(fix(0, None, age_s=600), SHOP, NOON, POLICY)

    assert verdict.reasons == (VerdictReason.ACCURACY_MISSING, VerdictReason.FIX_STALE)


def test_a_simulated_fix_is_judged_like_any_other_for_the_doubt_is_a_signal() -> None:
    assert judge(replace(fix(), mock=True), SHOP, NOON, POLICY) == judge(fix(), SHOP, NOON, POLICY)


def test_without_a_fix_there_is_no_verdict_on_the_place() -> None:
    for nothing in (None, replace(fix(), lat=math.nan), replace(fix(), lon=180.5)):
        for fence in (SHOP, square_fence(), None):
            verdict = judge(nothing, fence, NOON, POLICY)

            assert verdict.code == GeofenceVerdict.NO_FIX
            assert (verdict.p_inside, verdict.distance_m) == (None, None)


def test_without_an_outlet_location_there_is_nothing_to_judge_against() -> None:
    assert judge(fix(), None, NOON, POLICY).code == GeofenceVerdict.NO_OUTLET_LOCATION


@pytest.mark.parametrize(("lat", "lon"), [(38.2, 21.7), (70.0, 25.0), (-17.0, 180.0), (0.0, -180.0)])
def test_a_polygon_is_judged_by_its_exact_mass(lat: float, lon: float) -> None:
    fence = square_fence(lat, lon, 0.0005, 0.0006 / math.cos(math.radians(lat)))
    sigma = 20 / math.sqrt(-2 * math.log(0.32))
    expected = (2 * ndtr(55.7 / sigma) - 1) * (2 * ndtr(66.8 / sigma) - 1)
    centred = judge(Fix(lat, lon, 20.0, NOON), fence, NOON, POLICY)
    beyond = judge(Fix(lat + 0.0015, lon, 20.0, NOON), fence, NOON, POLICY)

    assert centred.p_inside == pytest.approx(expected, abs=0.002)
    assert (centred.code, centred.distance_m) == (GeofenceVerdict.INSIDE, 0.0)
    assert beyond.distance_m == pytest.approx(111, abs=0.7)
    assert beyond.code == GeofenceVerdict.OUTSIDE


def test_a_polygon_at_the_other_end_of_the_earth_is_outside() -> None:
    verdict = judge(Fix(-38.2, -158.3, 10.0, NOON), square_fence(), NOON, POLICY)

    assert (verdict.code, verdict.p_inside) == (GeofenceVerdict.OUTSIDE, 0.0)
    assert verdict.distance_m == pytest.approx(2.0e7, rel=0.01)


coordinates = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
instants = st.one_of(st.none(), st.integers(-10_000, 10_000).map(lambda seconds: NOON + timedelta(seconds=seconds)))
accuracies = st.one_of(st.none(), st.floats())


@given(coordinates, accuracies, instants, coordinates, st.floats(min_value=1e-3, max_value=1e7))
def test_any_fix_has_a_verdict_that_keeps_the_rules(
    place: tuple[float, float],
    accuracy_m: float | None,
    fix_at: datetime | None,
    centre: tuple[float, float],
    radius_m: float,
) -> None:
    fix_anywhere = Fix(*place, accuracy_m, fix_at)
    verdict = judge(fix_anywhere, CircleFence(*centre, radius_m), NOON, POLICY)

    if fix_anywhere.void:
        assert verdict.code == GeofenceVerdict.NO_FIX
        return
    assert verdict.p_inside is not None
    assert verdict.distance_m is not None
    assert 0 <= verdict.p_inside <= 1
    assert 0 <= verdict.distance_m <= 20_050_000
    if verdict.code == GeofenceVerdict.INSIDE:
        assert verdict.p_inside >= POLICY.inside_at_least
        assert not verdict.reasons
    if verdict.code == GeofenceVerdict.OUTSIDE:
        assert verdict.p_inside <= POLICY.outside_at_most


def cases_of_a_day(count: int) -> list[GeofenceCase]:
    rng = np.random.default_rng(7)
    fences: list[Fence | None] = [SHOP, replace(SHOP, radius_m=120.0), square_fence(), None]
    fixes = [
        Fix(38.2 + rng.normal(0, 4e-4), 21.7 + rng.normal(0, 4e-4), float(rng.choice([2, 8, 25, 60, 150, 0])), NOON)
        for _ in range(count)
    ]
    return [GeofenceCase(None if i % 17 == 0 else fixes[i], fences[i % 4], NOON) for i in range(count)]


@pytest.mark.parametrize("count", [1, 2, 7, 25, 500])
def test_a_check_in_gets_the_same_verdict_alone_and_in_any_batch(count: int) -> None:
    cases = cases_of_a_day(count)
    alone = [judge(case.fix, case.fence, case.captured_at, POLICY) for case in cases]

    assert judge_all(cases, POLICY) == alone
    assert judge_all(cases[::-1], POLICY) == alone[::-1]


def test_replaying_a_check_in_gives_the_same_verdict() -> None:
    cases = cases_of_a_day(60)
    stored = judge_all(cases, POLICY)
    anew = [
        GeofenceCase(
            case.fix,
            parse_polygon(case.fence.as_geojson()) if isinstance(case.fence, PolygonFence) else case.fence,
            case.captured_at,
        )
        for case in cases
    ]

    assert judge_all(anew, POLICY) == stored


def test_an_empty_batch_has_no_verdicts() -> None:
    assert judge_all([], POLICY) == []
