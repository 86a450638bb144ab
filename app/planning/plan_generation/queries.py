"""All SQL of making plans, but for that of generations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.planning.plan_generation.demands import History

# Looked up by outlet, check-ins by visit: a rep has some hundred outlets, a month has millions of both.
_HISTORIES = text("""
    SELECT wanted.outlet_id,
        max(visit.visit_date) FILTER (
            WHERE seen.made OR visit.approved_at IS NOT NULL AND visit.excused_at IS NULL
                AND visit.visit_date >= :today),
        max(visit.visit_date) FILTER (
            WHERE NOT seen.made AND visit.approved_at IS NOT NULL AND visit.excused_at IS NULL
                AND visit.visit_date < :today)
    FROM unnest(CAST(:outlet_ids AS integer[]), CAST(:since AS date[])) AS wanted (outlet_id, since)
    JOIN visits AS visit ON visit.outlet_id = wanted.outlet_id AND visit.visit_date >= wanted.since
        AND visit.visit_date BETWEEN :long_before AND :before
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM check_ins AS check_in
            WHERE check_in.business_date = visit.visit_date AND check_in.outlet_id = visit.outlet_id
                AND check_in.rep_id = visit.rep_id AND check_in.kind = 'arrival')) AS seen (made)
    GROUP BY wanted.outlet_id
""")

_STANDING = text("""
    SELECT visit.outlet_id, visit.visit_date
    FROM visits AS visit
    WHERE visit.outlet_id = ANY(CAST(:outlet_ids AS integer[])) AND visit.visit_date BETWEEN :monday AND :sunday
        AND (visit.rep_id <> :rep_id OR visit.visit_date < :first_open)
        AND (EXISTS (
                SELECT FROM check_ins AS check_in
                WHERE check_in.business_date = visit.visit_date AND check_in.outlet_id = visit.outlet_id
                    AND check_in.rep_id = visit.rep_id AND check_in.kind = 'arrival')
            OR visit.approved_at IS NOT NULL AND visit.excused_at IS NULL AND visit.visit_date >= :today)
    ORDER BY visit.outlet_id, visit.visit_date
""")


async def histories(session: AsyncSession, since: Mapping[int, date], before: date, today: date) -> dict[int, History]:
    """What is known of outlets from a day on (`since`, by outlet) up to `before`, by one statement.

    A visit counts as made with an arrival, wherever it was; as missed where it was planned, not excused, and its day
    is over, unless one was made or planned later.
    """
    if not since:
        return {}
    parameters = {
        "outlet_ids": list(since),
        "since": list(since.values()),
        "long_before": min(since.values()),
        "before": before,
        "today": today,
    }
    rows = await session.execute(_HISTORIES, parameters)
    return {
        outlet_id: History(last, missed is not None and (last is None or missed > last))
        for outlet_id, last, missed in rows
    }


async def visits_of_week(
    session: AsyncSession, rep_id: int, outlet_ids: Collection[int], days: Sequence[date], first_open: date, today: date
) -> dict[int, list[date]]:
    """The days of a week on which these outlets are visited whatever a plan of the rep's open days says.

    By other reps, and by the rep before `first_open`; days that are over count where an arrival was made.
    """
    parameters = {
        "rep_id": rep_id,
        "outlet_ids": list(outlet_ids),
        "monday": days[0],
        "sunday": days[-1],
        "first_open": first_open,
        "today": today,
    }
    found: dict[int, list[date]] = {}
    for outlet_id, day in await session.execute(_STANDING, parameters):
        found.setdefault(outlet_id, []).append(day)
    return found
