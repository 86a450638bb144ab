"""An outlet on a Monday and after it, and one case for each kind of thing that can happen there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from geoalchemy2 import WKTElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallAttempt
from app.closing.cutoff.models import MissingOrderResolution
from app.doors.timelines.records import TimelineType
from app.ground.audit.service import SYSTEM, AuditKind, Change, record
from app.ground.web.access import Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.territories.models import Rep, Territory
from app.sales.deliveries.models import FulfilmentDecision
from app.sales.orders.models import Order
from app.sales.returns.models import ReturnDecision
from tests.factories.call_tasks import FIVE, SEVEN, make_call_task
from tests.factories.catalogue import make_product
from tests.factories.check_ins import TEN, make_stored_check_in
from tests.factories.deliveries import TUESDAY_MORNING, make_delivery
from tests.factories.identity import make_user
from tests.factories.missing_orders import make_missing_order
from tests.factories.order_inbox import make_inbox_message
from tests.factories.orders import change_order, make_no_order_report, make_order, make_receipt, make_refusal
from tests.factories.outlets import make_location_proposal, make_outlet
from tests.factories.returns import WEDNESDAY_MORNING, make_return
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit
from tests.factories.week_plans import NEXT_MONDAY, change_week_plan, make_week_plan

CAPTURED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""When orders and reports of factories were captured."""
LATER = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
"""Of Monday in Athens."""


@dataclass
class Shop:
    """An outlet with who visits it, and what it buys."""

    session: AsyncSession
    territory: Territory
    rep: Rep
    outlet: Outlet
    product: Product

    async def order(self, **fields: Any) -> Order:
        return await make_order(self.session, self.outlet, rep=self.rep, lines=[(self.product, 12)], **fields)


async def make_shop(session: AsyncSession, territory: Territory | None = None) -> Shop:
    territory = territory or await make_territory(session)
    rep, outlet = await make_rep(session, territory), await make_outlet(session, territory)
    return Shop(session, territory, rep, outlet, await make_product(session))


@dataclass(frozen=True)
class Case:
    """What happens (`make`), and the items that tell of it, the newest first: title, instant, actor, some facts."""

    type: TimelineType
    make: Callable[[Shop], Awaitable[Any]]
    items: tuple[tuple[str, datetime, str | None, Mapping[str, Any]], ...]
    of_rep: bool = True

    def __str__(self) -> str:
        return self.make.__name__


async def a_visit_that_was_made(shop: Shop) -> None:
    await make_visit(shop.session, shop.rep, shop.outlet, sequence=3, expected_at=TEN)
    await make_stored_check_in(shop.session, shop.rep, shop.outlet)
    await shop.order()


async def a_visit_that_nobody_planned(shop: Shop) -> None:
    await make_visit(shop.session, shop.rep, shop.outlet, approved_at=None)


async def an_excuse(shop: Shop) -> None:
    said: dict[str, Any] = {
        "excused_at": LATER,
        "excused_by": "user:anna",
        "excuse_reason": "rep_ill",
        "excuse_comment": "",
    }
    await make_visit(shop.session, shop.rep, shop.outlet, **said)


async def check_ins(shop: Shop) -> None:
    for kind, at in (("arrival", TEN), ("departure", TEN + timedelta(minutes=20))):
        check_in = await make_stored_check_in(shop.session, shop.rep, shop.outlet, at=at, kind=kind)
        await make_receipt(shop.session, "check_in", check_in.id, MONDAY, at)


async def an_order_that_was_amended(shop: Shop) -> None:
    order = await shop.order()
    await change_order(shop.session, order, "amended", FIVE, "device:R", total_value=order.total_value * 2)


async def an_order_that_was_cancelled(shop: Shop) -> None:
    await change_order(shop.session, await shop.order(), "cancelled", LATER, "user:anna")


async def a_report_of_no_order(shop: Shop) -> None:
    await make_no_order_report(shop.session, shop.rep, shop.outlet)


