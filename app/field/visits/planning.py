"""Putting visits into approved plans, as sets (M2, decision 20)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import queries
from app.field.visits.queries import VisitKey
from app.field.visits.rules import approved_at, frozen_day, is_frozen, visit_problems
from app.field.visits.schemas import VisitBody
from app.field.visits.visit_ids import new_visit_id
from app.ground import clock
from app.ground.db import barrier
from app.ground.events import service as events
from app.ground.web.upserts import Batch, Upserted
from app.masters.outlets.service import FieldOutlet, outlets_by_code
from app.masters.territories.service import RepFacts, TerritoryFacts, all_territory_facts, reps_by_code

FREEZE_OVERRIDDEN = "plan.freeze_overridden"


async def upsert_visits(
    session: AsyncSession, rows: Sequence[VisitBody], *, by: str, override_freeze: bool = False
) -> list[Upserted]:
    """Put visits into approved plans, by a fixed number of statements; each row's fate, in the order given.

    Rejected are unknown or inactive reps and outlets, outlets outside of the rep's territory, and frozen days, unless
    `override_freeze`, which is then recorded with `by` for each territory; such a visit counts as approved since its
    day froze. An ad hoc visit becomes planned; a planned one keeps the instant at which it was approved.
    """
    batch = Batch([((row.rep_code, row.outlet_code, row.visit_date), row) for row in rows])
    reps = await reps_by_code(session, {row.rep_code for row in rows})
    outlets = await outlets_by_code(session, {row.outlet_code for row in rows})
    territories = {facts.id: facts for facts in await all_territory_facts(session)}
    for place, row in list(batch.waiting()):
        if problems := visit_problems(reps.get(row.rep_code), outlets.get(row.outlet_code)):
            batch.reject(place, problems)
    frozen = _frozen(batch, reps, territories, clock.now())
    if override_freeze:
        # from here on whoever closes one of these days waits for this plan
        await barrier.enter_all(session, {reps[row.rep_code].territory_id for row in frozen.values()})
    else:
        for place in frozen:
            batch.reject(place, [frozen_day()])
    keys = {place: _key(row, reps, outlets) for place, row in batch.waiting()}
    at = clock.now()
    newest = {
        keys[place]: _columns(keys[place], territories[reps[row.rep_code].territory_id], row, at)
        for place, row in batch.waiting()
    }
    values = list(newest.values())
    ids = await queries.plan_visits(session, values, at)
    new_ids = {columns["id"] for columns in values}
    for place, key in keys.items():
        batch.settle(place, created=ids.get(key) in new_ids, changed=key in ids)
    if override_freeze:
        overridden = [row for place, row in frozen.items() if keys[place] in ids]
        await events.record_all(session, FREEZE_OVERRIDDEN, _told(overridden, reps, territories, by), at)
    return batch.outcomes()


async def stand_in_plan(
    session: AsyncSession,
    rep: RepFacts,
    days: Collection[date],
    stops: Sequence[tuple[date, int, datetime]],
    at: datetime,
) -> None:
    """Make `stops` (day, outlet id, expected arrival; in the order of the route) the approved plan of these days.

    Two statements. What stood there before and is none of them is taken out, unless it is excused; what stood and
    stays keeps its id and the instant at which it was approved. The days must not be frozen: the caller sees to that.
    """
    await queries.withdraw_visits(session, rep.id, days, [(day, outlet_id) for day, outlet_id, _ in stops])
    rows, places = [], Counter[date]()
    for day, outlet_id, expected_at in stops:
        places[day] += 1
        rows.append(
            {
                "visit_date": day,
                "id": new_visit_id(day),
                "territory_id": rep.territory_id,
                "rep_id": rep.id,
                "outlet_id": outlet_id,
                "sequence": places[day],
                "approved_at": at,
                "expected_at": expected_at,
            }
        )
    await queries.plan_visits(session, rows, at)


def _frozen(
    batch: Batch[tuple[str, str, date], VisitBody],
    reps: Mapping[str, RepFacts],
    territories: Mapping[int, TerritoryFacts],
    at: datetime,
) -> dict[int, VisitBody]:
    """The waiting rows of frozen days, by their places."""
    return {
        place: row
        for place, row in batch.waiting()
        if is_frozen(territories[reps[row.rep_code].territory_id], row.visit_date, at)
    }


def _key(row: VisitBody, reps: Mapping[str, RepFacts], outlets: Mapping[str, FieldOutlet]) -> VisitKey:
    return row.visit_date, reps[row.rep_code].id, outlets[row.outlet_code].id


def _columns(key: VisitKey, territory: TerritoryFacts, row: VisitBody, at: datetime) -> dict[str, Any]:
    visit_date, rep_id, outlet_id = key
    return {
        "visit_date": visit_date,
        "id": new_visit_id(visit_date),
        "territory_id": territory.id,
        "rep_id": rep_id,
        "outlet_id": outlet_id,
        "sequence": row.sequence,
        "approved_at": approved_at(territory, visit_date, at),
    }


def _told(
    overridden: Collection[VisitBody],
    reps: Mapping[str, RepFacts],
    territories: Mapping[int, TerritoryFacts],
    by: str,
) -> list[tuple[int, dict[str, Any]]]:
    """For each territory: which frozen days were changed, by how many visits, by whom."""
    days: dict[int, list[date]] = {}
    for row in overridden:
        days.setdefault(reps[row.rep_code].territory_id, []).append(row.visit_date)
    return [
        (
            territory_id,
            {
                "territory_code": territories[territory_id].code,
                "visit_dates": sorted({day.isoformat() for day in changed}),
                "visits": len(changed),
                "by": by,
            },
        )
        for territory_id, changed in sorted(days.items())
    ]
