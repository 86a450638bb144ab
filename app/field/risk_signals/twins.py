"""The events of a rep that have the same fix, next to new ones in time (V6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.rows import events_by_id
from app.field.risk_signals.rules.repeated_fix import REPEATED_WITHIN_DAYS
from app.field.risk_signals.signals import NEIGHBOURS, FieldEvent, moment
from app.field.risk_signals.stretches import WITHIN, bounds_of, is_crowded
from app.ground.db.statements import DirectStatement

FixOfRep = tuple[int, float, float]
"""A rep's id, and a fix."""

# By the index of a rep's fixes in the order of time; which events there are, and no more.
_TWINS = DirectStatement(
    text("""
    SELECT fix.number, twin.near, twin.id, twin.business_date
    FROM unnest(
        CAST(:numbers AS int[]), CAST(:rep_ids AS int[]), CAST(:lats AS float8[]), CAST(:lons AS float8[]),
        CAST(:first_ats AS timestamptz[]), CAST(:first_check_ins AS uuid[]), CAST(:first_orders AS uuid[]),
        CAST(:last_ats AS timestamptz[]), CAST(:last_check_ins AS uuid[]), CAST(:last_orders AS uuid[])
    ) AS fix (
        number, rep_id, lat, lon, first_at, first_check_in, first_order, last_at, last_check_in, last_order
    ) CROSS JOIN LATERAL (
        (
            SELECT 0 AS near, c.id, c.business_date FROM check_ins AS c
            WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon) AND c.lat IS NOT NULL
                AND c.business_date BETWEEN :since AND :until
                AND (c.corrected_at, c.id) < (fix.first_at, fix.first_check_in)
            ORDER BY c.corrected_at DESC, c.id DESC LIMIT :neighbours
        )
        UNION ALL
        (
            SELECT 0, c.id, c.business_date FROM check_ins AS c
            WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon) AND c.lat IS NOT NULL
                AND c.business_date BETWEEN :since AND :until
                AND (c.corrected_at, c.id) >= (fix.first_at, fix.first_check_in)
                AND (c.corrected_at, c.id) <= (fix.last_at, fix.last_check_in)
                AND c.id <> ALL(CAST(:new AS uuid[]))
            ORDER BY c.corrected_at, c.id LIMIT CAST(:within AS int) + 1
        )
        UNION ALL
        SELECT row_number() OVER (), c.* FROM (
            SELECT c.id, c.business_date FROM check_ins AS c
            WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon) AND c.lat IS NOT NULL
                AND c.business_date BETWEEN :since AND :until
                AND (c.corrected_at, c.id) > (fix.last_at, fix.last_check_in)
            ORDER BY c.corrected_at, c.id LIMIT :neighbours
        ) AS c
        UNION ALL
        (
            SELECT 0 AS near, o.id, o.business_date FROM orders AS o
            WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon) AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :since AND :until
                AND (o.corrected_at, o.id) < (fix.first_at, fix.first_order)
            ORDER BY o.corrected_at DESC, o.id DESC LIMIT :neighbours
        )
        UNION ALL
        (
            SELECT 0, o.id, o.business_date FROM orders AS o
            WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon) AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :since AND :until
                AND (o.corrected_at, o.id) >= (fix.first_at, fix.first_order)
                AND (o.corrected_at, o.id) <= (fix.last_at, fix.last_order)
                AND o.id <> ALL(CAST(:new AS uuid[]))
            ORDER BY o.corrected_at, o.id LIMIT CAST(:within AS int) + 1
        )
        UNION ALL
        SELECT row_number() OVER (), o.* FROM (
            SELECT o.id, o.business_date FROM orders AS o
            WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon) AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :since AND :until
                AND (o.corrected_at, o.id) > (fix.last_at, fix.last_order)
            ORDER BY o.corrected_at, o.id LIMIT :neighbours
        ) AS o
    ) AS twin
""")
)


@dataclass(slots=True)
class Twins:
    """New events with one fix, by time, and recorded ones with it: the ten before, those between, the ten after.

    `ends`: where gaps begin after them. `crowded`: those between are not all there.
    """

    rep_id: int
    fix: tuple[float, float]
    events: Sequence[FieldEvent]
    beside: list[FieldEvent] = field(default_factory=list)
    ends: list[FieldEvent] = field(default_factory=list)
    crowded: bool = False

    @property
    def changed(self) -> list[FieldEvent]:
        """The recorded ones that the new ones can change."""
        first, end = moment(self.events[0]), min(map(moment, self.ends), default=None)
        return [event for event in self.beside if moment(event) > first and (end is None or moment(event) <= end)]


async def twins_of(session: AsyncSession, fixes: Mapping[FixOfRep, Sequence[FieldEvent]]) -> list[Twins]:
    """What has one of these fixes (at least one), next to the new events that have it.

    Two statements; four where much lies between.
    """
    groups = [Twins(rep_id, (lat, lon), sorted(events, key=moment)) for (rep_id, lat, lon), events in fixes.items()]
    new = [event.id for group in groups for event in group.events]
    looked_up = await _look_up(session, groups, new)
    crowded = [group for group in looked_up if group.crowded]
    if crowded:
        alone = [Twins(group.rep_id, group.fix, [event]) for group in crowded for event in group.events]
        looked_up = [group for group in looked_up if not group.crowded] + await _look_up(session, alone, new)
    return looked_up


async def _look_up(session: AsyncSession, groups: list[Twins], new: list[UUID]) -> list[Twins]:
    days = [event.business_date for group in groups for event in group.events]
    window = timedelta(days=REPEATED_WITHIN_DAYS)
    rows = await _TWINS.rows(
        session,
        {
            "numbers": list(range(len(groups))),
            "rep_ids": [group.rep_id for group in groups],
            "lats": [group.fix[0] for group in groups],
            "lons": [group.fix[1] for group in groups],
            **bounds_of([group.events for group in groups]),
            "since": min(days) - window,
            "until": max(days) + window,
            "new": new,
            "neighbours": NEIGHBOURS,
            "within": WITHIN,
        },
    )
    events = await events_by_id(session, {row["id"]: row["business_date"] for row in rows})
    for row in rows:
        group, event = groups[row["number"]], events[row["id"]]
        group.beside.append(event)
        if row["near"] == NEIGHBOURS:
            group.ends.append(event)
    for group in groups:
        group.crowded = is_crowded(group.events, group.beside)
    return groups