async def a_form_that_was_refused(shop: Shop) -> None:
    await make_refusal(shop.session, shop.outlet, rep=shop.rep, channel="HANDHELD")


async def a_delivery_that_came_short(shop: Shop) -> None:
    other = await make_product(shop.session)
    order = await make_order(
        shop.session, shop.outlet, rep=shop.rep, lines=[(shop.product, 12), (other, 6)], placed_by="device:R"
    )
    await make_delivery(shop.session, shop.outlet, order, (shop.product, 12, 6), (other, 6, 6))


async def a_delivery_that_nobody_ordered(shop: Shop) -> None:
    await make_delivery(shop.session, shop.outlet, None, (shop.product, 12, 12))


async def a_word_on_who_answers(shop: Shop) -> None:
    order = await shop.order()
    about = {"business_date": MONDAY, "order_id": order.id, "outlet_id": shop.outlet.id}
    word = {"product_id": shop.product.id, "answered_by": "carrier", "comment": "", "decided_by": "user:anna"}
    shop.session.add(FulfilmentDecision(**about, **word, decided_at=LATER))


async def a_return_with_a_word_about_it(shop: Shop) -> None:
    back = await make_return(shop.session, shop.outlet, (shop.product, 2, "expired"))
    about = {"business_date": WEDNESDAY_MORNING.date(), "return_id": back.form.id, "outlet_id": shop.outlet.id}
    word = {"product_id": None, "answered_by": "carrier", "comment": "", "decided_by": "user:anna"}
    shop.session.add(ReturnDecision(**about, **word, decided_at=LATER))


async def a_call_task_that_expired(shop: Shop) -> None:
    fields = {"opened_at": FIVE, "status": "expired", "attempts": 1, "finished_at": LATER}
    task = await make_call_task(shop.session, shop.outlet, **fields)
    operator = await make_user(shop.session, Role.OPERATOR, shop.territory, username="olga")
    call = {"task_id": task.id, "operator_id": operator.id, "told_at": FIVE + timedelta(minutes=5)}
    shop.session.add(CallAttempt(**call, outcome="no_answer"))


async def a_call_task_of_before_that_was_noted(shop: Shop) -> None:
    await make_call_task(shop.session, shop.outlet, status="cancelled", finished_at=FIVE + timedelta(minutes=1))


async def a_missing_order(shop: Shop) -> None:
    visit = await make_visit(shop.session, shop.rep, shop.outlet)
    await make_missing_order(shop.session, visit, no_order_reason=None)
    step = {"business_date": MONDAY, "visit_id": visit.id, "resolved_at": LATER, "order_id": None}
    shop.session.add_all(
        MissingOrderResolution(**step, step=number, outcome=outcome)
        for number, outcome in enumerate(("late", "excused"), 1)
    )


async def a_doubt(shop: Shop) -> None:
    reviewed = {"review_outcome": "dismissed", "reviewed_by": "user:anna", "reviewed_at": LATER}
    await make_signal(shop.session, await shop.order(), "remote_order", **reviewed)
    await make_signal(shop.session, await shop.order(), "averaged_order", withdrawn_at=LATER)


async def a_changed_plan(shop: Shop) -> None:
    plan = await make_week_plan(shop.session, shop.rep, status="approved")
    days = [NEXT_MONDAY + timedelta(days=number) for number in range(4)]
    other = await make_outlet(shop.session, shop.territory)
    visits = [(days[1], shop.outlet), (days[2], other), (days[3], other), (days[3], shop.outlet)]
    await change_week_plan(shop.session, plan, visits, [shop.outlet], LATER)
    await change_week_plan(shop.session, plan, visits, [other], LATER)


async def a_new_location(shop: Shop) -> None:
    place = {"outlet_id": shop.outlet.id, "version": 2, "lat": 38.25, "lon": 21.73, "radius_m": 80.0, "fence": None}
    centre = WKTElement("POINT(21.73 38.25)", srid=4326)
    shop.session.add(OutletLocation(**place, centre=centre, created_at=LATER, created_by="user:anna"))
    decided = {"decision": "approved", "decided_by": "user:anna", "decided_at": LATER, "location_version": 2}
    await make_location_proposal(shop.session, shop.outlet, **decided)


