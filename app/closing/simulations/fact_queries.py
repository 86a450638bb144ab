"""All SQL that counts by the facts how often a rule would have counted on days on which it was off (P7).

`app/closing/punctuality/rules.py`, `app/closing/cutoff/settlement_rules.py` and `app/motivation/earnings/rules.py` say
the same of one visit or order; a test compares them with what a policy that was on has booked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    DateTime,
    Integer,
    Interval,
    Text,
    TextClause,
    Time,
    bindparam,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.places import Places
from app.closing.cutoff.rules import MissingOrderCause
from app.closing.cutoff.settlement_rules import Standing
from app.closing.punctuality.rules import JudgedVisit
from app.closing.simulations.queries import ReplayedReps
from app.field.risk_signals.records import SignalReviewOutcome
from app.ground.db.statements import records_of
from app.motivation.earnings.rules import DUMPING
from app.motivation.points.rules import BOOKINGS, PROVISIONAL_FOR, PointsRule
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.orders.rules import OrderChannel

_DUMPED = """EXISTS (SELECT FROM risk_signals s WHERE s.rule = ANY(:dumping) AND s.subject_type = 'order'
    AND s.subject_id = o.id AND s.review_outcome = :confirmed AND s.withdrawn_at IS NULL)"""
_NOT_PARDONED = """NOT EXISTS (SELECT FROM points_pardons p WHERE p.source_id = {source} AND p.rule = :rule
    AND p.source_type = :source_type)"""

_MISSING = """
    SELECT m.rep_id, count(*) AS times
    FROM missing_orders m JOIN cutoff_runs r ON r.id = m.run_id AND r.voided_at IS NULL
    LEFT JOIN LATERAL (SELECT s.outcome FROM missing_order_resolutions s
        WHERE s.business_date = m.business_date AND s.visit_id = m.visit_id ORDER BY s.step DESC LIMIT 1) s ON true
    WHERE m.business_date = ANY(:days) AND (:every_rep OR m.rep_id = ANY(:rep_ids))
      AND m.answers AND m.cause <> :by_office AND coalesce(s.outcome, :missed) = :rule AND {not_pardoned}
    GROUP BY m.rep_id
"""

# The orders that a visit's day is settled by (C4): taken within the window, not cancelled by the cutoff.
_OF_OUTLET = """o.outlet_id = v.outlet_id AND o.business_date = v.visit_date
    AND (o.cancelled_effective_at IS NULL OR o.cancelled_effective_at > r.cutoff_at)
    AND o.received_at <= r.cutoff_at + :window"""
_OWN = "(o.channel = :email OR o.channel = :handheld AND o.rep_id = v.rep_id)"
_IN_TIME = "coalesce(o.first_received_at, o.received_at) <= r.cutoff_at"
_PLANNED = """cutoff_runs r JOIN visits v ON v.territory_id = r.territory_id AND v.visit_date = r.business_date
      AND v.approved_at <= r.cutoff_at
    JOIN reps p ON p.id = v.rep_id JOIN outlets u ON u.id = v.outlet_id
    LEFT JOIN unnest(:rep_ids_then, :rep_begins, :rep_ends, :rep_actives, :rep_homes)
      p_then (id, begin_at, end_at, active, territory_id)
      ON p_then.id = v.rep_id AND p_then.begin_at <= r.cutoff_at AND r.cutoff_at < p_then.end_at
    LEFT JOIN unnest(:outlet_ids_then, :outlet_begins, :outlet_ends, :outlet_actives, :outlet_homes)
      u_then (id, begin_at, end_at, active, territory_id)
      ON u_then.id = v.outlet_id AND u_then.begin_at <= r.cutoff_at AND r.cutoff_at < u_then.end_at"""
# of those whose reps answer for them (decision 19)
_OF_RUNS = """r.business_date = ANY(:days) AND r.voided_at IS NULL AND v.visit_date = ANY(:days)
      AND (:every_rep OR v.rep_id = ANY(:rep_ids))
      AND coalesce(p_then.active, p.active) AND coalesce(u_then.active, u.active)
      AND coalesce(p_then.territory_id, p.territory_id) = coalesce(u_then.territory_id, u.territory_id)"""

# In time are orders that came by the cutoff, and those that are known to have cleared their visit (C4).
_TIMELY = """EXISTS (SELECT FROM orders o WHERE {of_outlet} AND {own} AND NOT {dumped} AND ({in_time} OR o.id = (
            SELECT CASE WHEN s.outcome = :cleared THEN s.order_id END FROM missing_order_resolutions s
            WHERE s.business_date = v.visit_date AND s.visit_id = v.id ORDER BY s.step DESC LIMIT 1)))"""
_ON_TIME = """
    SELECT v.rep_id, count(*) AS times FROM {planned}
    WHERE {of_runs} AND {not_pardoned} AND {timely}
    GROUP BY v.rep_id
