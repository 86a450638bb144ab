"""The events of a rep that have the same fix, next to new ones in time (V6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.rows import event_of
from app.field.risk_signals.rules.repeated_fix import REPEATED_WITHIN_DAYS
from app.field.risk_signals.signals import NEIGHBOURS, FieldEvent, moment
from app.ground.db.statements import DirectStatement

FixOfRep = tuple[int, float, float]
"""A rep's id, and a fix."""
WITHIN = 100
"""So many recorded events may lie between new ones with their fix; else each is looked up alone."""

_FIRST_ID, _LAST_ID = UUID(int=0), UUID(int=2**128 - 1)


_TWINS = DirectStatement(
    text("""
    SELECT fix.number, twin.*, outlet.code AS outlet_code
    FROM unnest(
        CAST(:numbers AS int[]), CAST(:rep_ids AS int[]), CAST(:lats AS float8[]), CAST(:lons AS float8[]),
        CAST(:first_ats AS timestamptz[]), CAST(:first_check_ins AS uuid[]), CAST(:first_orders AS uuid[]),
        CAST(:last_ats AS timestamptz[]), CAST(:last_check_ins AS uuid[]), CAST(:last_orders AS uuid[])
    ) AS fix (
        number, rep_id, lat, lon, first_at, first_check_in, first_order, last_at, last_check_in, last_order
    ) CROSS JOIN LATERAL (
        (
            SELECT 0 AS near, c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date,
                c.captured_at, c.corrected_at, c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m,
                c.fix_at, c.mock, c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict,
                c.distance_m, c.kind = 'arrival' AS arrival
            FROM check_ins AS c
            WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon) AND c.lat IS NOT NULL
                AND c.business_date BETWEEN :since AND :until
                AND (c.corrected_at, c.id) < (fix.first_at, fix.first_check_in)
            ORDER BY c.corrected_at DESC, c.id DESC LIMIT :neighbours
        )
        UNION ALL
        (
            SELECT 0, c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date,
                c.captured_at, c.corrected_at, c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m,
                c.fix_at, c.mock, c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict,
                c.distance_m, c.kind = 'arrival' AS arrival
            FROM check_ins AS c
            WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon) AND c.lat IS NOT NULL
                AND c.business_date BETWEEN :since AND :until
                AND (c.corrected_at, c.id) >= (fix.first_at, fix.first_check_in)
                AND (c.corrected_at, c.id) <= (fix.last_at, fix.last_check_in)
                AND c.id <> ALL(CAST(:new AS uuid[]))
            ORDER BY c.corrected_at, c.id LIMIT CAST(:within AS int) + 1
        )
        UNION ALL
        SELECT row_number() OVER (), c.* FROM (
            SELECT c.rep_id, c.id, 'check_in' AS kind, c.outlet_id, c.business_date,
                c.captured_at, c.corrected_at, c.trusted, c.clock_changed, c.lat, c.lon, c.accuracy_m,
                c.fix_at, c.mock, c.provider, c.skew_ms, c.clock_doubt, c.device_id, c.verdict,
                c.distance_m, c.kind = 'arrival' AS arrival
            FROM check_ins AS c
            WHERE (c.rep_id, c.lat, c.lon) = (fix.rep_id, fix.lat, fix.lon) AND c.lat IS NOT NULL
                AND c.business_date BETWEEN :since AND :until
                AND (c.corrected_at, c.id) > (fix.last_at, fix.last_check_in)
            ORDER BY c.corrected_at, c.id LIMIT :neighbours
        ) AS c
        UNION ALL
        (
            SELECT 0 AS near, o.rep_id, o.id, 'order' AS kind, o.outlet_id, o.business_date,
                o.captured_at, o.corrected_at, o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m,
                o.fix_at, o.mock, o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict,
                o.distance_m, false AS arrival
            FROM orders AS o
            WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon) AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :since AND :until
                AND (o.corrected_at, o.id) < (fix.first_at, fix.first_order)
            ORDER BY o.corrected_at DESC, o.id DESC LIMIT :neighbours
        )
        UNION ALL
        (
            SELECT 0, o.rep_id, o.id, 'order' AS kind, o.outlet_id, o.business_date,
                o.captured_at, o.corrected_at, o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m,
                o.fix_at, o.mock, o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict,
                o.distance_m, false AS arrival
            FROM orders AS o
            WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon) AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :since AND :until
                AND (o.corrected_at, o.id) >= (fix.first_at, fix.first_order)
                AND (o.corrected_at, o.id) <= (fix.last_at, fix.last_order)
                AND o.id <> ALL(CAST(:new AS uuid[]))
            ORDER BY o.corrected_at, o.id LIMIT CAST(:within AS int) + 1
        )
        UNION ALL
        SELECT row_number() OVER (), o.* FROM (
            SELECT o.rep_id, o.id, 'order' AS kind, o.outlet_id, o.business_date,
                o.captured_at, o.corrected_at, o.trusted, o.clock_changed, o.lat, o.lon, o.accuracy_m,
                o.fix_at, o.mock, o.provider, o.skew_ms, o.clock_doubt, o.device_id, o.verdict,
                o.distance_m, false AS arrival
            FROM orders AS o
            WHERE (o.rep_id, o.lat, o.lon) = (fix.rep_id, fix.lat, fix.lon) AND o.lat IS NOT NULL
                AND o.business_date BETWEEN :since AND :until
                AND (o.corrected_at, o.id) > (fix.last_at, fix.last_order)
            ORDER BY o.corrected_at, o.id LIMIT :neighbours
        ) AS o
    ) AS twin
    JOIN outlets AS outlet ON outlet.id = twin.outlet_id
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
    """What has one of these fixes, next to the new events that have it. One statement; two where much lies between."""
    groups = [Twins(rep_id, (lat, lon), sorted(events, key=moment)) for (rep_id, lat, lon), events in fixes.items()]
    new = [event.id for group in groups for event in group.events]
    looked_up = await _look_up(session, groups, new)
    crowded = [group for group in looked_up if group.crowded]
    if crowded:
        alone = [Twins(group.rep_id, group.fix, [event]) for group in crowded for event in group.events]
        looked_up = [group for group in looked_up if not group.crowded] + await _look_up(session, alone, new)
    return looked_up


async def _look_up(session: AsyncSession, groups: list[Twins], new: list[UUID]) -> list[Twins]:
    firsts, lasts = [group.events[0] for group in groups], [group.events[-1] for group in groups]
    days = [event.business_date for group in groups for event in group.events]
    window = timedelta(days=REPEATED_WITHIN_DAYS)
    rows = await _TWINS.rows(
        session,
        {
            "numbers": list(range(len(groups))),
            "rep_ids": [group.rep_id for group in groups],
            "lats": [group.fix[0] for group in groups],
            "lons": [group.fix[1] for group in groups],
            "first_ats": [event.corrected_at for event in firsts],
            "first_check_ins": [event.id if event.kind == "check_in" else _LAST_ID for event in firsts],
            "first_orders": [event.id if event.kind == "order" else _FIRST_ID for event in firsts],
            "last_ats": [event.corrected_at for event in lasts],
            "last_check_ins": [event.id if event.kind == "check_in" else _LAST_ID for event in lasts],
            "last_orders": [event.id if event.kind == "order" else _FIRST_ID for event in lasts],
            "since": min(days) - window,
            "until": max(days) + window,
            "new": new,
            "neighbours": NEIGHBOURS,
            "within": WITHIN,
        },
    )
    for row in rows:
        group, event = groups[row["number"]], event_of(row)
        group.beside.append(event)
        if row["near"] == NEIGHBOURS:
            group.ends.append(event)
    for group in groups:
        first, last = moment(group.events[0]), moment(group.events[-1])
        group.crowded = sum(first < moment(event) < last for event in group.beside) > WITHIN
    return groups
