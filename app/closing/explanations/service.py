"""Use case of explanations: gather what an entry rests on, as far as the reader may see it, and put it into words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.explanations import entry_queries, evidence_queries, fulfilment_queries, visit_queries
from app.closing.explanations.explanation import ExplainedRecordType, Explanation, RecordLink
from app.closing.explanations.links import distinct, link_to, link_to_policy
from app.closing.explanations.outlook import (
    appeal_until,
    is_provisional,
    may_still_change,
    standing_sentences,
)
from app.closing.explanations.records import (
    ClosedRun,
    ExplainedEntry,
    ExplainedOutlet,
    LedgerStep,
    Reader,
    SeenVisit,
    World,
)
from app.closing.explanations.registry import explainer_of
from app.closing.explanations.sight import may_read, readable_by
from app.closing.explanations.wording import wording_of
from app.field.visits.visit_ids import date_in
from app.ground import clock
from app.ground.web.access import Caller, CallerKind, Scope
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts, zone_on
from app.masters.territories.local_time import instant_of
from app.motivation.points.errors import PointsEntryNotFound
from app.motivation.points.policy_rules import LIMITED
from app.motivation.points.rules import FAMILIES, PROVISIONAL_FOR, PointsRule, SourceType


@dataclass(frozen=True, slots=True)
class ExplainedPoints:
    """An entry with its explanation; `steps`: what the same rule, or one that takes its place, did about its source."""

    entry: ExplainedEntry
    explanation: Explanation
    steps: tuple[LedgerStep, ...]
    provisional: bool
    appeal_until: datetime | None


async def explain(session: AsyncSession, caller: Caller, entry_id: int) -> ExplainedPoints:
    """Why an entry is what it is, by ten statements at the most.

    Raises PointsEntryNotFound, also where the rep is out of the caller's sight.
    """
    entry = await entry_queries.entry_with_steps(session, entry_id)
    if entry is None or not caller.may_see(entry.territory_id, entry.rep_id):
        raise PointsEntryNotFound
    territory = await territories.territory_facts(session, entry.territory_id)
    world = await _world(session, caller, entry, territory)
    return explained(world, [link for link in _links(world) if readable_by(caller, link)], caller)


def explained(world: World, links: Sequence[RecordLink], caller: Caller) -> ExplainedPoints:
    """The words for a world. `links`: what every explanation is accompanied by."""
    entry, words = world.entry, wording_of(world)
    explanation = explainer_of(entry.step)(world)
    records = [link for link in explanation.records if readable_by(caller, link)]
    whole = Explanation(
        [*explanation.text, *standing_sentences(world, words)],
        explanation.facts,
        distinct([*records, *links]),
        [*explanation.would_have_changed_it, *may_still_change(world, words)],
    )
    family = FAMILIES.get(entry.step.rule, (entry.step.rule,))
    steps = tuple(step for step in entry.steps if step.rule in family)
    return ExplainedPoints(entry, whole, steps, is_provisional(world), appeal_until(world))


def _links(world: World) -> list[RecordLink]:
    steps = world.entry.steps
    near = [
        step for step in steps if world.entry.step.id == step.reverses_id or step.id == world.entry.step.reverses_id
    ]
    policy = [link_to_policy(world)] if world.entry.policy is not None else []
    appeal = [link_to(ExplainedRecordType.APPEAL, world.entry.appeal.id)] if world.entry.appeal is not None else []
    return [*(link_to(ExplainedRecordType.POINTS_ENTRY, step.id) for step in near), *appeal, *policy]


async def _world(session: AsyncSession, caller: Caller, entry: ExplainedEntry, territory: TerritoryFacts) -> World:
    reader = Reader(is_rep=caller.kind is CallerKind.DEVICE, is_staff=caller.kind is CallerKind.USER)
    world = World(reader, entry, zone_on(territory, entry.business_date), clock.now())
    match entry.source_type:
        case SourceType.VISIT if evidence_queries.may_read_visits(caller):
            return await _visit_world(session, caller, world, territory)
        case SourceType.ORDER:
            return await _order_world(session, caller, world)
        case SourceType.MONTH if entry.step.rule in LIMITED:
            return await _month_world(session, caller, world)
        case SourceType.MONTH:  # what is over a cap is a sum of the ledger itself
            return replace(world, facts_in_sight=True)
    return world


async def _visit_world(session: AsyncSession, caller: Caller, world: World, territory: TerritoryFacts) -> World:
    """The world of a visit, by eight statements at the most."""
    entry, day = world.entry, date_in(world.entry.source_id)
    row = await visit_queries.visit_in_sight(session, caller, day, entry.source_id) if day is not None else None
    if row is None:
        return world
    visit = await _visit(session, row, entry, territory)
    orders = await evidence_queries.orders_of(session, caller, row.outlet_id, row.visit_date, entry.rep_id)
    check_ins = await evidence_queries.check_ins_of(
        session, caller, row.outlet_id, row.visit_date, entry.rep_id, orders
    )
    subjects = [*(order.id for order in orders), *(seen.id for seen in check_ins)]
    doubts = await evidence_queries.doubts_about(session, caller, subjects) if subjects else []
    refusals = await visit_queries.refusals_of(session, caller, row.outlet_id, row.visit_date, entry.rep_id)
    world = replace(world, visit=visit, orders=orders, check_ins=check_ins, doubts=doubts, refusals=refusals)
    if is_provisional(world) and visit.run is not None and world.now <= visit.run.cutoff_at + PROVISIONAL_FOR:
        silent = await visit_queries.silent_devices(
            session, row.outlet_id, row.visit_date, entry.rep_id, visit.run.cutoff_at
        )
        world = replace(world, silent=silent)
    return world


async def _visit(session: AsyncSession, row: Any, entry: ExplainedEntry, territory: TerritoryFacts) -> SeenVisit:
    closings = await visit_queries.closings_of(session, row.territory_id, row.visit_date, row.id, row.outlet_id)
    begun = [closing for closing in closings if closing.started_at <= entry.step.booked_at]
    closing = (begun or closings or [None])[-1]
    due_at = None
    if closing is not None and closing.due_time is not None:
        due_at = instant_of(row.visit_date, closing.due_time, zone_on(territory, row.visit_date))
    return SeenVisit(
        id=row.id,
        visit_date=row.visit_date,
        outlet=ExplainedOutlet(row.outlet_id, row.outlet_code, row.outlet_name),
        excused_at=row.excused_at,
        excuse_reason=row.excuse_reason,
        excuse_comment=row.excuse_comment,
        run=None if closing is None else _run(closing),
        cause=None if closing is None else closing.cause,
        no_order_reason=None if closing is None else closing.no_order_reason,
        due_at=due_at if closing is not None and due_at is not None and due_at < closing.cutoff_at else None,
        resolutions=await visit_queries.resolutions_of(session, row.visit_date, row.id),
    )


def _run(closing: Any) -> ClosedRun:
    return ClosedRun(closing.id, closing.cutoff_at, closing.voided_at, closing.void_reason)


async def _order_world(session: AsyncSession, caller: Caller, world: World) -> World:
    """The world of an order, by eight statements at the most."""
    entry = world.entry
    order_and_outlet = await evidence_queries.order_with_outlet(
        session, caller, entry.source_id, entry.business_date, entry.rep_id
    )
    if order_and_outlet is None:
        return world
    order, outlet = order_and_outlet
    doubts = await evidence_queries.doubts_about(session, caller, [order.id])
    world = replace(world, outlet=outlet, orders=[order], doubts=doubts)
    if not may_read(caller, Scope.DELIVERIES_READ):
        return world
    product_ids = {line["product_id"] for line in entry.facts.get("lines", ())}
    delivery_ids = [UUID(delivery["id"]) for delivery in entry.facts.get("deliveries", ())]
    by_price, reversal = entry.step.rule is PointsRule.PRICE_MISMATCH, entry.step.reverses_id is not None
    key = (order.id, entry.business_date)
    return replace(
        world,
        facts_in_sight=True,
        products=await evidence_queries.products_named(session, product_ids) if product_ids else [],
        deliveries=await fulfilment_queries.deliveries_of(session, caller, delivery_ids),
        prices=await fulfilment_queries.prices_of(session, *key) if by_price and not reversal else (),
        order_change=await fulfilment_queries.change_of(session, *key, entry.step.booked_at) if reversal else None,
    )


async def _month_world(session: AsyncSession, caller: Caller, world: World) -> World:
    """The world of a month's returns, by four statements at the most."""
    if not may_read(caller, Scope.DELIVERIES_READ):
        return world
    entry = world.entry
    return_ids = [UUID(id_) for id_ in entry.facts.get("return_ids", ())]
    in_sight, returns = await fulfilment_queries.month_in_sight(
        session, caller, entry.rep_id, entry.business_date.replace(day=1), return_ids
    )
    return replace(world, facts_in_sight=in_sight, returns=returns)
