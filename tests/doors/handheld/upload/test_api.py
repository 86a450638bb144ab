"""One upload: a result for each event, in the order sent, whatever the others are."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.upload.schemas import UploadAnswer
from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground import clock
from app.ground.receipts.models import EventReceipt
from app.masters.outlets.models import OutletTerms
from app.sales.orders.models import NoOrderReport, Order, OrderLine, OrderRefusal
from tests.conftest import MONDAY_NOON, Statements
from tests.databases import by_the_owner
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.catalogue import make_product
from tests.factories.handheld import NOON, make_check_in, make_fix, make_no_order, make_order, make_upload
from tests.factories.identity import bearer, make_device
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]


def problem_codes(answer: dict[str, Any], place: int = 0) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer["results"][place]["problem"]["errors"]]


async def test_a_day_of_events_is_recorded_with_a_result_for_each(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    check_in = make_check_in(field.outlet.code)
    order = make_order(field.outlet.code, field.product.code)
    report = make_no_order(field.outlet.code)

    answer = await sync(check_in, order, report)

    UploadAnswer.model_validate(answer)
    assert statuses(answer) == ["accepted", "accepted", "accepted"]
    assert [result["id"] for result in answer["results"]] == [check_in["id"], order["id"], report["id"]]
    assert answer["results"][0]["verdict"]["code"] == "INSIDE"
    assert answer["results"][1]["verdict"] is None
    recorded = (await session.scalars(select(CheckIn))).one()
    assert (recorded.rep_id, recorded.device_id, recorded.outlet_id) == (
        field.rep.id,
        field.device.id,
        field.outlet.id,
    )
    assert (recorded.business_date, recorded.trusted, recorded.location_version) == (date(2026, 11, 23), True, 1)
    placed = (await session.scalars(select(Order))).one()
    assert (placed.channel, placed.placed_by, placed.trusted) == ("HANDHELD", f"device:{field.rep.code}", True)
    assert (await session.scalars(select(OrderLine.quantity))).one() == 6
    assert (await session.scalars(select(NoOrderReport.reason_code))).all() == ["overstocked"]


async def test_an_upload_without_events_moves_the_watermark(sync: Sync) -> None:
    answer = await sync(sequence_to=0)

    assert (answer["results"], answer["watermark"]) == ([], "2026-11-23T10:00:00Z")


async def test_a_device_that_counts_from_0_loses_no_event_and_has_no_gap(sync: Sync, field: Field) -> None:
    answer = await sync(
        make_check_in(field.outlet.code, sequence=0), make_check_in(field.outlet.code, sequence=1), sequence_to=1
    )
    assert (statuses(answer), answer["watermark"]) == (["accepted", "accepted"], "2026-11-23T10:00:00Z")


async def test_an_upload_that_is_sent_again_as_it_was_claims_no_later_time(
    sync: Sync, field: Field, the_clock: clock.SetClock
) -> None:
    event = make_check_in(field.outlet.code, sequence=1)
    first = await sync(event, sequence_to=1)
    the_clock.move_to(NOON + timedelta(minutes=15))

    again = [await sync(event, sequence_to=1) for _ in range(2)]

    assert [(one["clock_skew_ms"], one["watermark"]) for one in again] == [(0, first["watermark"])] * 2
    assert [one["received_at"] for one in again] == ["2026-11-23T10:15:00Z"] * 2


async def test_an_upload_of_another_boot_is_measured_by_itself(
    sync: Sync, field: Field, the_clock: clock.SetClock
) -> None:
    await sync(make_check_in(field.outlet.code, sequence=1), sequence_to=1)
    the_clock.move_to(NOON + timedelta(minutes=15))

    later = await sync(sequence_to=1, boot_id="boot-2")

    assert later["clock_skew_ms"] == 15 * 60 * 1000


async def test_the_same_upload_again_is_answered_alike_as_duplicates(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    events = [
        make_check_in(field.outlet.code),
        make_order(field.outlet.code, field.product.code, fix=make_fix()),
        make_no_order(field.outlet.code),
    ]
    events[1]["lines"][0]["unit_price"] = "1.00"
    first = await sync(*events)
    the_clock.move_to(NOON + timedelta(hours=3))
    again = await sync(*events)

    assert statuses(again) == ["duplicate"] * 3
    assert again["results"] == [result | {"status": "duplicate"} for result in first["results"]]
    assert again["results"][1]["warnings"][0]["code"] == "price_differs"
    assert len((await session.scalars(select(Order))).all()) == 1


async def test_decimals_and_instants_that_mean_the_same_are_the_same_content(sync: Sync, field: Field) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)
    order["lines"][0] |= {"quantity": 6.0, "unit_price": "1.1500"}
    order["captured_at"] = "2026-11-23T12:00:00+02:00"
    order |= {"sequence": 9, "monotonic_ms": None, "boot_id": "other"}

    assert statuses(await sync(order)) == ["duplicate"]


async def test_another_content_under_the_same_id_is_a_conflict_and_the_first_stays(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)

    answer = await sync(order | {"comment": "two boxes"}, make_check_in(field.outlet.code, id=order["id"]))

    assert statuses(answer) == ["conflict", "conflict"]
    assert answer["results"][0]["problem"]["status"] == 409
    assert (await session.scalars(select(Order.comment))).all() == [""]


async def test_one_id_twice_in_an_upload_stands_as_if_each_had_come_alone(sync: Sync, field: Field) -> None:
    check_in = make_check_in(field.outlet.code)

    answer = await sync(check_in, check_in, check_in | {"kind": "departure"})

    assert statuses(answer) == ["accepted", "duplicate", "conflict"]
    assert answer["results"][1]["verdict"] == answer["results"][0]["verdict"]


async def test_another_reps_event_under_the_same_id_is_a_conflict_that_tells_nothing(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)
    other = await make_device(session, await make_rep(session, field.territory))

    answer = await sync(order, device=other)

    assert statuses(answer) == ["conflict"]
    assert (answer["results"][0]["verdict"], answer["results"][0]["warnings"]) == (None, [])


BAD_EVENTS: list[tuple[Any, list[tuple[str, str]]]] = [
    (None, [("", "not_an_object")]),
    ("text", [("", "not_an_object")]),
    ([], [("", "not_an_object")]),
    ({}, [("/type", "unknown_type")]),
    ({"type": "photo"}, [("/type", "unknown_type")]),
    ({"type": ["order"]}, [("/type", "unknown_type")]),
    ({"id": "1"}, [("/id", "uuid_parsing")]),
    ({"outlet_code": "a\x00b"}, [("/outlet_code", "code")]),
    ({"outlet_code": "NOWHERE"}, [("/outlet_code", "unknown_outlet")]),
    ({"kind": "passing"}, [("/kind", "enum")]),
    ({"captured_at": "2026-11-23T12:00:00"}, [("/captured_at", "timezone_aware")]),
    ({"captured_at": 1764000000}, [("/captured_at", "instant")]),
    ({"captured_at": "yesterday"}, [("/captured_at", "instant")]),
]


@pytest.mark.parametrize(("changes", "problems"), BAD_EVENTS)
async def test_a_bad_check_in_is_rejected_alone_with_every_problem(
    api: httpx.AsyncClient, app: FastAPI, field: Field, changes: Any, problems: list[tuple[str, str]]
) -> None:
    good = make_check_in(field.outlet.code)
    bad = make_check_in(field.outlet.code) | changes if isinstance(changes, dict) and changes else changes
    # written by the standard library, which writes NaN and infinities as JavaScript does
    body = json.dumps(make_upload(bad, good)).encode()
    headers = bearer(app, field.device) | {"Content-Type": "application/json"}

    answer = await api.post("/v1/sync", content=body, headers=headers)

    assert answer.status_code == 200, answer.text
    assert statuses(answer.json()) == ["rejected", "accepted"]
    assert problem_codes(answer.json()) == problems


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"quantity": "5"}, ("/lines/0/quantity", "not_a_multiple_of_pack")),
        ({"quantity": "-6"}, ("/lines/0/quantity", "quantity_not_positive")),
        ({"quantity": "1" * 30}, ("/lines/0/quantity", "decimal_text")),
        ({"quantity": 1e30}, ("/lines/0/quantity", "less_than_equal")),
        ({"quantity": True}, ("/lines/0/quantity", "decimal_type")),
        ({"quantity": "NaN"}, ("/lines/0/quantity", "decimal_text")),
        ({"unit_price": "-1"}, ("/lines/0/unit_price", "greater_than_equal")),
        ({"product_code": "NOTHING"}, ("/lines/0/product_code", "unknown_product")),
    ],
)
async def test_a_bad_line_rejects_its_order(
    sync: Sync, session: AsyncSession, field: Field, line: dict[str, Any], problem: tuple[str, str]
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    order["lines"][0] |= line

    answer = await sync(order, make_order(field.outlet.code, field.product.code))

    assert statuses(answer) == ["rejected", "accepted"]
    assert problem in problem_codes(answer)
    assert len((await session.scalars(select(Order.id))).all()) == 1


async def test_an_order_past_500_lines_is_rejected_with_the_limit_named(sync: Sync, field: Field) -> None:
    order = make_order(field.outlet.code, *[field.product.code] * 20_000)

    answer = await sync(order, make_check_in(field.outlet.code))

    assert statuses(answer) == ["rejected", "accepted"]
    assert problem_codes(answer) == [("/lines", "too_long")]
    assert "500" in answer["results"][0]["problem"]["errors"][0]["message"]


async def test_an_event_with_thousands_of_problems_tells_a_hundred(sync: Sync, field: Field) -> None:
    order = make_order(field.outlet.code) | {"lines": [{"product_code": "", "quantity": "x"}] * 400}

    assert len(problem_codes(await sync(order))) == 100


async def test_a_refused_order_tells_every_problem_and_is_remembered_for_the_cutoff(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    async with by_the_owner(session):
        terms = (await session.scalars(select(OutletTerms).where(OutletTerms.outlet_id == field.outlet.id))).one()
        terms.credit_hold = True
    order = make_order(field.outlet.code, field.product.code, "NOTHING", delivery_date="2026-11-22")

    answer = await sync(order)

    assert statuses(answer) == ["rejected"]
    assert {code for _, code in problem_codes(answer)} == {
        "credit_hold",
        "unknown_product",
        "delivery_date_in_the_past",
    }
    refusal = (await session.scalars(select(OrderRefusal))).one()
    assert (refusal.id, refusal.rep_id, refusal.outlet_id) == (UUID(order["id"]), field.rep.id, field.outlet.id)
    assert (await session.scalars(select(EventReceipt))).all() == []


async def test_the_corrected_order_may_come_under_the_id_of_the_refused_one(sync: Sync, field: Field) -> None:
    order = make_order(field.outlet.code, field.product.code)
    wrong = order | {"lines": []}

    assert statuses(await sync(wrong, order, wrong)) == ["rejected", "accepted", "conflict"]


async def test_an_order_that_was_accepted_stays_a_duplicate_though_it_would_be_refused_now(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    order = make_order(field.outlet.code, field.product.code)
    await sync(order)
    field.product.active = False
    await session.flush()

    assert statuses(await sync(order)) == ["duplicate"]
    assert statuses(await sync(make_order(field.outlet.code, field.product.code))) == ["rejected"]


async def test_an_outlet_of_another_territory_takes_check_ins_but_no_orders(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    foreign = await make_outlet(session, await make_territory(session))

    answer = await sync(make_check_in(foreign.code), make_order(foreign.code, field.product.code))

    assert statuses(answer) == ["accepted", "rejected"]
    assert problem_codes(answer, 1) == [("/outlet_code", "outlet_outside_territory")]
    assert (await session.scalars(select(CheckIn.territory_id))).all() == [field.territory.id]


@pytest.mark.parametrize(
    ("fix", "reasons"),
    [(None, []), (make_fix((0.0, 0.0)), ["fix_void"]), (make_fix(accuracy_m=-1.0), ["fix_void"])],
    ids=["no fix", "null island", "negative accuracy"],
)
async def test_a_check_in_without_a_fix_has_the_verdict_no_fix(
    session: AsyncSession, sync: Sync, field: Field, fix: Any, reasons: list[str]
) -> None:
    check_in = make_check_in(field.outlet.code, fix=fix)
    verdict = {"code": "NO_FIX", "p_inside": None, "distance_m": None, "reasons": reasons}

    for _ in range(2):
        assert (await sync(check_in))["results"][0]["verdict"] == verdict
    stored = (await session.scalars(select(CheckIn))).one()
    assert (stored.lat, stored.lon, stored.accuracy_m, stored.fix_at) == (None, None, None, None)


async def test_why_a_verdict_is_not_what_the_place_alone_would_say_is_told_everywhere(
    api: httpx.AsyncClient, app: FastAPI, sync: Sync, field: Field
) -> None:
    late = make_fix(fix_at=(NOON + timedelta(seconds=121)).isoformat())
    check_in = make_check_in(field.outlet.code, fix=late)
    headers = bearer(app, field.device)

    synced = (await sync(check_in))["results"][0]["verdict"]
    told = (await api.get(f"/v1/check-ins/{check_in['id']}", headers=headers)).json()["verdict"]
    (visit,) = (await api.get("/v1/visits", params={"date": "2026-11-23"}, headers=headers)).json()["items"]

    assert synced["code"] == "UNCERTAIN"
    for verdict in (synced, told, visit["check_ins"][0]["verdict"]):
        assert verdict["reasons"] == ["fix_after_capture"]


async def test_a_fix_that_is_none_accuses_nobody(session: AsyncSession, sync: Sync, field: Field) -> None:
    away = await make_outlet(session, field.territory, at=(PATRAS[0] + 0.009, PATRAS[1]))
    void = make_fix((0.0, 0.0), accuracy_m=0, mock=True, fix_at="1980-01-06T00:00:00Z")
    times = [NOON - timedelta(minutes=minutes) for minutes in (13, 9, 8, 1)]
    await sync(
        make_check_in(field.outlet.code, times[0]),
        make_check_in(field.outlet.code, times[1], kind="departure", fix=void | {"accuracy_m": -1}),
        make_order(field.outlet.code, field.product.code, time=times[2], fix=void),
        make_check_in(away.code, times[3], fix=make_fix((PATRAS[0] + 0.009, PATRAS[1]), times[3])),
    )

    assert (await session.scalars(select(RiskSignal.rule))).all() == []


async def test_an_unknown_reason_rejects_a_no_order_report(sync: Sync, field: Field) -> None:
    answer = await sync(make_no_order(field.outlet.code, reason_code="bored"))

    assert problem_codes(answer) == [("/reason_code", "unknown_reason")]


async def test_unknown_fields_are_ignored(sync: Sync, field: Field) -> None:
    assert statuses(await sync(make_check_in(field.outlet.code, mood={"a": [1]}), battery=0.5)) == ["accepted"]


async def test_more_than_500_events_are_refused_with_the_limit_named(
    api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    body = make_upload(*[{} for _ in range(501)])

    answer = await api.post("/v1/sync", json=body, headers=bearer(app, field.device))

    assert answer.status_code == 413
    assert "500 events" in answer.json()["detail"]
    assert answer.json()["limit_events"] == 500


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"events": []}', b'{"sent_at": "x", "events": 3}', b"[" * 5000])
async def test_an_upload_that_is_none_is_refused_as_a_whole(
    api: httpx.AsyncClient, app: FastAPI, field: Field, body: bytes
) -> None:
    headers = bearer(app, field.device) | {"Content-Type": "application/json"}

    answer = await api.post("/v1/sync", content=body, headers=headers)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("depth", [900, 3_000, 100_000])
async def test_an_event_nested_past_all_measure_costs_no_500(
    api: httpx.AsyncClient, app: FastAPI, field: Field, depth: int
) -> None:
    deep = b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": [' + b"[" * depth + b"]" * depth + b"]}"
    headers = bearer(app, field.device) | {"Content-Type": "application/json"}

    answer = await api.post("/v1/sync", content=deep, headers=headers)

    # how deep it is read differs by Python: then it is an event like another that is none
    if answer.status_code == 200:
        assert statuses(answer.json()) == ["rejected"]
    else:
        assert answer.status_code == 422


async def test_the_clocks_skew_corrects_the_time_of_an_event(sync: Sync, session: AsyncSession, field: Field) -> None:
    slow_by_an_hour = NOON - timedelta(hours=1)
    check_in = make_check_in(field.outlet.code, slow_by_an_hour - timedelta(minutes=10))

    answer = await sync(check_in, time=slow_by_an_hour)

    assert answer["clock_skew_ms"] == 3_600_000
    recorded = (await session.scalars(select(CheckIn))).one()
    assert recorded.corrected_at == NOON - timedelta(minutes=10)
    assert (recorded.trusted, recorded.skew_ms) == (True, 3_600_000)


async def test_a_clock_in_another_decade_is_corrected_by_its_skew(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    in_2099 = datetime(2099, 6, 1, 9, 0, tzinfo=UTC)
    check_in = make_check_in(field.outlet.code, in_2099 - timedelta(minutes=3))

    assert statuses(await sync(check_in, time=in_2099)) == ["accepted"]
    assert (await session.scalars(select(CheckIn.corrected_at))).one() == NOON - timedelta(minutes=3)


@pytest.mark.parametrize("captured_at", ["2090-01-01T00:00:00Z", "2026-11-23T12:00:00Z"])
async def test_an_event_from_the_future_that_nothing_proves_is_of_the_moment_it_came(
    sync: Sync, session: AsyncSession, field: Field, captured_at: str
) -> None:
    check_in = make_check_in(field.outlet.code, captured_at=captured_at, monotonic_ms=None)

    await sync(check_in)

    recorded = (await session.scalars(select(CheckIn))).one()
    assert (recorded.corrected_at, recorded.trusted, recorded.clock_doubt) == (NOON, False, "unproven_time")


async def test_an_event_that_no_calendar_holds_happened_when_it_came(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    check_in = make_check_in(field.outlet.code, captured_at="2000-01-01T00:00:00Z", monotonic_ms=None)

    await sync(check_in, sent_at="2100-12-31T00:00:00Z", monotonic_ms=None)

    assert (await session.scalars(select(CheckIn.corrected_at))).one() == NOON


async def test_the_business_date_is_the_local_date_of_the_corrected_time(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(datetime(2026, 11, 23, 22, 30, tzinfo=UTC))
    before = datetime(2026, 11, 23, 21, 59, tzinfo=UTC)
    after = datetime(2026, 11, 23, 22, 1, tzinfo=UTC)

    await sync(make_check_in(field.outlet.code, before), make_check_in(field.outlet.code, after), time=clock.now())

    days = select(CheckIn.business_date).order_by(CheckIn.corrected_at)
    assert (await session.scalars(days)).all() == [date(2026, 11, 23), date(2026, 11, 24)]


async def test_an_event_with_a_boot_of_its_own_is_untrusted_but_not_doubted(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    await sync(make_check_in(field.outlet.code, boot_id="the boot before"))

    recorded = (await session.scalars(select(CheckIn))).one()
    assert (recorded.trusted, recorded.clock_changed, recorded.boot_id) == (False, False, "the boot before")


async def test_an_unplanned_check_in_makes_one_ad_hoc_visit(sync: Sync, session: AsyncSession, field: Field) -> None:
    other = await make_outlet(session, field.territory)
    planned = await make_visit(session, field.rep, other)

    await sync(
        make_check_in(field.outlet.code, kind="departure"),
        make_check_in(field.outlet.code),
        make_check_in(other.code),
    )
    await sync(make_check_in(field.outlet.code))

    visits = (await session.scalars(select(Visit).order_by(Visit.created_at))).all()
    assert {visit.outlet_id: visit.planned for visit in visits} == {other.id: True, field.outlet.id: False}
    assert len(visits) == 2
    assert planned.id in {visit.id for visit in visits}


async def test_an_order_with_a_fix_carries_its_verdict(sync: Sync, session: AsyncSession, field: Field) -> None:
    answer = await sync(make_order(field.outlet.code, field.product.code, fix=make_fix()))

    assert answer["results"][0]["verdict"]["code"] == "INSIDE"
    assert (await session.scalars(select(Order.verdict))).one() == "INSIDE"


async def test_the_watermark_waits_for_what_is_missing(sync: Sync, session: AsyncSession, field: Field) -> None:
    early, late = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
    first = make_check_in(field.outlet.code, early, sequence=1)
    second = make_check_in(field.outlet.code, late, sequence=2)
    third = make_check_in(field.outlet.code, sequence=3)

    with_gap = await sync(first, third, sequence_to=3)
    filled = await sync(second, time=NOON)

    assert with_gap["watermark"] == "2026-11-23T08:00:00Z"
    assert filled["watermark"] == "2026-11-23T10:00:00Z"
    state = (await session.scalars(select(DeviceSyncState))).one()
    assert [(numbers.lower, numbers.upper) for numbers in state.received] == [(1, 4)]


async def test_a_clock_that_is_fast_by_less_than_two_seconds_claims_nothing_of_the_future(
    sync: Sync, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(NOON - timedelta(seconds=1.9))

    answer = await sync(sequence_to=0, time=NOON)

    assert (answer["clock_skew_ms"], answer["watermark"]) == (0, "2026-11-23T09:59:58.100000Z")


async def test_a_rejected_event_has_arrived_and_keeps_its_day_open(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    bad = make_check_in(field.outlet.code, sequence=1) | {"kind": "passing"}
    unreadable = {"type": "unheard of", "sequence": 2}

    answer = await sync(bad, unreadable, make_check_in(field.outlet.code, sequence=3), sequence_to=3)

    assert statuses(answer) == ["rejected", "rejected", "accepted"]
    assert (await session.scalars(select(RiskSignal.rule))).all() == []
    assert answer["watermark"] == "2026-11-20T14:59:59.999000Z"  # before the last cutoff of which it may be


async def test_an_upload_that_claims_nothing_moves_no_watermark(sync: Sync, field: Field) -> None:
    assert (await sync(make_check_in(field.outlet.code, sequence=1)))["watermark"] is None


@pytest.mark.parametrize("events", [1, 500])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_events(
    sync: Sync, session: AsyncSession, statements: Statements, field: Field, events: int
) -> None:
    products = [(await make_product(session)).code for _ in range(3)]
    outlets = [(await make_outlet(session, field.territory)).code for _ in range(5)]
    makers: list[Callable[[int], dict[str, Any]]] = [
        lambda n: make_check_in(outlets[n % 5], NOON - timedelta(minutes=n)),
        lambda n: make_order(outlets[n % 5], *products, time=NOON - timedelta(minutes=n), fix=make_fix()),
        lambda n: make_no_order(outlets[n % 5], NOON - timedelta(minutes=n)),
    ]
    every_kind = [make(n) for n in range(events) for make in makers][: max(3, events)]
    await sync(sequence_to=0)
    await statements.taken()
    answer = await sync(*every_kind, sequence_to=0)

    assert set(statuses(answer)) == {"accepted"}
    # caller, locks, outlets, offers, what stands around the orders, reasons, ids, check-ins with visits, orders with
    # lines, reports, two for signals, the device's state; beside BEGIN and COMMIT
    assert len(await statements.taken()) == 13


async def test_a_device_of_no_active_rep_is_turned_away(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, field: Field
) -> None:
    field.rep.active = False
    await session.flush()

    answer = await api.post("/v1/sync", json=make_upload(), headers=bearer(app, field.device))

    assert answer.status_code == 401


async def test_an_id_that_cannot_be_told_again_is_null_in_the_result(
    api: httpx.AsyncClient, app: FastAPI, field: Field
) -> None:
    body = json.dumps(make_upload({"type": "order", "id": "A-1"}, {"type": "order", "id": "\ud83d"}, {"id": 7}))
    headers = bearer(app, field.device) | {"Content-Type": "application/json"}

    answer = await api.post("/v1/sync", content=body, headers=headers)

    assert [result["id"] for result in answer.json()["results"]] == ["A-1", None, None]


async def test_each_order_of_an_upload_is_judged_by_the_terms_of_its_capture(
    sync: Sync, session: AsyncSession, field: Field
) -> None:
    changed_at = MONDAY_NOON - timedelta(hours=1)
    terms = {"valid_from": changed_at, "must_stock": [], "min_order_value": Decimal(1000), "created_by": "test"}
    session.add(OutletTerms(outlet_id=field.outlet.id, version=2, **terms))
    field.outlet.terms_version = 2
    await session.flush()
    moments = [changed_at + timedelta(minutes=minutes) for minutes in (-1, 1)]

    answer = await sync(*(make_order(field.outlet.code, field.product.code, time=at) for at in moments))

    assert [[warning["code"] for warning in one["warnings"]] for one in answer["results"]] == [
        [],
        ["below_min_order", "another_order_that_day", "same_lines"],
    ]
