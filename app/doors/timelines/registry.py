"""Each type of a timeline: where its items are found, to whom they are open, what they tell, where the record is read.

To add one: its name in `TimelineType`, a source, and a line here. Nobody is told of records whose own routes are closed
to them: a source says which people and which scope those routes admit.
"""

from collections.abc import Mapping

from app.doors.timelines.lookups import delivery_facts, return_facts, visit_facts
from app.doors.timelines.records import TimelineType
from app.doors.timelines.sources import calls, deliveries, mails, masters, orders, plans, visits
from app.doors.timelines.timeline_source import OF_OPERATORS, TimelineSource
from app.ground.web.access import Scope

_STANDS = "as it stands now"
_VALUE = "amount of money"
_ORDER = "/v1/orders/{id}"
_VISIT = "/v1/visits/{id}"
_TASK = "/v1/call-tasks/{id}"
_OUTLET = "/v1/outlets/{outlet_code}"
_PROPOSAL = {
    "lat": "degrees",
    "lon": "degrees",
    "radius_m": "metres",
    "decision": f"{_STANDS}: approved, rejected, null while open",
    "location_version": "the version that it made",
}

REGISTRY: Mapping[TimelineType, tuple[TimelineSource, ...]] = {
    TimelineType.VISIT: (
        TimelineSource(
            visits.visits,
            {
                "status": f"{_STANDS}: planned, verified, unverified, missed, excused",
                "made": "whether the rep arrived, whatever the verdict",
                "productive": "whether the rep took an order",
                "sequence": "place in the day's route",
                "expected_at": "when it is to begin",
            },
            _VISIT,
            scope=Scope.VISITS_READ,
            look_up=visit_facts,
        ),
    ),
    TimelineType.CHECK_IN: (
        TimelineSource(
            visits.check_ins,
            {
                "verdict": "INSIDE, OUTSIDE, UNCERTAIN, NO_FIX, NO_OUTLET_LOCATION",
                "p_inside": "how likely the rep was inside",
                "distance_m": "from the fence's centre, or the fence",
                "accuracy_m": "as the phone told it",
                "trusted": "whether its clock could be believed",
            },
            "/v1/check-ins/{id}",
            scope=Scope.VISITS_READ,
        ),
    ),
    TimelineType.ORDER: (
        TimelineSource(
            orders.orders,
            {
                "channel": "HANDHELD, EMAIL, CALL_CENTRE, API",
                "value": f"{_VALUE}, as it was placed",
                "lines": f"how many, {_STANDS}",
                "delivery_date": _STANDS,
                "version": _STANDS,
                "cancelled": _STANDS,
            },
            _ORDER,
            OF_OPERATORS,
            Scope.ORDERS_READ,
        ),
        TimelineSource(
            orders.order_changes,
            {"channel": "the order's", "value": f"{_VALUE}, as it was changed", "version": "the one that it made"},
            _ORDER,
            OF_OPERATORS,
            Scope.ORDERS_READ,
        ),
    ),
    TimelineType.NO_ORDER: (
        TimelineSource(orders.no_orders, {"reason_code": "one of GET /v1/no-order-reasons"}, scope=Scope.VISITS_READ),
    ),
    TimelineType.REFUSED_ORDER: (
        TimelineSource(
            orders.refusals,
            {
                "channel": "as of orders",
                "problems": "the codes of what was wrong",
                "accepted_since": "whether an order has come under its id",
            },
        ),
    ),
    TimelineType.DELIVERY: (
        TimelineSource(
            deliveries.deliveries,
            {
                "number": "of the delivery note",
                "order_id": "null: ordered by nobody",
                "value": f"{_VALUE} of what was accepted",
                "status": "how its order stands: open, matched, mismatched, undelivered",
                "lines": "how many",
                "mismatched_lines": "how many of them differ from the order, once it is settled",
                "version": _STANDS,
            },
            "/v1/deliveries/{id}",
            scope=Scope.DELIVERIES_READ,
            look_up=delivery_facts,
        ),
    ),
    TimelineType.FULFILMENT_DECISION: (
        TimelineSource(
            deliveries.fulfilment_decisions,
            {"order_id": "of what", "product_code": "null: of all of it", "answered_by": "who answers"},
            "/v1/orders/{order_id}/fulfilment",
            scope=Scope.DELIVERIES_READ,
        ),
    ),
    TimelineType.RETURN: (
        TimelineSource(
            deliveries.returns,
            {
                "delivery_id": "null: not known",
                "value": f"{_VALUE} of what was accepted",
                "lines": "how many",
                "declined_lines": "how many of them were not taken back",
                "version": _STANDS,
            },
            "/v1/returns/{id}",
            scope=Scope.DELIVERIES_READ,
            look_up=return_facts,
        ),
        TimelineSource(
            deliveries.return_decisions,
            {"return_id": "of what", "product_code": "null: of all of it", "answered_by": "who answers"},
            "/v1/returns/{return_id}",
            scope=Scope.DELIVERIES_READ,
        ),
    ),
    TimelineType.CALL_TASK: (
        TimelineSource(
            calls.opened_tasks,
            {"status": _STANDS, "attempts": _STANDS, "due_at": "the deadline"},
            _TASK,
            OF_OPERATORS,
        ),
        TimelineSource(
            calls.call_attempts,
            {
                "outcome": "order_taken, no_order, no_answer, call_back, wrong_number",
                "reason_code": "of no_order",
                "call_back_at": "of call_back",
                "order_id": "of order_taken",
            },
            _TASK,
            OF_OPERATORS,
        ),
        TimelineSource(
            calls.ended_tasks,
            {"attempts": "calls until then", "order_id": "the order that came before the call"},
            _TASK,
            OF_OPERATORS,
        ),
    ),
    TimelineType.MISSING_ORDER: (
        TimelineSource(
            calls.missing_orders,
            {
                "cutoff_run_id": "the run that flagged it",
                "cause": "not_visited, unverified, visited_no_order, order_refused, cancelled_by_office",
                "no_order_reason": "the rep's, if there was one",
                "provisional": "whether the penalty was",
                "supplement": "flagged after the run",
                "resolution": "the last step of what became of it",
                "resolved_at": "when",
                "order_id": "by which order",
            },
            "/v1/cutoff-runs/{cutoff_run_id}/missing-orders",
            scope=Scope.CUTOFF_READ,
        ),
    ),
    TimelineType.RISK_SIGNAL: (
        TimelineSource(
            visits.signals,
            {
                "rule": "which",
                "subject_type": "check_in, order",
                "subject_id": "of which record",
                "outcome": "confirmed, dismissed, null: not reviewed",
                "reviewed_at": "when",
                "reviewed_by": "by whom",
            },
            "/v1/risk-signals?rep_code={rep_code}&rule={rule}&from={business_date}&to={business_date}",
        ),
    ),
    TimelineType.EXCUSE: (
        TimelineSource(visits.excuses, {"reason_code": "the supervisor's"}, _VISIT, scope=Scope.VISITS_READ),
    ),
    TimelineType.PLAN_CHANGE: (
        TimelineSource(
            plans.plan_changes,
            {
                "iso_week": "of the plan",
                "action": "changed, granted, handed_over, put …",
                "days": "on which this plan visits the outlet since then",
            },
            "/v1/reps/{rep_code}/week-plans/{iso_week}/versions",
            scope=Scope.VISITS_READ,
        ),
    ),
    TimelineType.LOCATION: (
        TimelineSource(
            masters.locations,
            {
                "version": "its number",
                "lat": "degrees; of a fence the centroid",
                "lon": "likewise",
                "radius_m": "null: a fence",
            },
            _OUTLET,
            scope=Scope.MASTER_READ,
        ),
        TimelineSource(masters.proposals, _PROPOSAL, scope=Scope.MASTER_READ),
        TimelineSource(masters.proposal_decisions, _PROPOSAL, scope=Scope.MASTER_READ),
    ),
    TimelineType.TERMS: (
        TimelineSource(
            masters.terms,
            {
                "version": "its number",
                "changed": "the names of the terms that are others than before",
                "channel": "the trade channel that some of them are from",
            },
            f"{_OUTLET}/terms",
            OF_OPERATORS,
            Scope.MASTER_READ,
        ),
    ),
    TimelineType.MASTER: (
        TimelineSource(
            masters.changes,
            {
                "changed": "the names of the members, but for location and terms",
                "before": "name, address, phone, channel, active, as far as they changed; null: it was made",
                "after": "the same since then",
            },
            "/v1/audit?kind=outlet&code={outlet_code}",
            scope=Scope.AUDIT_READ,
            href_scope=Scope.AUDIT_READ,
        ),
    ),
    TimelineType.MAIL_FORM: (
        TimelineSource(
            mails.forms,
            {
                "status": "accepted, duplicate, refused, unreadable",
                "order_id": "the order that it made, or that it is a copy of",
                "problems": "how many",
            },
            "/v1/inbox-messages/{id}",
            OF_OPERATORS,
        ),
    ),
}

SOURCES: tuple[TimelineSource, ...] = tuple(source for sources in REGISTRY.values() for source in sources)
TYPES: tuple[TimelineType, ...] = tuple(type_ for type_, sources in REGISTRY.items() for _ in sources)
"""All sources, and the type that each is of."""
