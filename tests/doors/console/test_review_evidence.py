"""What the pages of reviews make of doubts, without a browser: order, drawings, comparisons."""

import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doors.console.review.cases import DoubtCase
from app.doors.console.review.consequences import consequence_of
from app.doors.console.review.evidence import SHOWN, view_of
from app.doors.console.review.means import compared_order
from app.doors.console.review.numbers import numbered_events
from app.doors.console.review.places import off_the_outlet, side_by_side
from app.doors.console.review.precision_pages import periods
from app.doors.console.review.queue import Queue, QueueFilter, groups_of
from app.doors.console.review.sketch import HEIGHT, WIDTH, SketchSpot, round_length, sketch_of
from app.doors.console.review.spans import TimeStretch, drawn
from app.field.risk_signals.signals import RiskRule
from app.masters.outlets.geodesy import distance_m

PATRAS = (38.246, 21.735)


def listed(id_: str, rule: str = "mock_location", rep_code: str = "PAT-R1", day: str = "2026-11-23") -> dict[str, Any]:
    return {"id": id_, "rule": rule, "rep_code": rep_code, "business_date": day}


def queue_of(*signals: dict[str, Any]) -> Queue:
    return Queue(groups_of(signals, {"PAT-R1": "Eleni"}))


def record(id_: str, at: str, outlet_code: str = "PAT-0001", **fields: Any) -> dict[str, Any]:
    lat, lon = PATRAS
    fix = {"lat": lat, "lon": lon, "accuracy_m": 8.0, "fix_at": at, "provider": "gps", "mock": False}
    sound = {"id": id_, "kind": "arrival", "outlet_code": outlet_code, "corrected_at": at, "received_at": at}
    return sound | {"fix": fix, "verdict": {"code": "INSIDE"}, "lines": []} | fields


