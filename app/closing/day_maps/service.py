"""Use cases of maps of days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.rules import VisitFacts, VisitStatus, visit_status
from app.closing.day_maps import queries
from app.closing.day_maps.errors import TooManyOutlets
from app.closing.day_maps.queries import CheckInsAtOutlet, OutletOnMap, RecordedVisit
from app.closing.day_maps.rules import MOST_OUTLETS, OutletDayState, VisitOnMap, outlet_day_state
from app.field.check_ins.records import ListedCheckIn
from app.field.check_ins.service import check_ins_of_day
from app.ground import clock
from app.ground.web.access import Caller
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.local_time import business_date_of


@dataclass(frozen=True, slots=True)
class OutletDay:
    """An outlet on a map. `ordered`: an order of the day covers it; `flagged`: its order is missing, and unsettled."""

    outlet: OutletOnMap
    visits: Sequence[VisitOnMap]
    ordered: bool
    flagged: bool
    state: OutletDayState


@dataclass(frozen=True, slots=True)
class OutletMap:
    """A territory's day. The outlets with a place, by code; how many have none."""

    territory: TerritoryFacts
    day: date
    outlets: Sequence[OutletDay]
    without_location: int


@dataclass(frozen=True, slots=True)
class StopOnMap:
    """A planned visit, and where the outlet is now."""

    visit: RecordedVisit
    outlet: OutletOnMap
    status: VisitStatus


@dataclass(frozen=True, slots=True)
class Track:
    """A rep's day: the stops in the order of the plan, the check-ins in the order of time.

    `outlet_names` by code, of the outlets that the caller may see.
    """

    territory: TerritoryFacts
    rep: RepFacts
    day: date
    stops: Sequence[StopOnMap]
    check_ins: Sequence[ListedCheckIn]
    outlet_names: Mapping[str, str]


async def outlet_map(session: AsyncSession, caller: Caller, territory: TerritoryFacts, day: date | None) -> OutletMap:
    """The outlets of a territory by how their day stands (None: today), by five statements.

    Raises TooManyOutlets past 20,000. The caller sees the territory.
    """
    day = day or business_date_of(clock.now(), territory.zone)
    outlets = await queries.outlets_of(session, territory.id, day, MOST_OUTLETS + 1)
    if len(outlets) > MOST_OUTLETS:
        raise TooManyOutlets(
            f"A map holds {MOST_OUTLETS:,} outlets at the most. Read them as a list, or divide the territory.",
            most_outlets=MOST_OUTLETS,
        )
    recorded = await queries.visits_of(session, territory.id, day)
    statuses = await _statuses(session, territory, recorded, day)
    visits = defaultdict[int, list[VisitOnMap]](list)
    for visit in sorted(recorded, key=lambda visit: (visit.rep_code, visit.sequence or 0, visit.id)):
        visits[visit.outlet_id].append(
            VisitOnMap(visit.id, visit.outlet_id, visit.rep_code, visit.sequence, statuses[visit.id])
        )
    ordering = await queries.ordering_outlets(session, caller, territory.id, day)
    flagged = await queries.flagged_outlets(session, territory.id, day)
    located = [outlet for outlet in outlets if outlet.lat is not None]
    days = [
        _outlet_day(outlet, visits.get(outlet.id, ()), ordered=outlet.id in ordering, flagged=outlet.id in flagged)
        for outlet in located
    ]
    return OutletMap(territory, day, days, len(outlets) - len(located))


async def track(session: AsyncSession, caller: Caller, territory: TerritoryFacts, rep: RepFacts, day: date) -> Track:
    """A rep's planned stops, and the check-ins, by five statements. The caller sees the rep."""
    recorded = [visit for visit in await queries.visits_of_rep(session, rep.id, day) if visit.planned]
    statuses = await _statuses(session, territory, recorded, day)
    outlets = await queries.places_of(session, {visit.outlet_id for visit in recorded})
    stops = [StopOnMap(visit, outlets[visit.outlet_id], statuses[visit.id]) for visit in recorded]
    check_ins = await check_ins_of_day(session, caller, rep.id, day)
    names = await queries.names_in_sight(session, caller, {check_in.outlet_code for check_in in check_ins})
    # what the office has put into the plan is shown, wherever it belongs by now (decision 52)
    names |= {stop.outlet.code: stop.outlet.name for stop in stops}
    return Track(territory, rep, day, stops, check_ins, names)


async def _statuses(
    session: AsyncSession, territory: TerritoryFacts, visits: Sequence[RecordedVisit], day: date
) -> dict[UUID, VisitStatus]:
    """How visits stand (V5), by id."""
    facts = await queries.check_in_facts_of(session, {visit.rep_id for visit in visits}, day)
    by_visit = {(fact.rep_id, fact.outlet_id): fact for fact in facts}
    today = business_date_of(clock.now(), territory.zone)
    return {visit.id: _status(visit, by_visit.get((visit.rep_id, visit.outlet_id)), day, today) for visit in visits}


def _status(visit: RecordedVisit, facts: CheckInsAtOutlet | None, day: date, today: date) -> VisitStatus:
    checked_in, arrived_inside = (facts.checked_in, facts.arrived_inside) if facts else (False, False)
    return visit_status(VisitFacts(day, visit.planned, visit.excused, checked_in, arrived_inside), today)


def _outlet_day(outlet: OutletOnMap, visits: Sequence[VisitOnMap], *, ordered: bool, flagged: bool) -> OutletDay:
    return OutletDay(outlet, visits, ordered, flagged, outlet_day_state(visits, ordered=ordered, flagged=flagged))