"""
# Where another order covers or clears a visit, or it is excused, nobody has written down whether its rep's own late one
# would have cleared it. Where it is late or missed, none did.
_UNDECIDED = """
    SELECT v.id AS visit_id, v.visit_date AS business_date, v.outlet_id, r.cutoff_at, v.rep_id FROM {planned}
    WHERE {of_runs} AND {not_pardoned} AND NOT {timely}
      AND EXISTS (SELECT FROM orders o WHERE {of_outlet} AND {own} AND NOT {dumped} AND NOT {in_time}
        AND o.trusted AND o.corrected_at <= r.cutoff_at AND coalesce(o.device_told_until < r.cutoff_at, true))
      AND NOT EXISTS (SELECT FROM missing_orders m WHERE m.business_date = v.visit_date AND m.visit_id = v.id
        AND m.run_id = r.id AND coalesce((SELECT s.outcome FROM missing_order_resolutions s
          WHERE s.business_date = v.visit_date AND s.visit_id = v.id ORDER BY s.step DESC LIMIT 1), :missed)
        IN (:missed, :late))
"""
# Any order covers the outlet by its due time (O5), and only a rep's own can be past it.
_PAST_DUE = """
    SELECT v.rep_id, count(*) AS times FROM {planned}
    JOIN unnest(:due_territory_ids, :due_days, :due_times, :due_ats) d (territory_id, day, due_time, due_at)
      ON d.territory_id = r.territory_id AND d.day = r.business_date AND d.due_time = (
        SELECT t.order_due_time FROM outlet_terms t WHERE t.outlet_id = v.outlet_id AND t.valid_from <= r.cutoff_at
        ORDER BY t.version DESC LIMIT 1)
    WHERE {of_runs} AND {not_pardoned} AND v.excused_at IS NULL AND (
        SELECT bool_or({own}) AND min(coalesce(o.first_received_at, o.received_at)) > d.due_at
        FROM orders o WHERE {of_outlet} AND {in_time})
    GROUP BY v.rep_id
"""

_OF_ORDERS = """
    SELECT o.rep_id, count(*) AS times FROM orders o {fulfilled}
    WHERE o.business_date = ANY(:days) AND o.rep_id IS NOT NULL AND (:every_rep OR o.rep_id = ANY(:rep_ids))
      AND {counts} AND {not_pardoned}
    GROUP BY o.rep_id
