"""Use case of dealing: outlets that nobody looks after go to the reps of their territory (M2)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.service import AuditChannel, ChangeAuthor
from app.ground.db.consultation import consulted
from app.ground.db.session import Database
from app.ground.events import service as events
from app.ground.workers.calculations import Calculation
from app.ground.workers.pool import Workers
from app.masters.outlets.plan_facts import PlanOutlet, outlets_of_nobody, outlets_to_plan
from app.masters.outlets.service import assign
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.service import active_reps
from app.planning.plan_generation.demands import frequency_of
from app.planning.workdays.rules import Workday
from app.planning.workdays.service import workdays_of

DEALT = "outlets.dealt"

GIVEN_TO: Calculation[
    [Sequence[PlanOutlet], Mapping[int, int | None], Sequence[RepFacts], Mapping[int, Workday]], dict[int, int]
] = Calculation("app.planning.plan_generation.sharing_out:given_to")


@dataclass(frozen=True, slots=True)
class _Territory:
    """What is dealt: outlets with agreed visits, who stays with whom (`owners`), and the reps; none, where nothing is.

    Two of them are equal where the same outlets are to go to the same reps, whatever else is told of them meanwhile.
    """

    outlet_ids: frozenset[int]
    owners: Mapping[int, int | None]
    reps: Sequence[RepFacts]
    outlets: Sequence[PlanOutlet] = field(compare=False)
    workdays: Mapping[int, Workday] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Dealing:
    """A territory's outlets are to be given to its reps. `reassign`: all of them, whoever has them now."""

    territory: TerritoryFacts
    by: str
    reassign: bool = False
    check: Callable[[AsyncSession], Awaitable[None]] | None = None
    """Asked before anything is written, in the same transaction; raises where it must not be."""

    async def read(self, session: AsyncSession, *, lock: bool) -> _Territory:
        """The outlets to be dealt, and all that it depends on who gets them."""
        unassigned = await outlets_of_nobody(session, self.territory.id, lock=lock)
        reps = await active_reps(session, self.territory.id) if unassigned or self.reassign else ()
        if not reps:
            return _Territory(frozenset(), {}, (), (), {})
        outlets = [outlet for outlet in await outlets_to_plan(session, self.territory.id) if frequency_of(outlet)]
        owners = {} if self.reassign else {o.id: o.rep_id for o in outlets if o.id not in unassigned}
        workdays = await workdays_of(session, self.territory, reps)
        return _Territory(frozenset(outlet.id for outlet in outlets), owners, reps, outlets, workdays)

    async def write(self, session: AsyncSession, facts: _Territory, rep_ids: Mapping[int, int]) -> int:
        """Give the outlets to their reps; how many changed hands."""
        if self.check is not None:
            await self.check(session)
        at = clock.now()
        changes = {outlet.id: rep_ids[outlet.id] for outlet in facts.outlets if outlet.rep_id != rep_ids[outlet.id]}
        if changes:
            await assign(session, changes, at, ChangeAuthor(self.by, AuditChannel.API))
            payload = {"territory_code": self.territory.code, "outlets": len(changes), "by": self.by}
            await events.record(session, DEALT, self.territory.id, payload, at)
        return len(changes)


async def deal(database: Database, workers: Workers, dealing: Dealing) -> int:
    """Give every outlet with agreed visits that no active rep looks after to a rep; how many there were.

    They stay that rep's, as if somebody had put them so. No transaction is open while it is calculated.
    """

    async def ask(facts: _Territory) -> dict[int, int]:
        if not facts.reps:
            return {}
        return await workers.run(GIVEN_TO, facts.outlets, facts.owners, facts.reps, facts.workdays)

    return await consulted(database, dealing.read, ask, dealing.write)
