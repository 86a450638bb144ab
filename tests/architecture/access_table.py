"""Who may call what, and whose records it shows: one line for each route. A route without a line fails its test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.architecture.access_world import CALLERS, DEVICES, World
from tests.factories import handheld

EVERYONE = frozenset(CALLERS)
ADMIN = frozenset({"admin"})
SUPERVISORS = frozenset({"admin", "supervisor_a", "supervisor_b"})
OPERATORS = frozenset({"admin", "operator_a"})
ALL_STAFF = SUPERVISORS | OPERATORS
CLIENT = frozenset({"client_all"})

Body = Callable[[World], Any]


def nothing(_: World) -> None:
    """No body."""


@dataclass(frozen=True)
class Entry:
    """One route's line.

    `admits`: the callers whose kind the route lets in; None for a public route. `path`: the records named in the path,
    in order. `lists`: a record that its list shows to insiders. `answers`: what an insider may get.
    """

    admits: frozenset[str] | None
    path: tuple[str, ...] = ()
    lists: str | None = None
    body: Body = nothing
    query: dict[str, str] = field(default_factory=dict)
    answers: frozenset[int] = frozenset({200, 201, 204})
    media_type: str = "application/json"


def anyone(body: Body = nothing, *, answers: tuple[int, ...] = (200, 201, 204), media_type: str = "") -> Entry:
    """A public route."""
    return Entry(None, body=body, answers=frozenset(answers), media_type=media_type or "application/json")


def call(
    admits: frozenset[str], body: Body = nothing, *, query: str = "", answers: tuple[int, ...] = (200, 201, 204)
) -> Entry:
    """A route that names no record in its path; what it answers is searched for what the caller may not see."""
    return Entry(admits, body=body, query=_query(query), answers=frozenset(answers))


def listing(admits: frozenset[str], shows: str, *, query: str = "") -> Entry:
    """A list. Insiders of `shows` must find it there, so that an empty list proves nothing by itself."""
    return Entry(admits, lists=shows, query=_query(query))


def one(
    admits: frozenset[str],
    *path: str,
    body: Body = nothing,
    query: str = "",
    answers: tuple[int, ...] = (200, 201, 204),
) -> Entry:
    """A single resource: admitted outsiders get 404."""
    return Entry(admits, path=path, body=body, query=_query(query), answers=frozenset(answers))


def _query(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split("&")) if text else {}


def _territory(_: World) -> dict[str, Any]:
    return {"name": "New", "time_zone": "Europe/Athens"}


def _rep(world: World) -> dict[str, Any]:
    return {"name": "New", "territory_code": world["territory_a"]}


def _outlet(world: World) -> dict[str, Any]:
    return {"name": "New", "territory_code": world["territory_a"]}


def _proposal(_: World) -> dict[str, Any]:
    return {"id": str(uuid4()), "lat": 38.2466, "lon": 21.7346}


def _user(world: World) -> dict[str, Any]:
    codes = [world["territory_a"]]
    return {"username": "new", "password": "correct horse", "role": "operator", "territory_codes": codes}


def _check_in(world: World) -> dict[str, Any]:
    return handheld.make_check_in(world["outlet_a"])


def _order(world: World) -> dict[str, Any]:
    return handheld.make_order(world["outlet_a"], world["product"])


def _amendment(world: World) -> dict[str, Any]:
    return _order(world) | {"id": None}


def _delivery(world: World) -> dict[str, Any]:
    line = {"shipped_quantity": "6", "accepted_quantity": "6", "unit_price": "1.15", "product_code": world["product"]}
    head = {"id": str(uuid4()), "number": "DN-2", "outlet_code": world["outlet_a"], "order_id": world["order_1"]}
    return head | {"delivered_at": "2026-11-23T17:00:00+02:00", "lines": [line]}


def _delivery_row(world: World) -> dict[str, Any]:
    delivery = _delivery(world)
    line: dict[str, Any] = delivery.pop("lines")[0]
    return delivery | line


def _return(world: World) -> dict[str, Any]:
    line = {"product_code": world["product"], "quantity": "1", "unit_price": "1.15", "reason_code": "expired"}
    head = {"id": str(uuid4()), "outlet_code": world["outlet_a"], "returned_at": "2026-11-23T17:10:00+02:00"}
    return head | {"lines": [line | {"accepted": True}]}


def _return_row(world: World) -> dict[str, Any]:
    back = _return(world)
    line: dict[str, Any] = back.pop("lines")[0]
    return back | line


def _upload(world: World) -> dict[str, Any]:
    return handheld.make_upload(_check_in(world), _order(world))


def _friday(world: World) -> dict[str, Any]:
    return {"territory_code": world["territory_a"], "business_date": "2026-11-20", "dry_run": True}


def _territory_a(world: World) -> dict[str, Any]:
    return {"territory_code": world["territory_a"]}


ENTRIES: dict[str, Entry] = {
    "GET /healthz": anyone(),
    "GET /readyz": anyone(),
    "GET /metrics": anyone(),
    "GET /v1/system": call(ADMIN),
    "POST /v1/auth/token": anyone(lambda _: {"grant_type": "password"}, answers=(400,), media_type="form"),
    "POST /v1/auth/logout": anyone(lambda _: {"refresh_token": "x"}),
    "POST /v1/devices": anyone(lambda _: {}, answers=(422,)),
    "GET /v1/me": call(EVERYONE),
    "PUT /v1/me/password": call(ALL_STAFF, lambda _: {"current_password": "x", "password": "y"}, answers=(401,)),
    "GET /v1/me/logins": call(ALL_STAFF),
    "POST /v1/me/logins/{login_id}/end": Entry(ALL_STAFF, path=("order_1",), answers=frozenset({404})),
    "POST /v1/me/logins/end-all": call(ALL_STAFF),
    "POST /v1/users/{username}/logins/end-all": one(ADMIN, "username"),
    "GET /v1/me/second-factor": call(ALL_STAFF),
    "POST /v1/me/second-factor": call(ALL_STAFF, lambda _: {"current_password": "x"}, answers=(401,)),
    "POST /v1/me/second-factor/confirm": call(ALL_STAFF, lambda _: {"code": "123456"}, answers=(409,)),
    "POST /v1/me/second-factor/remove": call(
        ALL_STAFF, lambda _: {"current_password": "x", "code": "123456"}, answers=(401,)
    ),
    "POST /v1/users/{username}/second-factor/remove": one(ADMIN, "username"),
    "GET /v1/users": listing(ADMIN, "username"),
    "POST /v1/users": call(ADMIN, _user),
    "PATCH /v1/users/{username}": one(ADMIN, "username", body=lambda _: {"active": False}),
    "GET /v1/clients": listing(ADMIN, "client"),
    "POST /v1/clients": call(ADMIN, lambda _: {"name": "new", "scopes": ["orders:read"]}),
    "POST /v1/clients/{client_id}/revoke": one(ADMIN, "client"),
    "POST /v1/reps/{rep_code}/enrolment-codes": one(SUPERVISORS, "rep_1"),
    "GET /v1/devices": listing(SUPERVISORS, "device_1"),
    "POST /v1/devices/{device_id}/revoke": one(SUPERVISORS, "device_1"),
    "GET /v1/rejected-events": listing(SUPERVISORS | DEVICES, "rejection_1"),
    "POST /v1/rejected-events/{rejected_event_id}/give-up": one(SUPERVISORS, "rejection_1"),
    "GET /v1/events": call(SUPERVISORS | CLIENT),
    "GET /v1/audit": call(ADMIN | CLIENT),
    "GET /v1/territories": listing(ALL_STAFF | DEVICES | CLIENT, "territory_a"),
    "GET /v1/territories/{code}": one(ALL_STAFF | DEVICES | CLIENT, "territory_a"),
    "PUT /v1/territories/{code}": one(ADMIN | CLIENT, "territory_a", body=_territory),
    "PATCH /v1/territories/{code}": one(ADMIN | CLIENT, "territory_a", body=lambda _: {"name": "New"}),
    "GET /v1/reps": listing(SUPERVISORS | DEVICES | CLIENT, "rep_1"),
    "GET /v1/reps/{code}": one(SUPERVISORS | DEVICES | CLIENT, "rep_1"),
    "PUT /v1/reps/{code}": one(ADMIN | CLIENT, "rep_1", body=_rep),
    "PATCH /v1/reps/{code}": one(ADMIN | CLIENT, "rep_1", body=lambda _: {"name": "New"}),
    "GET /v1/products": listing(ALL_STAFF | DEVICES | CLIENT, "product"),
    "GET /v1/products/{code}": one(ALL_STAFF | DEVICES | CLIENT, "product"),
    "PUT /v1/products/{code}": one(ADMIN | CLIENT, "product", body=lambda _: {"name": "New", "list_price": "1.20"}),
    "PATCH /v1/products/{code}": one(ADMIN | CLIENT, "product", body=lambda _: {"name": "New"}),
    "GET /v1/prices": listing(ALL_STAFF | CLIENT, "outlet_a"),
    "GET /v1/stock": listing(SUPERVISORS | CLIENT, "product"),
    "GET /v1/outlets": listing(ALL_STAFF | DEVICES | CLIENT, "outlet_a"),
    "GET /v1/outlets/{code}": one(ALL_STAFF | DEVICES | CLIENT, "outlet_a"),
    "PUT /v1/outlets/{code}": one(ADMIN | CLIENT, "outlet_a", body=_outlet),
    "PATCH /v1/outlets/{code}": one(ADMIN | CLIENT, "outlet_a", body=lambda _: {"name": "New"}),
    "GET /v1/outlets/{code}/terms": one(ALL_STAFF | DEVICES | CLIENT, "outlet_a"),
    "GET /v1/outlets/{code}/timeline": one(ALL_STAFF | CLIENT, "outlet_a"),
    "GET /v1/channel-terms": listing(ALL_STAFF | DEVICES | CLIENT, "channel"),
    "GET /v1/channel-terms/{channel}": one(ALL_STAFF | DEVICES | CLIENT, "channel"),
    "GET /v1/channel-terms/{channel}/versions": one(ALL_STAFF | DEVICES | CLIENT, "channel"),
    "PUT /v1/channel-terms/{channel}": one(ADMIN | CLIENT, "channel", body=lambda _: {"visits_per_week": "2"}),
    "POST /v1/outlets/{code}/location-proposals": one(DEVICES, "outlet_a", body=_proposal),
    "GET /v1/location-proposals": listing(SUPERVISORS | CLIENT, "proposal_a"),
    "POST /v1/location-proposals/{proposal_id}/decision": one(
        SUPERVISORS, "proposal_a", body=lambda _: {"decision": "rejected"}
    ),
    "GET /v1/visits": listing(SUPERVISORS | DEVICES | CLIENT, "visit_1", query="date=2026-11-23"),
    "GET /v1/outlet-map": call(
        SUPERVISORS | CLIENT, query="territory_code=ZQ-TERRITORY-A&date=2026-11-23", answers=(200, 404)
    ),
    "GET /v1/reps/{rep_code}/tracks/{visit_date}": one(SUPERVISORS | DEVICES | CLIENT, "rep_1", "route_day"),
    "GET /v1/visits/{visit_id}": one(SUPERVISORS | DEVICES | CLIENT, "visit_1"),
    "GET /v1/rep-days": listing(SUPERVISORS, "rep_1", query="date=2026-11-23"),
    "GET /v1/order-form.xlsx": call(ALL_STAFF | DEVICES | CLIENT, query="outlet_code=none", answers=(404,)),
    "GET /v1/order-form.csv": call(ALL_STAFF | DEVICES | CLIENT, query="outlet_code=none", answers=(404,)),
    "GET /v1/inbox-messages": listing(ALL_STAFF, "mail_a"),
    "GET /v1/inbox-messages/{message_id}": one(ALL_STAFF, "mail_a"),
    "GET /v1/orders": listing(ALL_STAFF | DEVICES | CLIENT, "order_1"),
    "POST /v1/orders": call(DEVICES | CLIENT, _order),
    "GET /v1/orders/{order_id}": one(ALL_STAFF | DEVICES | CLIENT, "order_1"),
    "PUT /v1/orders/{order_id}": one(SUPERVISORS | DEVICES | CLIENT, "order_1", body=_amendment, answers=(200, 409)),
    "POST /v1/orders/{order_id}/cancel": one(
        SUPERVISORS | DEVICES | CLIENT, "order_1", body=lambda _: {}, answers=(200, 409)
    ),
    "GET /v1/orders/{order_id}/versions": one(SUPERVISORS | DEVICES | CLIENT, "order_1"),
    "GET /v1/deliveries": listing(SUPERVISORS | DEVICES | CLIENT, "delivery_1"),
    "POST /v1/deliveries": call(ADMIN | CLIENT, _delivery),
    "POST /v1/imports/deliveries": call(ADMIN | CLIENT, _delivery_row),
    "GET /v1/deliveries/{delivery_id}": one(SUPERVISORS | DEVICES | CLIENT, "delivery_1"),
    "GET /v1/deliveries/{delivery_id}/versions": one(SUPERVISORS | DEVICES | CLIENT, "delivery_1"),
    "GET /v1/orders/{order_id}/fulfilment": one(SUPERVISORS | DEVICES | CLIENT, "order_1"),
    "GET /v1/fulfilments": listing(SUPERVISORS | DEVICES | CLIENT, "order_1", query="from=2026-11-24&to=2026-11-24"),
    "POST /v1/orders/{order_id}/fulfilment/decision": one(
        SUPERVISORS, "order_1", body=lambda _: {"answered_by": "carrier", "comment": "a box had burst"}
    ),
    "GET /v1/returns": listing(SUPERVISORS | DEVICES | CLIENT, "return_1"),
    "POST /v1/returns": call(ADMIN | CLIENT, _return),
    "POST /v1/imports/returns": call(ADMIN | CLIENT, _return_row),
    "GET /v1/returns/{return_id}": one(SUPERVISORS | DEVICES | CLIENT, "return_1"),
    "GET /v1/returns/{return_id}/versions": one(SUPERVISORS | DEVICES | CLIENT, "return_1"),
    "POST /v1/returns/{return_id}/decision": one(
        SUPERVISORS, "return_1", body=lambda _: {"answered_by": "carrier", "comment": "a box had burst"}
    ),
    "GET /v1/fulfilment-figures": listing(
        SUPERVISORS | DEVICES | CLIENT, "rep_1", query="from=2026-11-23&to=2026-11-24&group_by=rep"
    ),
    "GET /v1/mismatch-reasons": call(ALL_STAFF | DEVICES | CLIENT),
    "GET /v1/mismatch-reasons/{code}": one(ALL_STAFF | DEVICES | CLIENT, "reason"),
    "PUT /v1/mismatch-reasons/{code}": one(ADMIN | CLIENT, "reason", body=lambda _: {"name": "New"}),
    "GET /v1/no-order-reasons": call(ALL_STAFF | DEVICES | CLIENT),
    "GET /v1/check-ins": listing(SUPERVISORS | DEVICES | CLIENT, "check_in_1"),
    "POST /v1/check-ins": call(DEVICES, _check_in),
    "GET /v1/check-ins/{check_in_id}": one(SUPERVISORS | DEVICES | CLIENT, "check_in_1"),
    "GET /v1/risk-signals": listing(SUPERVISORS, "signal_1"),
    "GET /v1/risk-signals/counts": call(SUPERVISORS),
    "GET /v1/risk-signals/precision": call(SUPERVISORS),
    "GET /v1/risk-signals/{signal_id}": one(SUPERVISORS, "signal_1"),
    "POST /v1/risk-signals/reviews": call(
        SUPERVISORS, lambda world: {"reviews": [{"signal_id": world["signal_1"], "outcome": "dismissed"}]}
    ),
    "POST /v1/risk-signals/{signal_id}/review": one(
        SUPERVISORS, "signal_1", body=lambda _: {"outcome": "dismissed", "comment": "a test phone"}
    ),
    "POST /v1/sync": call(DEVICES, _upload),
    "GET /v1/sync": listing(DEVICES, "visit_1"),
    "GET /v1/cutoff-runs": listing(SUPERVISORS | CLIENT, "run_a"),
    "POST /v1/cutoff-runs": call(ADMIN | CLIENT, _friday),
    "GET /v1/cutoff-runs/{run_id}": one(SUPERVISORS | CLIENT, "run_a"),
    "GET /v1/cutoff-runs/{run_id}/missing-orders": one(SUPERVISORS | CLIENT, "run_a"),
    "GET /v1/cutoff-runs/{run_id}/changed-orders": one(SUPERVISORS | CLIENT, "run_a"),
    "GET /v1/cutoff-runs/{run_id}/supplements": one(SUPERVISORS | CLIENT, "run_a"),
    "POST /v1/cutoff-runs/{run_id}/void": one(ADMIN, "run_a", body=lambda _: {"reason": "a holiday"}),
    "GET /v1/territories/{code}/workday": one(SUPERVISORS | CLIENT, "territory_a"),
    "PUT /v1/territories/{code}/workday": one(SUPERVISORS | CLIENT, "territory_a", body=lambda _: {"begins": "08:30"}),
    "GET /v1/reps/{rep_code}/workday": one(SUPERVISORS | DEVICES | CLIENT, "rep_1"),
    "PUT /v1/reps/{rep_code}/workday": one(SUPERVISORS | CLIENT, "rep_1", body=lambda _: {"begins": "08:30"}),
    "GET /v1/week-plans": listing(SUPERVISORS | DEVICES | CLIENT, "rep_1", query="iso_week=2026-W49"),
    "GET /v1/week-plans/board": listing(SUPERVISORS | CLIENT, "rep_1", query="iso_week=2026-W49"),
    "GET /v1/reps/{rep_code}/week-plans/{iso_week}": one(SUPERVISORS | DEVICES | CLIENT, "rep_1", "week"),
    "PUT /v1/reps/{rep_code}/week-plans/{iso_week}": one(
        SUPERVISORS | DEVICES, "rep_1", "week", body=lambda _: {"visits": []}
    ),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/submit": one(SUPERVISORS | DEVICES, "rep_1", "week"),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/approve": one(SUPERVISORS, "rep_1", "week"),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/return": one(
        SUPERVISORS, "rep_1", "week", body=lambda _: {"remark": "Not yet."}
    ),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/optimise": one(SUPERVISORS | DEVICES, "rep_1", "week"),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/generate": one(SUPERVISORS | DEVICES, "rep_1", "week"),
    "POST /v1/reps/{rep_code}/calendar-links": one(SUPERVISORS | DEVICES, "rep_1"),
    "GET /v1/reps/{rep_code}/calendar-links": one(SUPERVISORS | DEVICES, "rep_1"),
    "DELETE /v1/reps/{rep_code}/calendar-links/{link_id}": one(SUPERVISORS | DEVICES, "rep_1", "calendar_1"),
    # its key is all that it asks for: with another one, nobody sees anything
    "GET /v1/calendars/{link_id}.ics": Entry(None, ("calendar_1",), query={"key": "guess"}, answers=frozenset({404})),
    "POST /v1/plan-generations": call(SUPERVISORS, lambda _: {"iso_week": "2026-W50"}, answers=(202,)),
    "GET /v1/plan-generations": listing(SUPERVISORS, "generation_a"),
    "GET /v1/plan-generations/{generation_id}": one(SUPERVISORS, "generation_a"),
    "GET /v1/plan-generations/{generation_id}/reps": one(SUPERVISORS, "generation_a"),
    "POST /v1/plan-generations/{generation_id}/cancel": one(SUPERVISORS, "generation_a"),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/changes": one(
        SUPERVISORS,
        "rep_1",
        "week",
        body=lambda _: {"changes": [{"from_date": "2026-11-30"}], "reason_code": "leave"},
        answers=(409,),
    ),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/hand-over": one(
        SUPERVISORS,
        "rep_1",
        "week",
        body=lambda world: {"visit_date": "2026-11-30", "to_rep_code": world["rep_2"]},
        answers=(200, 422),
    ),
    "POST /v1/reps/{rep_code}/week-plans/{iso_week}/change-requests": one(
        SUPERVISORS | DEVICES,
        "rep_1",
        "week",
        body=lambda _: {"id": str(uuid4()), "changes": [{"from_date": "2026-11-30"}], "reason_code": "leave"},
        answers=(409,),
    ),
    "GET /v1/reps/{rep_code}/routes/{visit_date}.geojson": one(SUPERVISORS | DEVICES | CLIENT, "rep_1", "route_day"),
    "GET /v1/reps/{rep_code}/routes/{visit_date}.gpx": one(SUPERVISORS | DEVICES | CLIENT, "rep_1", "route_day"),
    "GET /v1/plan-change-requests": listing(SUPERVISORS | DEVICES, "request_1"),
    "POST /v1/plan-change-requests/{request_id}/decision": one(
        SUPERVISORS, "request_1", body=lambda _: {"decision": "refused"}
    ),
    "GET /v1/reps/{rep_code}/week-plans/{iso_week}/versions": one(SUPERVISORS | DEVICES | CLIENT, "rep_1", "week"),
    "GET /v1/reps/{rep_code}/points": one(SUPERVISORS | DEVICES | CLIENT, "rep_1"),
    "GET /v1/points/policy": call(SUPERVISORS | DEVICES | CLIENT),
    "PUT /v1/points/policy/{rule}": one(
        ADMIN, "points_rule", body=lambda _: {"points": 1, "valid_from": "2027-01-01"}, answers=(200, 409)
    ),
    "GET /v1/points/statement-policy": call(SUPERVISORS | DEVICES | CLIENT),
    "PUT /v1/points/statement-policy": call(ADMIN, lambda _: {"valid_from": "2027-01-01", "closing_day": 3}),
    "GET /v1/points/months": listing(SUPERVISORS | CLIENT, "month_closing_1"),
    "POST /v1/points/months/{month}/close": one(ADMIN, "month", body=_territory_a, answers=(200, 409)),
    "POST /v1/points/months/{month}/reopen": one(
        ADMIN, "month", body=lambda world: _territory_a(world) | {"reason": "A cap was missing."}
    ),
    "POST /v1/points/simulations": call(
        ADMIN, lambda _: {"month": "2026-10", "policy": {"order_on_time": {"points": 2}}}
    ),
    "GET /v1/points/months/{month}/statements": Entry(SUPERVISORS | CLIENT, ("month",), lists="rep_statement_1"),
    "GET /v1/reps/{rep_code}/statements/{month}": one(SUPERVISORS | DEVICES | CLIENT, "rep_1", "month"),
    "GET /v1/points/statements/{number}": one(SUPERVISORS | DEVICES | CLIENT, "rep_statement_1"),
    "POST /v1/points/{entry_id}/appeals": one(
        DEVICES, "fresh_entry_1", body=lambda _: {"id": str(uuid4()), "text": "The shop was shut."}
    ),
    "GET /v1/appeals": listing(SUPERVISORS | DEVICES, "appeal_1"),
    "GET /v1/appeals/{appeal_id}": one(SUPERVISORS | DEVICES, "appeal_1"),
    "POST /v1/appeals/{appeal_id}/decision": one(
        SUPERVISORS, "appeal_1", body=lambda _: {"outcome": "rejected", "reason": "No photo shows it."}
    ),
    "POST /v1/appeals/{appeal_id}/second-instance": one(
        DEVICES, "rejected_appeal_1", body=lambda _: {"text": "Ask the neighbour."}
    ),
    "POST /v1/attachments": call(DEVICES, lambda _: {}, answers=(422,)),
    "GET /v1/attachments/{attachment_id}": one(SUPERVISORS | DEVICES, "attachment_1"),
    "GET /v1/attachments/{attachment_id}/content": one(SUPERVISORS | DEVICES, "attachment_1"),
    "GET /v1/assortment-targets": listing(SUPERVISORS | CLIENT, "targets_a"),
    "PUT /v1/assortment-targets/{quarter}": one(
        ADMIN, "quarter", body=lambda world: {"territory_code": world["territory_a"], "shares": {"chocolate": "1"}}
    ),
    "GET /v1/assortment-targets/{quarter}": one(SUPERVISORS | CLIENT, "quarter"),
    "GET /v1/assortment-targets/{quarter}/versions": one(SUPERVISORS | CLIENT, "quarter"),
    "GET /v1/assortment-mix": call(
        SUPERVISORS | CLIENT, query="quarter=2026-Q3&territory_code=ZQ-TERRITORY-A", answers=(200, 404)
    ),
    "POST /v1/assortment-mix/{quarter}/close": one(ADMIN, "quarter", body=_territory_a),
    "POST /v1/assortment-mix/{quarter}/reopen": one(
        ADMIN, "quarter", body=lambda world: _territory_a(world) | {"reason": "a slip"}
    ),
    "GET /v1/assortment-statements": listing(SUPERVISORS | CLIENT, "statement_a"),
    "GET /v1/assortment-statements/{number}": one(SUPERVISORS | CLIENT, "statement_a"),
    "GET /v1/points/{entry_id}/explanation": one(SUPERVISORS | DEVICES | CLIENT, "entry_1"),
    "POST /v1/imports/{kind}": call(ADMIN | CLIENT, lambda world: _rep(world) | {"code": "new"}),
    "POST /v1/visits/{visit_id}/excuse": one(SUPERVISORS, "visit_1", body=lambda _: {"reason_code": "rep_ill"}),
    "GET /v1/compliance": listing(SUPERVISORS | CLIENT, "rep_1", query="from=2026-11-23&to=2026-11-23&group_by=rep"),
    "GET /v1/compliance/{kpi}/evidence": listing(
        SUPERVISORS | CLIENT, "outlet_a", query="from=2026-11-23&to=2026-11-23"
    ),
    "GET /v1/call-tasks": listing(ALL_STAFF, "task_a"),
    "GET /v1/call-tasks/{task_id}": one(ALL_STAFF, "task_a"),
    "GET /v1/call-tasks/summary": call(ALL_STAFF, query="business_date=2026-11-23"),
    "GET /v1/call-tasks/{task_id}/offer": one(ALL_STAFF, "task_a"),
    "POST /v1/call-tasks/claim": call(OPERATORS, lambda _: {}),
    "POST /v1/call-tasks/{task_id}/release": one(OPERATORS, "task_a", answers=(200, 409)),
    "POST /v1/call-tasks/{task_id}/outcome": one(
        OPERATORS, "task_a", body=lambda _: {"outcome": "no_answer"}, answers=(200, 409)
    ),
}