"""
_FULFILLED = """JOIN fulfilments f ON f.business_date = o.business_date AND f.order_id = o.id AND f.settled
      AND f.business_date = ANY(:days)"""


def _statement(written: str, source: str, **parts: str) -> TextClause:
    """Its parts put together: texts of this module alone."""
    whole = written.format(not_pardoned=_NOT_PARDONED.format(source=source), **parts)
    return text(whole).bindparams(
        *(parameter for name, parameter in (_PARAMETERS | _PLACES).items() if f":{name}" in whole)
    )


_PARAMETERS: dict[str, Any] = {
    "days": bindparam("days", type_=ARRAY(Date)),
    "every_rep": bindparam("every_rep", type_=Boolean),
    "rep_ids": bindparam("rep_ids", type_=ARRAY(Integer)),
    "rule": bindparam("rule", type_=Text),
    "source_type": bindparam("source_type", type_=Text),
    "dumping": bindparam("dumping", [rule.value for rule in DUMPING], type_=ARRAY(Text)),
    "confirmed": bindparam("confirmed", SignalReviewOutcome.CONFIRMED.value, type_=Text),
    "by_office": bindparam("by_office", MissingOrderCause.CANCELLED_BY_OFFICE.value, type_=Text),
    "missed": bindparam("missed", Standing.MISSED.value, type_=Text),
    "late": bindparam("late", Standing.LATE.value, type_=Text),
    "cleared": bindparam("cleared", Standing.CLEARED.value, type_=Text),
    "email": bindparam("email", OrderChannel.EMAIL.value, type_=Text),
    "handheld": bindparam("handheld", OrderChannel.HANDHELD.value, type_=Text),
    "window": bindparam("window", PROVISIONAL_FOR, type_=Interval),
    "matched": bindparam("matched", FulfilmentStatus.MATCHED.value, type_=Text),
    "mismatched": bindparam("mismatched", FulfilmentStatus.MISMATCHED.value, type_=Text),
    "due_territory_ids": bindparam("due_territory_ids", type_=ARRAY(Integer)),
    "due_days": bindparam("due_days", type_=ARRAY(Date)),
    "due_times": bindparam("due_times", type_=ARRAY(Time)),
    "due_ats": bindparam("due_ats", type_=ARRAY(DateTime(timezone=True))),
}
_TYPES_OF_SPELLS: Mapping[str, Any] = {
    "ids_then": ARRAY(Integer),
    "begins": ARRAY(DateTime(timezone=True)),
    "ends": ARRAY(DateTime(timezone=True)),
    "actives": ARRAY(Boolean),
    "homes": ARRAY(Integer),
}
_PLACES: dict[str, Any] = {
    f"{master}_{name}": bindparam(f"{master}_{name}", type_=type_)
    for master in ("rep", "outlet")
    for name, type_ in _TYPES_OF_SPELLS.items()
}
_ORDERS = {"of_outlet": _OF_OUTLET, "own": _OWN, "in_time": _IN_TIME, "dumped": _DUMPED}
_VISITS = _ORDERS | {"planned": _PLANNED, "of_runs": _OF_RUNS, "timely": _TIMELY.format(**_ORDERS)}


def _of_orders(counts: str, fulfilled: str = _FULFILLED) -> TextClause:
    return _statement(_OF_ORDERS, "o.id", counts=counts, fulfilled=fulfilled)


COUNTED: Mapping[PointsRule, TextClause] = {
    PointsRule.MISSED_ORDER: _statement(_MISSING, "m.visit_id"),
    PointsRule.LATE_ORDER: _statement(_MISSING, "m.visit_id"),
    PointsRule.ORDER_ON_TIME: _statement(_ON_TIME, "v.id", **_VISITS),
    PointsRule.PAST_DUE_ORDER: _statement(_PAST_DUE, "v.id", **_VISITS),
    PointsRule.DELIVERY_MATCHED: _of_orders(f"f.status = :matched AND o.cancelled_at IS NULL AND NOT {_DUMPED}"),
    PointsRule.DELIVERY_MISMATCH: _of_orders("f.status = :mismatched AND f.rep_answers_quantity"),
    PointsRule.PRICE_MISMATCH: _of_orders("f.status = :mismatched AND f.rep_answers_price"),
    PointsRule.DUMPED_ORDER: _of_orders(_DUMPED, fulfilled=""),
}
"""The rules whose sources are found by the facts of their days. Those about returns are judged by month."""


_UNDECIDED_VISITS = _statement(_UNDECIDED, "v.id", **_VISITS)
_OF_VISITS = {PointsRule.ORDER_ON_TIME, PointsRule.PAST_DUE_ORDER}


async def counts(
    session: AsyncSession,
    asked: ReplayedReps,
    rule: PointsRule,
    days: Collection[date],
    places: Places,
    due: Sequence[tuple[int, date, time, datetime]] = (),
) -> dict[int, int]:
    """How often a rule counts by the facts of these days, by rep id; one statement. `places`: since the month began.

    `due`, for `past_due_order`: each due time that lies before its day's cutoff, as (territory id, business date, due
    time, instant).
    """
    parameters = _parameters(asked, rule, days) | (_then(places) if rule in _OF_VISITS else {})
    if rule is PointsRule.PAST_DUE_ORDER:
        parameters |= {
            "due_territory_ids": [territory_id for territory_id, _, _, _ in due],
            "due_days": [day for _, day, _, _ in due],
            "due_times": [due_time for _, _, due_time, _ in due],
            "due_ats": [due_at for _, _, _, due_at in due],
        }
    rows = await session.execute(COUNTED[rule], parameters)
    return {row.rep_id: row.times for row in rows}


async def undecided_visits(
    session: AsyncSession, asked: ReplayedReps, days: Collection[date], places: Places
) -> list[JudgedVisit]:
    """The visits of these days that no order has brought in time as far as is written down, and that a late one of
    their reps may have; one statement.
    """
    parameters = _parameters(asked, PointsRule.ORDER_ON_TIME, days) | _then(places)
    return records_of(JudgedVisit, await session.execute(_UNDECIDED_VISITS, parameters))


def _parameters(asked: ReplayedReps, rule: PointsRule, days: Collection[date]) -> dict[str, Any]:
    source_type = BOOKINGS[rule].source_type.value
    return asked.reps | {"days": list(days), "rule": rule.value, "source_type": source_type}


def _then(places: Places) -> dict[str, Any]:
    """Where reps and outlets were when, as arrays."""
    arrays: dict[str, Any] = {}
    for master, spells in (("rep", places.reps), ("outlet", places.outlets)):
        arrays |= {
            f"{master}_ids_then": [spell.id for spell in spells],
            f"{master}_begins": [spell.begin for spell in spells],
            f"{master}_ends": [spell.end for spell in spells],
            f"{master}_actives": [spell.active for spell in spells],
            f"{master}_homes": [spell.territory_id for spell in spells],
        }
    return arrays