async def new_terms(shop: Shop) -> None:
    terms = {"outlet_id": shop.outlet.id, "version": 2, "valid_from": LATER, "must_stock": [], "own": ["min_gap_days"]}
    shop.session.add(OutletTerms(**terms, min_gap_days=2, credit_hold=True, created_by="client:erp"))


async def another_phone(shop: Shop) -> None:
    before = {"phone": "1", "rep_code": "A", "terms": None}
    after = {"phone": "2", "rep_code": "B", "terms": {"min_gap_days": 2}}
    alone = {"location": {"lat": 1}}
    code = shop.outlet.code
    await record(shop.session, [Change(AuditKind.OUTLET, code, before, after)], SYSTEM, LATER)
    await record(shop.session, [Change(AuditKind.OUTLET, code, {"location": None}, alone)], SYSTEM, LATER)


async def a_new_outlet(shop: Shop) -> None:
    members = {"name": "Kiosk", "active": True, "location": None}
    await record(shop.session, [Change(AuditKind.OUTLET, shop.outlet.code, None, members)], SYSTEM, LATER)


async def a_form_by_mail(shop: Shop) -> None:
    await make_inbox_message(shop.session, shop.outlet)


_WAS_MADE = {"status": "verified", "made": True, "productive": True, "sequence": 3}
_RAISED = datetime(2026, 11, 23, 14, tzinfo=UTC)
_WISHED = datetime(2026, 11, 20, tzinfo=UTC)
_WISH = {"decision": "approved", "location_version": 2}

