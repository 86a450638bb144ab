"""Use cases of workdays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.errors import Invalid
from app.ground.web.versions import Precondition
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.planning.workdays import queries
from app.planning.workdays.rules import PARTS, Workday, holding, parts_after, workday_of, workday_problems
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
    author: ChangeAuthor,
) -> WorkdayAnswer:
    """Set a rep's workday, or (no `rep`) a territory's; it holds for what is planned from now on."""
    owner = {"territory_id": territory.id, "rep_id": None} if rep is None else {"territory_id": None, "rep_id": rep.id}
    existing = await queries.stands(session, **owner)
    condition.check(existing.version if existing else None)
    before = dict(queries.parts_of(existing))
    after = parts_after(before, said_parts(body))
    if problems := workday_problems(after):
        raise Invalid("The workday cannot be like this.", errors=problems)
    if existing is None or before != after:
        await queries.put(session, after, at, author.actor, **owner)
        code = territory.code if rep is None else rep.code
        of = {"of": "territory" if rep is None else "rep"}
        change = Change(AuditKind.WORKDAY, code, of | before if existing else None, of | after, ("of",))
        await record(session, [change], author, at)
    return await shown(session, territory, rep)


def said_parts(body: WorkdayBody) -> dict[str, Any]:
    """The parts that a body says: a place as a whole, a break by what is said of it."""
    parts = {name: part for name, part in body.model_dump().items() if name in body.model_fields_set}
    return parts | ({"lunch": body.lunch.model_dump(exclude_unset=True)} if body.lunch is not None else {})


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
