"""What forms of Setup bring, as bodies of the API; and what changed between two states of a record."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from starlette.datastructures import FormData

from app.doors.console.forms import SentForm
from app.doors.console.qr_pictures import qr_picture
from app.doors.console.setup import (
    assortment_targets,
    outlet_bodies,
    points_policy,
    records,
    simulations,
    terms_bodies,
    workdays,
)
from app.doors.console.setup.attention import count_bad_mails
from app.doors.console.setup.audit import begin_of
from app.doors.console.setup.changes import differences
from app.doors.console.setup.devices import is_silent
from app.doors.console.setup.percents import fraction_of, percent_of

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)


def sent(*fields: tuple[str, str]) -> SentForm:
    return SentForm(FormData(list(fields)))


def test_rows_of_fields_are_read_side_by_side_and_empty_ones_are_left_out() -> None:
    form = sent(
        ("product", "A"), ("quantity", "6"), ("product", ""), ("quantity", ""), ("product", ""), ("quantity", "2")
    )
    assert form.rows("product", "quantity") == [
        {"product": "A", "quantity": "6"},
        {"product": "", "quantity": "2"},
    ]


@pytest.mark.parametrize(
    ("typed", "value"), [("38,24", 38.24), ("-7", -7.0), ("north", "north"), ("1e9", "1e9"), ("", None)]
)
def test_a_coordinate_is_a_number_or_stays_as_it_was_typed(typed: str, value: Any) -> None:
    assert sent(("lat", typed)).real("lat") == value


@pytest.mark.parametrize(
    ("percent", "fraction"), [("35", "0.35"), ("12,5", "0.125"), ("100", "1"), ("some", "some"), (None, None)]
)
def test_shares_are_typed_in_percent(percent: str | None, fraction: str | None) -> None:
    assert fraction_of(percent) == fraction
    assert percent_of(fraction) == (percent or "").replace(",", ".")


def test_a_fence_goes_before_a_circle_and_without_both_there_is_no_location() -> None:
    circle = (("lat", "38.2"), ("lon", "21.7"), ("radius_m", "80"))
    assert outlet_bodies.location_of(sent(*circle)) == {"lat": 38.2, "lon": 21.7, "radius_m": 80.0}
    assert outlet_bodies.location_of(sent(*circle, ("fence", '{"type": "Polygon"}'))) == {"fence": {"type": "Polygon"}}
    assert outlet_bodies.location_of(sent(("fence", "no JSON"))) == {"fence": "no JSON"}
    assert outlet_bodies.location_of(sent(("lat", ""))) is None


def test_an_outlet_without_own_terms_gets_none_by_being_saved() -> None:
    nothing = sent(("hours_weekdays", ""), ("hours_opens", ""), ("hours_closes", ""))
    assert terms_bodies.outlet_terms_of(nothing, has_terms=False) is None
    taken_away = terms_bodies.outlet_terms_of(nothing, has_terms=True)
    assert taken_away is not None
    assert (taken_away["visits_per_week"], taken_away["must_stock"], taken_away["credit_hold"]) == (None, [], False)


def test_terms_hold_hours_by_days_and_products_with_their_quantities() -> None:
    terms = terms_bodies.terms_of(
        sent(
            ("visits_per_week", "0,5"),
            *(("hours_weekdays", "1,2"), ("hours_opens", "08:00"), ("hours_closes", "14:00")),
            *(("hours_weekdays", "6,7"), ("hours_opens", ""), ("hours_closes", "")),
            *(("must_stock_product", "CHO-100"), ("must_stock_quantity", "")),
        )
    )
    assert terms["visits_per_week"] == "0.5"
    assert terms["visiting_hours"] == [{"weekdays": [1, 2], "opens": "08:00", "closes": "14:00"}]
    assert terms["must_stock"] == [{"product_code": "CHO-100", "min_quantity": "1"}]


@pytest.mark.parametrize(("rep_code", "says"), [("PAT-R1", False), ("ATH-R1", True)])
def test_an_outlet_that_goes_to_another_territory_leaves_its_rep_behind(rep_code: str, says: bool) -> None:
    form = sent(
        *(("territory_before", "PATRAS"), ("territory_code", "ATHENS")),
        *(("rep_before", "PAT-R1"), ("rep_code", rep_code)),
    )
    assert ("rep_code" in outlet_bodies.body_of(form, has_terms=False)) is says


def test_what_is_empty_in_a_workday_is_as_the_territorys() -> None:
    empty = workdays.body_of(sent(("start_kind", ""), ("lunch_minutes", "")))
    assert set(empty.values()) == {None}
    body = workdays.body_of(
        sent(
            ("lunch_minutes", "0"), ("start_kind", "open"), ("end_kind", "place"), ("end_lat", "38.2"), ("end_lon", "x")
        )
    )
    assert body["lunch"] == {"minutes": 0}
    assert body["start"] == {"open": True}
    assert body["end"] == {"lat": 38.2, "lon": "x", "open": False}


def test_a_rule_without_a_cap_says_none() -> None:
    assert points_policy.body_of(sent(("points", "-10"), ("valid_from", "2026-12-01"))) == {
        "points": -10,
        "valid_from": "2026-12-01",
    }


def test_of_versions_to_come_the_next_is_told() -> None:
    versions = [{"rule": "late_order", "valid_from": day} for day in ("2027-01-01", "2026-12-01", "2020-01-01")]
    assert points_policy.to_come(versions, "2026-11-28") == {"late_order": versions[1]}


def test_a_simulation_asks_about_the_rules_that_were_changed() -> None:
    policies = [
        {"rule": "order_on_time", "points": 1, "monthly_cap": None, "limit": None},
        {"rule": "returns_over_limit", "points": -20, "monthly_cap": None, "limit": "0.03"},
    ]
    same = sent(("order_on_time_points", "1"), ("returns_over_limit_points", "-20"), ("returns_over_limit_limit", "3"))
    assert simulations.changed_terms(policies, same) == {}
    other = sent(
        ("order_on_time_points", "1"), ("returns_over_limit_points", "-20"), ("returns_over_limit_limit", "2,5")
    )
    assert simulations.changed_terms(policies, other) == {"returns_over_limit": {"points": -20, "limit": "0.025"}}


def test_quarters_are_offered_around_a_day() -> None:
    assert assortment_targets.quarters_around(date(2026, 11, 28)) == ["2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2"]


def test_differences_are_told_member_by_member_and_lists_by_what_came_and_went() -> None:
    before = {"version": 1, "location": {"lat": 38.2, "lon": 21.7}, "holidays": ["2026-12-25"], "name": "Patras"}
    after = {"version": 2, "location": {"lat": 38.3, "lon": 21.7}, "holidays": ["2026-12-26"], "name": "Patras"}
    location, holidays = differences(before, after)
    assert (location.parts, location.before, location.after) == (["location", "lat"], 38.2, 38.3)
    assert (holidays.added, holidays.removed) == (["2026-12-26"], ["2026-12-25"])


def test_what_was_typed_goes_over_what_another_has_changed_and_takes_back_nothing_else() -> None:
    before = {"name": "Patras", "order_cutoff": "17:00", "holidays": ["2026-12-25"], "terms": {"credit_hold": True}}
    typed = before | {"name": "Rio", "holidays": ["2026-12-26"], "terms": {"credit_hold": True, "min_gap_days": None}}
    now = before | {"order_cutoff": "16:30", "holidays": ["2026-12-25", "2027-01-01"], "terms": {"credit_hold": False}}
    assert records.merged(now, typed, before) == {
        "name": "Rio",
        "order_cutoff": "16:30",
        "holidays": ["2027-01-01", "2026-12-26"],
        "terms": {"credit_hold": False},
    }


def test_of_what_was_made_everything_is_told() -> None:
    assert [each.member for each in differences(None, {"name": "Anna", "active": True})] == ["name", "active"]


@pytest.mark.parametrize(
    ("heard_at", "revoked_at", "silent"),
    [
        ("2026-11-27T15:00:00Z", None, False),
        ("2026-11-24T15:00:00Z", None, True),
        ("2026-11-24T15:00:00Z", "2026-11-25T09:00:00Z", False),
        (None, None, True),
    ],
)
def test_a_handheld_in_use_is_silent_after_three_days(
    heard_at: str | None, revoked_at: str | None, silent: bool
) -> None:
    device = {"last_upload_at": heard_at, "enrolled_at": "2026-10-01T08:00:00Z", "revoked_at": revoked_at}
    assert is_silent(device, NOW) is silent


def test_a_code_is_drawn_without_styles() -> None:
    picture = qr_picture("ABCD-EFGH-IJKL")
    assert picture.startswith("<svg")
    assert "style=" not in picture


def test_mails_are_counted_whose_orders_did_not_get_in() -> None:
    fine: dict[str, Any] = {"status": "processed", "forms": [{"status": "accepted"}], "answer": None}
    refused = fine | {"forms": [{"status": "accepted"}, {"status": "refused"}]}
    unanswered = fine | {"answer": {"sent_at": None, "failure": "no such mailbox"}}
    assert count_bad_mails([fine, refused, unanswered, fine | {"status": "unreadable"}]) == 3


def test_a_day_of_the_audit_trail_begins_in_the_viewers_zone() -> None:
    assert begin_of(date(2026, 11, 28), "Europe/Athens") == "2026-11-28T00:00:00+02:00"