CASES = (
    Case(
        TimelineType.VISIT,
        a_visit_that_was_made,
        (("visit_planned", MIDNIGHT, None, _WAS_MADE | {"expected_at": "2026-11-23T08:00:00Z"}),),
    ),
    Case(
        TimelineType.VISIT,
        a_visit_that_nobody_planned,
        (("visit_ad_hoc", MIDNIGHT, None, {"status": "unverified", "made": False}),),
    ),
    Case(TimelineType.EXCUSE, an_excuse, (("visit_excused", LATER, "user:anna", {"reason_code": "rep_ill"}),)),
    Case(
        TimelineType.CHECK_IN,
        check_ins,
        (
            ("departure", TEN + timedelta(minutes=20), None, {"verdict": "INSIDE"}),
            ("arrival", TEN, None, {"verdict": "INSIDE", "p_inside": 0.99, "distance_m": 3.2, "trusted": True}),
        ),
    ),
    Case(
        TimelineType.ORDER,
        an_order_that_was_amended,
        (
            ("order_amended", FIVE, "device:R", {"channel": "HANDHELD", "value": "27.60", "version": 2}),
            ("order_accepted", CAPTURED, "device:{rep}", {"channel": "HANDHELD", "value": "13.80", "lines": 1}),
        ),
    ),
    Case(
        TimelineType.ORDER,
        an_order_that_was_cancelled,
        (
            ("order_cancelled", LATER, "user:anna", {"value": "13.80"}),
            ("order_accepted", CAPTURED, "device:{rep}", {"cancelled": True, "delivery_date": "2026-11-24"}),
        ),
    ),
    Case(
        TimelineType.NO_ORDER,
        a_report_of_no_order,
        (("no_order_reported", CAPTURED, None, {"reason_code": "overstocked"}),),
    ),
    Case(
        TimelineType.REFUSED_ORDER,
        a_form_that_was_refused,
        (
            (
                "order_refused",
                CAPTURED + timedelta(minutes=1),
                "device:{rep}",
                {"channel": "HANDHELD", "problems": ["no_lines"], "accepted_since": False},
            ),
        ),
    ),
    Case(
        TimelineType.DELIVERY,
        a_delivery_that_came_short,
        (
            (
                "delivery_recorded",
                TUESDAY_MORNING,
                "client:erp",
                {"number": "DN-1", "status": "mismatched", "lines": 2, "mismatched_lines": 1, "value": "13.80"},
            ),
        ),
    ),
    Case(
        TimelineType.DELIVERY,
        a_delivery_that_nobody_ordered,
        (
            (
                "delivery_recorded",
                TUESDAY_MORNING,
                "client:erp",
                {"order_id": None, "status": "mismatched", "lines": 1, "mismatched_lines": 1},
            ),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.FULFILMENT_DECISION,
        a_word_on_who_answers,
        (("fulfilment_decided", LATER, "user:anna", {"product_code": "{product}", "answered_by": "carrier"}),),
        of_rep=False,
    ),
    Case(
        TimelineType.RETURN,
        a_return_with_a_word_about_it,
        (
            ("return_decided", LATER, "user:anna", {"product_code": None, "answered_by": "carrier"}),
            ("return_recorded", WEDNESDAY_MORNING, "client:erp", {"value": "2.30", "lines": 1, "declined_lines": 0}),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.CALL_TASK,
        a_call_task_that_expired,
        (
            ("call_task_expired", SEVEN, None, {"attempts": 1}),
            ("call_made", FIVE + timedelta(minutes=5), "user:olga", {"outcome": "no_answer"}),
            ("call_task_opened", FIVE, None, {"status": "expired", "due_at": "2026-11-23T17:00:00Z"}),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.CALL_TASK,
        a_call_task_of_before_that_was_noted,
        (
            ("call_task_cancelled", FIVE + timedelta(minutes=1), None, {"order_id": None}),
            ("call_task_opened", FIVE, None, {"status": "cancelled"}),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.MISSING_ORDER,
        a_missing_order,
        (
            (
                "order_missing",
                FIVE,
                None,
                {"cause": "not_visited", "resolution": "excused", "resolved_at": "2026-11-26T12:00:00Z"},
            ),
        ),
    ),
    Case(
        TimelineType.RISK_SIGNAL,
        a_doubt,
        (
            (
                "signal_raised",
                _RAISED,
                None,
                {"rule": "remote_order", "outcome": "dismissed", "reviewed_by": "user:anna"},
            ),
        ),
    ),
    Case(
        TimelineType.PLAN_CHANGE,
        a_changed_plan,
        (
            (
                "plan_changed",
                LATER,
                "user:anna",
                {"iso_week": "2026-W49", "action": "changed", "days": ["2026-12-01", "2026-12-03"]},
            ),
        ),
    ),
    Case(
        TimelineType.LOCATION,
        a_new_location,
        (
            ("location_decided", LATER, "user:anna", _WISH),
            ("location_changed", LATER, "user:anna", {"version": 2, "lat": 38.25, "radius_m": 80}),
            ("location_proposed", _WISHED, "system", _WISH),
            ("location_changed", datetime(2026, 1, 1, tzinfo=UTC), "test", {"version": 1}),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.TERMS,
        new_terms,
        (
            ("terms_changed", LATER, "client:erp", {"version": 2, "changed": ["min_gap_days", "credit_hold"]}),
            ("terms_changed", datetime(2026, 1, 1, tzinfo=UTC), "test", {"version": 1, "changed": []}),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.MASTER,
        another_phone,
        (
            (
                "outlet_changed",
                LATER,
                "system",
                {"changed": ["phone", "rep_code"], "before": {"phone": "1"}, "after": {"phone": "2"}},
            ),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.MASTER,
        a_new_outlet,
        (
            (
                "outlet_made",
                LATER,
                "system",
                {"changed": ["active", "name"], "before": None, "after": {"name": "Kiosk", "active": True}},
            ),
        ),
        of_rep=False,
    ),
    Case(
        TimelineType.MAIL_FORM,
        a_form_by_mail,
        (("form_received", CAPTURED, None, {"status": "refused", "order_id": None, "problems": 1}),),
        of_rep=False,
    ),
)