def doubt(rule: str, evidence: dict[str, Any], *check_ins: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """About the last of the check-ins."""
    subject = {"type": "check_in", "id": check_ins[-1]["id"] if check_ins else "nobody's"}
    sound = {"rule": rule, "evidence": evidence, "subject": subject, "outlet_code": "PAT-0001", "products": []}
    return sound | {"check_ins": list(check_ins), "orders": []} | fields


OUTLET = {"name": "Lidl", "location": {"lat": 38.255, "lon": 21.735, "radius_m": 80.0, "fence": None}}


def test_doubts_of_one_rule_about_one_rep_on_one_day_stand_together_in_the_order_of_their_first() -> None:
    queue = queue_of(listed("a"), listed("b", "one_spot"), listed("c"), listed("d", rep_code="PAT-R2"))
    assert [signal["id"] for signal in queue] == ["a", "c", "b", "d"]
    assert [(group.rule, group.rep_name, len(group.signals)) for group in queue.groups] == [
        ("mock_location", "Eleni", 2),
        ("one_spot", "Eleni", 1),
        ("mock_location", None, 1),
    ]


@pytest.mark.parametrize(
    ("reviewed", "following"),
    [(["a"], "b"), (["b"], "c"), (["c"], "a"), (["a", "b"], "c"), (["b", "c"], "a"), (["a", "b", "c"], None)],
)
def test_after_a_review_comes_the_next_one_and_after_the_last_the_first(
    reviewed: list[str], following: str | None
) -> None:
    assert queue_of(listed("a"), listed("b"), listed("c")).after(reviewed) == following


def test_after_a_review_of_what_is_not_listed_the_queue_begins_anew() -> None:
    assert queue_of(listed("a"), listed("b")).after(["elsewhere"]) == "a"
    assert queue_of().after(["elsewhere"]) is None


def test_an_address_keeps_the_filters_and_what_is_changed_lists_from_the_beginning() -> None:
    monday = date(2026, 11, 23)
    asked = QueueFilter(rule="one_spot", first=monday, last=monday, cursor="abc")
    assert asked.day == monday
    assert asked.address("x") == "/console/review/x?rule=one_spot&from=2026-11-23&to=2026-11-23&cursor=abc"
    assert asked.address(rule=None) == "/console/review?from=2026-11-23&to=2026-11-23"
    assert QueueFilter().address(status="reviewed") == "/console/review?status=reviewed"
    assert asked.of_day(None) == "/console/review?rule=one_spot"


@pytest.mark.parametrize("rule", RiskRule)
def test_every_rule_has_a_template_of_its_own_kind(rule: RiskRule) -> None:
    assert rule in SHOWN


def test_a_rule_that_nobody_has_heard_of_is_shown_by_what_it_saw() -> None:
    view = view_of(DoubtCase(doubt("telepathy", {"distance_m": 4.5, "outlets": ["A", "B"]})))
    assert view.template == "review/evidence_facts.html"
    assert view.shown == [("distance_m", "4.5"), ("outlets", '["A","B"]')]


@pytest.mark.parametrize("rule", RiskRule)
def test_a_doubt_whose_evidence_is_out_of_sight_can_be_shown(rule: RiskRule) -> None:
    view = view_of(DoubtCase(doubt(rule.value, {})))
    assert view.template == ("review/evidence_fix.html" if rule == "mock_location" else "review/evidence_facts.html")


def test_places_stand_by_time_whichever_is_doubted() -> None:
    later = record("later", "2026-11-23T10:00:00Z")
    case = DoubtCase(doubt("two_devices", {"after": {"id": "later"}}, later, record("earlier", "2026-11-23T09:00:00Z")))
    places = side_by_side(case, "after")
    assert [(place.id, place.letter, place.is_doubted) for place in places.places] == [
        ("earlier", "A", True),
        ("later", "B", False),
    ]


def test_a_record_out_of_sight_is_told_by_its_reference() -> None:
    reference = {
        "id": "theirs",
        "kind": "check_in",
        "outlet_code": "PAT-0009",
        "corrected_at": "2026-11-23T08:00:00Z",
        "trusted": True,
    }
    case = DoubtCase(doubt("impossible_speed", {"before": reference}, record("own", "2026-11-23T09:00:00Z")))
    before, doubted = side_by_side(case, "before").places
    assert (before.kind, before.outlet_code, before.fix) == ("check_in", "PAT-0009", None)
    assert doubted.is_doubted


def test_the_way_to_the_outlet_is_as_long_as_it_is() -> None:
    case = DoubtCase(doubt("remote_order", {"far": True}, record("a", "2026-11-23T09:00:00Z")), {"PAT-0001": OUTLET})
    drawing = off_the_outlet(case, "check_in").sketch
    assert drawing is not None
    [way] = drawing.ways
    assert way.distance_m == distance_m(*PATRAS, 38.255, 21.735)


def test_without_a_position_nothing_is_drawn() -> None:
    case = DoubtCase(
        doubt("remote_order", {"far": True}, record("a", "2026-11-23T09:00:00Z", fix=None)), {"PAT-0001": OUTLET}
    )
    assert off_the_outlet(case).sketch is None


@given(st.floats(38.0, 38.3), st.floats(21.5, 21.9), st.floats(1, 20_000), st.floats(0, 2 * math.pi))
def test_a_sketch_is_to_scale_and_within_its_frame(lat: float, lon: float, metres: float, turn: float) -> None:
    other = (lat + metres * math.cos(turn) / 111_000, lon + metres * math.sin(turn) / 87_000)
    drawing = sketch_of([SketchSpot("A", lat, lon), SketchSpot("B", *other)], [("A", "B", metres)])
    assert drawing is not None
    first, second = (mark.at for mark in drawing.marks)
    for x, y in (first, second):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    drawn_m = math.dist(first, second) / drawing.bar * drawing.bar_m
    assert drawn_m == pytest.approx(distance_m(lat, lon, *other), rel=1e-3, abs=0.01)


def test_a_fix_that_may_be_off_by_kilometres_does_not_hide_what_lies_apart() -> None:
    near = SketchSpot("B", PATRAS[0] + 0.002, PATRAS[1])
    plain = sketch_of([SketchSpot("A", *PATRAS), near])
    coarse = sketch_of([SketchSpot("A", *PATRAS, radius_m=5_000), near])
    assert plain is not None
    assert coarse is not None
    assert coarse.bar_m == plain.bar_m


@given(st.floats(0.1, 1e6))
def test_a_scale_bar_is_a_round_length(metres: float) -> None:
    length = round_length(metres)
    assert length <= metres < length * 2.51
    assert f"{length:e}"[0] in "125"


def test_stretches_lie_on_one_scale() -> None:
    spans = drawn(
        [
            TimeStretch("a", "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"),
            TimeStretch("b", "2026-11-23T10:00:00Z", "2026-11-23T16:00:00Z"),
            TimeStretch("c", "2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z"),
        ]
    )
    assert [(span.x, span.width) for span in spans] == [(0, 50), (25, 75), (98.8, 1.2)]


def test_missing_numbers_lie_where_they_would_be() -> None:
    evidence = {"missing": [[1, 50], [100, 100]], "missing_count": 51, "sequence_to": 100}
    events = numbered_events(DoubtCase(doubt("sequence_gap", evidence)))
    assert [(gap.x, gap.width) for gap in events.missing] == [(0, 50), (99, 1)]


def test_an_order_is_compared_product_by_product_with_the_four_by_their_days() -> None:
    days = ["2026-11-20", "2026-11-18", "2026-11-16", "2026-11-13"]
    lines = [{"product_code": "CHO", "quantity": "12"}]
    orders = [{"id": day, "outlet_code": "PAT-0001", "lines": lines} for day in days[1:]]
    evidence = {
        "mean_of": [{"id": day, "business_date": day} for day in days],
        "lines": [{"product_code": "CHO", "quantity": "18", "mean": "15", "pack_size": "6"}],
        "products": 3,
        "captured": {"by": "nothing"},
    }
    names = [{"product_code": "CHO", "name": "Chocolate"}]
    compared = compared_order(DoubtCase(doubt("averaged_order", evidence, orders=orders, products=names)))
    assert compared.days == sorted(days)
    [line] = compared.lines
    assert (line.product_name, line.earlier, str(line.packs_off)) == ("Chocolate", [12, 12, 12, None], "0.5")
    assert compared.left_out == 2


def test_what_a_review_comes_to_is_by_rule_and_policy() -> None:
    policies = [{"rule": "dumped_order", "points": -7}]
    assert (consequence_of("averaged_order", policies).kind, consequence_of("remote_order", policies).points) == (
        "costs",
        7,
    )
    assert consequence_of("mock_location").kind == "decides"
    assert consequence_of("one_spot").kind == "counts"


def test_a_period_has_so_many_days_and_today_is_one_of_them() -> None:
    today = date(2026, 11, 28)
    firsts = dict(periods(today))
    first = firsts["last_30_days"]
    assert first is not None
    assert [first + timedelta(days=number) for number in range(30)][-1] == today
    assert firsts["always"] is None
