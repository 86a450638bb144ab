"""A small company with two territories, three reps, and every kind of caller: what the access table is tried on.

A record's name ends with whose it is: `_1` and `_2` belong to the two reps of territory A, `_a` to territory A as a
whole, `_b` to territory B and its rep; other names belong to everyone. `insiders(name)` follows from that.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.visits.models import Visit
from app.ground.web.access import Role, Scope
from app.masters.catalogue.models import Price, Product, Stock
from app.masters.outlets.models import ChannelTerms, Outlet
from app.masters.territories.models import Rep
from app.motivation.points.models import PointsEntry
from tests.factories.appeals import make_appeal, make_attachment, make_entry
from tests.factories.assortment_mix import make_statement, make_targets
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.closed_months import make_rep_statement
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.order_inbox import make_inbox_message
from tests.factories.orders import make_no_order_report, make_order, make_receipt
from tests.factories.outlets import make_location_proposal, make_outlet
from tests.factories.plan_generation import make_plan_generation
from tests.factories.rejected_events import make_rejected_event
from tests.factories.returns import make_return
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.factories.week_plans import make_calendar_link, make_change_request, make_week_plan

MONDAY = date(2026, 11, 23)
HALF_PAST_FIVE = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
"""17:30 in Athens: the day is closed, the call centre phones."""
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

SEEN_ENTRIES, FRESH_ENTRIES = 8_123_456_789_000_000, 7_123_456_789_000_000
"""Ids of entries are numbers. These are long, so that they stand in no other figure of an answer by chance."""

STAFF = frozenset({"admin", "supervisor_a", "supervisor_b", "operator_a"})
DEVICES = frozenset({"device_1", "device_2"})
CALLERS = ("admin", "supervisor_a", "supervisor_b", "operator_a", "device_1", "device_2", "client_bare", "client_all")

_INSIDERS = {
    "1": {"admin", "client_all", "supervisor_a", "operator_a", "device_1"},
    "2": {"admin", "client_all", "supervisor_a", "operator_a", "device_2"},
    "a": {"admin", "client_all", "supervisor_a", "operator_a", "device_1", "device_2"},
    "b": {"admin", "client_all", "supervisor_b"},
}


def insiders(name: str) -> frozenset[str]:
    """The callers who may see the record of this name, where their kind may call the route at all."""
    return frozenset(_INSIDERS.get(name.rpartition("_")[2], CALLERS))


@dataclass
class World:
    """`names` are the codes and ids of its records, as they show in answers; `headers` are the callers' tokens."""

    names: dict[str, str] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.names[name]

    def hidden_from(self, caller: str) -> dict[str, str]:
        """What no answer to `caller` may hold."""
        return {name: value for name, value in self.names.items() if caller not in insiders(name)}


