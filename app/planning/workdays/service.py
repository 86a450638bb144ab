"""Use cases of workdays."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.versions import Precondition
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.planning.workdays import queries
from app.planning.workdays.rules import PARTS, Workday, holding, workday_of
from app.planning.workdays.schemas import EffectiveWorkdayAnswer, WorkdayAnswer, WorkdayBody

__all__ = ["Workday", "put_workday", "shown", "workdays_of"]


async def workdays_of(session: AsyncSession, territory: TerritoryFacts, reps: Sequence[RepFacts]) -> dict[int, Workday]:
    """The workdays that hold for reps of a territory, by their ids; two statements."""
    of_territory = queries.parts_of((await queries.of_territories(session, [territory.id])).get(territory.id))
    own = await queries.of_reps(session, [rep.id for rep in reps])
    return {rep.id: workday_of(holding(territory, of_territory, queries.parts_of(own.get(rep.id)))) for rep in reps}


async def put_workday(
    session: AsyncSession,
    territory: TerritoryFacts,
    rep: RepFacts | None,
    body: WorkdayBody,
    condition: Precondition,
    at: datetime,
    by: str,
) -> WorkdayAnswer:
    """Set a rep's workday, or (no `rep`) a territory's; it holds for what is planned from now on."""
    owner = {"territory_id": territory.id, "rep_id": None} if rep is None else {"territory_id": None, "rep_id": rep.id}
    existing = await queries.stands(session, **owner)
    condition.check(existing.version if existing else None)
    if existing is None or queries.parts_of(existing) != _parts(body):
        await queries.put(session, body, at, by, **owner)
    return await shown(session, territory, rep)


async def shown(session: AsyncSession, territory: TerritoryFacts, rep: RepFacts | None) -> WorkdayAnswer:
    """A rep's workday, or (no `rep`) a territory's: what was set, and what holds."""
    of_territory = (await queries.of_territories(session, [territory.id])).get(territory.id)
    own = of_territory if rep is None else (await queries.of_reps(session, [rep.id])).get(rep.id)
    parts = queries.parts_of(own)
    effective = holding(territory, queries.parts_of(of_territory), parts)
    return WorkdayAnswer.model_validate(
        {
            **dict.fromkeys(PARTS),
            **parts,
            "effective": EffectiveWorkdayAnswer.model_validate(effective),
            "version": own.version if own else 0,
            "updated_at": own.updated_at if own else None,
            "updated_by": own.updated_by if own else None,
        }
    )


def _parts(body: WorkdayBody) -> dict[str, object]:
    return body.model_dump()
