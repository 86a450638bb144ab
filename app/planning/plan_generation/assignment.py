"""Use case of dealing: outlets that nobody looks after go to the reps of their territory (M2)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.service import AuditChannel, ChangeAuthor
from app.ground.db.consultation import consulted
from app.ground.db.session import Database
from app.ground.events import service as events
from app.ground.workers.pool import Workers
from app.masters.outlets.geodesy import Floats
from app.masters.outlets.plan_facts import PlanOutlet, outlets_of_nobody, outlets_to_plan
from app.masters.outlets.service import assign
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.service import active_reps
from app.planning.plan_generation.demands import frequency_of
from app.planning.plan_generation.portfolios import NOBODY, dealt, metres_to_the_next, on_a_plane
from app.planning.routing.travel_times import DETOUR, SPEED_KMH
from app.planning.week_plans.timetables import service_s
from app.planning.workdays.rules import Workday
from app.planning.workdays.service import workdays_of

DEALT = "outlets.dealt"


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
        return await workers.run(given_to, facts.outlets, facts.owners, facts.reps, facts.workdays)

    return await consulted(database, dealing.read, ask, dealing.write)


def given_to(
    outlets: Sequence[PlanOutlet],
    owners: Mapping[int, int | None],
    reps: Sequence[RepFacts],
    workdays: Mapping[int, Workday],
) -> dict[int, int]:
    """The rep of each outlet. Pure, and of some seconds for a company's largest territory.

    An outlet without a location goes to the rep with the least work.
    """
    located = [outlet for outlet in outlets if outlet.lat is not None and outlet.lon is not None]
    starts = [workdays[rep.id].start for rep in reps]
    homes = [(start.lat, start.lon) for start in starts if start is not None]
    positions = [(outlet.lat or 0.0, outlet.lon or 0.0) for outlet in located]
    plane = on_a_plane([lat for lat, _ in positions + homes], [lon for _, lon in positions + homes])
    points, home_rows = plane[: len(positions)], iter(plane[len(positions) :])
    home_points = [
        None if start is None else (float((point := next(home_rows))[0]), float(point[1])) for start in starts
    ]
    weights = _work(located, points, workdays[reps[0].id])
    numbers = {rep.id: number for number, rep in enumerate(reps)}
    owner_numbers = [numbers.get(owners.get(outlet.id) or 0, NOBODY) for outlet in located]
    labels = dealt(points, weights, owner_numbers, home_points) if located else np.zeros(0, np.int64)
    loads = np.bincount(labels, weights, len(reps))
    rep_ids = {outlet.id: reps[int(label)].id for outlet, label in zip(located, labels, strict=True)}
    for outlet in outlets:
        if outlet.id not in rep_ids:
            rep = numbers.get(owners.get(outlet.id) or 0, int(np.argmin(loads)))
            rep_ids[outlet.id] = reps[rep].id
            loads[rep] += float(frequency_of(outlet)) * service_s(outlet, workdays[reps[0].id])
    return rep_ids


def _work(outlets: Sequence[PlanOutlet], points: Floats, workday: Workday) -> Floats:
    """The seconds of a week that each outlet takes, with the way to it from the next ones."""
    speed_ms = SPEED_KMH[workday.area_type] / 3.6
    ways = DETOUR * metres_to_the_next(points) / speed_ms
    visits = np.array([float(frequency_of(outlet)) for outlet in outlets])
    return visits * (np.array([service_s(outlet, workday) for outlet in outlets], dtype=float) + ways)