async def make_world(session: AsyncSession, app: FastAPI) -> World:
    """Make it, in the test's transaction."""
    world = World()
    product = await make_product(session, code="ZQ-PRODUCT")
    world.names |= {"product": product.code, "channel": "zq-kiosks", "reason": "picking_error"}
    session.add(ChannelTerms(channel="zq-kiosks", version=1, valid_from=MORNING, created_by="test"))
    session.add(Stock(product_id=product.id, warehouse_code="ZQ", quantity=Decimal(9), as_of=MORNING))
    territory_a = await make_territory(session, code="ZQ-TERRITORY-A")
    territory_b = await make_territory(session, code="ZQ-TERRITORY-B")
    world.names |= {"territory_a": territory_a.code, "territory_b": territory_b.code}
    staff = {
        "admin": await make_user(session, Role.ADMIN, username="zq-admin"),
        "supervisor_a": await make_user(session, Role.SUPERVISOR, territory_a, username="zq-supervisor-a"),
        "supervisor_b": await make_user(session, Role.SUPERVISOR, territory_b, username="zq-supervisor-b"),
        "operator_a": await make_user(session, Role.OPERATOR, territory_a, username="zq-operator-a"),
    }
    clients = {"client_bare": await make_client(session), "client_all": await make_client(session, *Scope)}
    world.headers |= {name: bearer(app, user) for name, user in staff.items()}
    world.headers |= {name: bearer(app, client) for name, client in clients.items()}
    world.names |= {"username": staff["operator_a"].username, "client": str(clients["client_bare"].id)}
    for whose, territory in {"1": territory_a, "2": territory_a, "b": territory_b}.items():
        rep = await make_rep(session, territory, code=f"ZQ-REP-{whose}", name=f"Zq Rep {whose}")
        outlet = await make_outlet(session, territory, code=f"ZQ-OUTLET-{whose}", name=f"Zq Outlet {whose}")
        device = await make_device(session, rep)
        world.headers[f"device_{whose}"] = bearer(app, device)
        # an outlet is its territory's: both reps of A may see both
        at = {"1": "outlet_a", "2": "outlet2_a", "b": "outlet_b"}[whose]
        world.names |= {f"rep_{whose}": rep.code, f"rep_name_{whose}": rep.name, f"device_{whose}": str(device.id)}
        world.names |= {at: outlet.code, at.replace("outlet", "outlet_name"): outlet.name}
        session.add(Price(product_id=product.id, outlet_id=outlet.id, price=Decimal(1), valid_from=MONDAY))
        await _make_day(session, world, whose, rep, outlet, product)
        planned = await make_week_plan(
            session, rep, date(2026, 11, 30), [(date(2026, 11, 30), outlet)], status="submitted"
        )
        of_month = await make_rep_statement(session, rep)
        world.names |= {f"rep_statement_{whose}": of_month.number, f"month_closing_{whose}": str(of_month.closing_id)}
        world.names[f"calendar_{whose}"] = str((await make_calendar_link(session, rep))[0].id)
        world.names[f"request_{whose}"] = str((await make_change_request(session, planned)).id)
    for whose, territory in {"a": territory_a, "b": territory_b}.items():
        world.names[f"generation_{whose}"] = str((await make_plan_generation(session, territory)).id)
        statement = await make_statement(session, territory, await make_targets(session, territory, by=f"zq-{whose}"))
        world.names[f"statement_{whose}"] = f"{territory.code}-2026-{statement.number_of_year}"
        world.names[f"targets_{whose}"] = f"zq-{whose}"
    await make_targets(session, None)
    world.names |= {"week": "2026-W49", "route_day": "2026-11-30", "quarter": "2026-Q3"}
    world.names |= {"month": "2026-10", "points_rule": "order_on_time"}
    return world


async def _make_day(
    session: AsyncSession, world: World, whose: str, rep: Rep, outlet: Outlet, product: Product
) -> None:
    visit = await make_visit(session, rep, outlet)
    order = await make_order(session, outlet, rep=rep, lines=[(product, 6)])
    delivery = await make_delivery(session, outlet, order, (product, 6, 5), delivered_at=HALF_PAST_FIVE)
    of_delivery: dict[str, Any] = {"delivery_id": delivery.form.id, "returned_at": HALF_PAST_FIVE}
    back = await make_return(session, outlet, (product, 1, "expired"), **of_delivery)
    report = await make_no_order_report(session, rep, outlet)
    check_in = await _make_check_in(session, rep, outlet)
    signal = await _make_signal(session, rep, check_in)
    entry = await make_penalty(session, rep, visit, id=SEEN_ENTRIES + rep.id)
    rejection = await make_rejected_event(session, rep)
    await _make_appeals(session, world, whose, rep)
    world.names |= {
        f"rejection_{whose}": str(rejection.id),
        f"entry_{whose}": str(entry.id),
        f"visit_{whose}": str(visit.id),
        f"order_{whose}": str(order.id),
        f"delivery_{whose}": str(delivery.form.id),
        f"return_{whose}": str(back.form.id),
        f"no_order_{whose}": str(report.id),
        f"check_in_{whose}": str(check_in.id),
        f"signal_{whose}": str(signal.id),
    }
    if whose != "2":
        territory = {"1": "a", "b": "b"}[whose]
        task = await make_call_task(session, outlet)
        run = await _make_run(session, visit)
        proposal = await make_location_proposal(session, outlet)
        world.names |= {f"task_{territory}": str(task.id), f"run_{territory}": str(run.id)}
        mail = await make_inbox_message(session, outlet)
        world.names |= {f"proposal_{territory}": str(proposal.id), f"mail_{territory}": str(mail.id)}


