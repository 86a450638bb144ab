"""What days have come to on the database, read plainly: once the dust has settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import MissingOrder, MissingOrderResolution
from app.closing.cutoff.settlement_rules import Standing
from app.ground import clock
from app.masters.territories.calendar import RepFacts
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry
from app.sales.orders.models import Order, OrderLine
from tests.factories.visits import MONDAY
from tests.simulation.oracle import COSTS, Visits
from tests.simulation.stages import AFTER_ALL, Stage, instant


@dataclass(frozen=True)
class End:
    """What a day has come to: what each visit has cost and earned, what became of it, what each order that stands is
    of.
    """

    costs: Visits
    awards: Visits
    outcomes: dict[tuple[int, int], Standing | None]
    quantities: dict[UUID, int]


async def ends(session: AsyncSession, stages: Sequence[Stage]) -> list[End]:
    """The end of each day, by three statements; holds on the way that the ledger says it once and without a doubt."""
    entries = await _entries(session, stages)
    outcomes = await _outcomes(session, stages)
    quantities = await _quantities(session, stages)
    result = []
    for stage in stages:
        costs, awards = {}, {}
        for visit, id_ in stage.visits.items():
            chains = _chains([entry for entry in entries if entry.rep_id == stage.reps[visit[0]].id], id_)
            awards[visit] = sum(entry.points for entry in chains.pop("order_on_time", ()))
            costs[visit] = sum(entry.points for chain in chains.values() for entry in chain)
            hold_that_one_end_state_stands(outcomes.get(id_), chains, costs[visit])
        outlet_ids = {outlet.id for outlet in stage.outlets}
        standing = {id_: quantity for id_, (outlet_id, quantity) in quantities.items() if outlet_id in outlet_ids}
        result.append(End(costs, awards, {visit: outcomes.get(id_) for visit, id_ in stage.visits.items()}, standing))
    return result


def hold_that_one_end_state_stands(outcome: Standing | None, chains: dict[str, list[Any]], cost: int) -> None:
    """A visit that is flagged has one end, and the ledger books that and nothing else; any other has no entry."""
    in_force = {rule for rule, chain in chains.items() if len(chain) % 2}
    assert in_force <= {outcome}, (outcome, in_force)
    assert cost == sum(COSTS[Standing(rule)] for rule in in_force), (outcome, cost)
    assert outcome is not None or not chains, chains


async def hold_that_balances_are_sums(session: AsyncSession, stages: Sequence[Stage]) -> None:
    """What a rep is told of its points is the sum of all its entries, and nothing is provisional after 72 hours."""
    query = select(PointsEntry.rep_id, func.sum(PointsEntry.points)).group_by(PointsEntry.rep_id)
    rows = await session.execute(query)
    sums = {rep_id: int(total) for rep_id, total in rows}
    for rep in (rep for stage in stages for rep in stage.reps):
        facts = RepFacts(rep.id, rep.code, rep.name, rep.territory_id, rep.active)
        with clock.fixed(instant(AFTER_ALL)):
            ledger = await points.ledger_of(session, facts, MONDAY, MONDAY)
        assert (ledger.balance, ledger.provisional_ids) == (sums.get(rep.id, 0), frozenset()), rep.code


def _chains(entries: Sequence[Any], visit_id: UUID) -> dict[str, list[Any]]:
    """By rule what it booked for a visit, the reversal of that, the reversal of this, and so on: each at most once."""
    chains: dict[str, list[Any]] = {}
    for entry in (entry for entry in entries if entry.source_id == visit_id):
        assert entry.rule not in chains, f"{entry.rule} is booked twice for {visit_id}"
        chain = chains[entry.rule] = [entry]
        while reversals := [other for other in entries if other.reverses_id == chain[-1].id]:
            (reversal,) = reversals
            assert reversal.points == -chain[-1].points
            chain.append(reversal)
    return chains


async def _entries(session: AsyncSession, stages: Sequence[Stage]) -> Sequence[Any]:
    rep_ids = [rep.id for stage in stages for rep in stage.reps]
    columns = (
        PointsEntry.id,
        PointsEntry.rep_id,
        PointsEntry.rule,
        PointsEntry.source_id,
        PointsEntry.reverses_id,
        PointsEntry.points,
    )
    rows = await session.execute(select(*columns).where(PointsEntry.rep_id.in_(rep_ids)).order_by(PointsEntry.id))
    return rows.all()


async def _outcomes(session: AsyncSession, stages: Sequence[Stage]) -> dict[UUID, Standing]:
    """What became of each visit that was flagged."""
    step = MissingOrderResolution
    last = select(step.outcome).where(step.visit_id == MissingOrder.visit_id).order_by(step.step.desc()).limit(1)
    flagged = select(MissingOrder.visit_id, last.scalar_subquery().label("outcome")).where(
        MissingOrder.territory_id.in_([stage.territory.id for stage in stages])
    )
    return {row.visit_id: Standing(row.outcome or Standing.MISSED) for row in await session.execute(flagged)}


async def _quantities(session: AsyncSession, stages: Sequence[Stage]) -> dict[UUID, tuple[int, int]]:
    """Of each order of the day that stands its outlet, and the quantity."""
    rows = await session.execute(
        select(Order.id, Order.outlet_id, OrderLine.quantity)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.territory_id.in_([stage.territory.id for stage in stages]))
        .where(Order.business_date == MONDAY, Order.cancelled_at.is_(None))
    )
    return {row.id: (row.outlet_id, int(row.quantity)) for row in rows}