async def _make_check_in(session: AsyncSession, rep: Rep, outlet: Outlet) -> CheckIn:
    fields: dict[str, Any] = {"skew_ms": 0, "trusted": True, "clock_changed": False, "mock": False}
    check_in = CheckIn(
        business_date=MONDAY,
        id=uuid4(),
        territory_id=rep.territory_id,
        rep_id=rep.id,
        outlet_id=outlet.id,
        kind="arrival",
        captured_at=MORNING,
        received_at=MORNING,
        corrected_at=MORNING,
        verdict="NO_FIX",
        location_version=1,
        policy_version=1,
        **fields,
    )
    session.add(check_in)
    await make_receipt(session, "check_in", check_in.id, MONDAY, MORNING)
    return check_in


async def _make_signal(session: AsyncSession, rep: Rep, check_in: CheckIn) -> RiskSignal:
    signal = RiskSignal(
        id=uuid4(),
        rule="mock_location",
        subject_type="check_in",
        subject_id=check_in.id,
        territory_id=rep.territory_id,
        rep_id=rep.id,
        outlet_id=check_in.outlet_id,
        business_date=MONDAY,
        evidence={},
        explanation="The phone says that the position was made up.",
        raised_at=MORNING,
    )
    session.add(signal)
    await session.flush()
    return signal


async def make_penalty(session: AsyncSession, rep: Rep, visit: Visit, **fields: Any) -> PointsEntry:
    entry = PointsEntry(
        rep_id=rep.id,
        rule="missed_order",
        kind="PENALTY",
        points=-10,
        source_type="visit",
        source_id=visit.id,
        provisional=True,
        policy_version=1,
        business_date=MONDAY,
        booked_at=HALF_PAST_FIVE,
        note="",
        month=MONDAY.replace(day=1),
        **fields,
    )
    session.add(entry)
    await session.flush()
    return entry


async def _make_appeals(session: AsyncSession, world: World, whose: str, rep: Rep) -> None:
    appeal = await make_appeal(
        session, await make_entry(session, rep, source_type="month"), submitted_at=HALF_PAST_FIVE
    )
    attachment = await make_attachment(session, rep, attached_to="appeal", record_id=appeal.id)
    decided = {"status": "rejected", "submitted_at": HALF_PAST_FIVE, "decided_at": HALF_PAST_FIVE}
    rejected = await make_appeal(session, await make_entry(session, rep, source_type="month"), **decided)
    world.names |= {
        f"fresh_entry_{whose}": str(
            (await make_entry(session, rep, source_type="month", id=FRESH_ENTRIES + rep.id)).id
        ),
        f"appeal_{whose}": str(appeal.id),
        f"rejected_appeal_{whose}": str(rejected.id),
        f"attachment_{whose}": str(attachment.id),
    }


async def _make_run(session: AsyncSession, visit: Visit) -> CutoffRun:
    five = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    run = CutoffRun(
        id=uuid4(),
        territory_id=visit.territory_id,
        business_date=MONDAY,
        cutoff_at=five,
        call_deadline_at=datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
        started_at=five,
        finished_at=five,
        planned_visits=1,
        missing_orders=1,
        call_tasks=1,
        penalties=1,
        triggered_by="scheduler",
    )
    session.add(run)
    await session.flush()
    session.add(
        MissingOrder(
            answers=True,
            business_date=MONDAY,
            visit_id=visit.id,
            run_id=run.id,
            territory_id=visit.territory_id,
            rep_id=visit.rep_id,
            outlet_id=visit.outlet_id,
            cause="not_visited",
            provisional=True,
        )
    )
    await session.flush()
    return run
