"""Use case of reminders: on Thursday evening who has not planned yet, on Friday at 18:00 local who is late (M2)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.events import service as events
from app.masters.territories.calendar import TerritoryFacts, business_date
from app.masters.territories.service import all_territory_facts
from app.planning.week_plans.iso_weeks import due_at, iso_week_of

DUE_SOON, OVERDUE = "week_plan.due_soon", "week_plan.overdue"
AHEAD = timedelta(days=1)

_NOTE = text("""
    INSERT INTO plan_reminders (territory_id, week_date, kind, told_at)
    SELECT territory_id, week_date, kind, :at
    FROM unnest(CAST(:ids AS integer[]), CAST(:weeks AS date[]), CAST(:kinds AS text[]))
        AS due (territory_id, week_date, kind)
    ORDER BY territory_id, week_date, kind
    ON CONFLICT DO NOTHING RETURNING territory_id, week_date, kind
""")

# A rep whose visits were imported has a plan, whether or not it was made here.
_WITHOUT = text("""
    SELECT due.territory_id, due.week_date, rep.code
    FROM unnest(CAST(:ids AS integer[]), CAST(:weeks AS date[])) AS due (territory_id, week_date)
    JOIN reps AS rep ON rep.territory_id = due.territory_id AND rep.active
    WHERE NOT EXISTS (
            SELECT FROM week_plans AS plan WHERE plan.rep_id = rep.id AND plan.week_date = due.week_date
                AND plan.status IN ('submitted', 'approved'))
        AND NOT EXISTS (
            SELECT FROM generate_series(0, 6) AS ahead (days) JOIN visits AS visit
                ON visit.visit_date = due.week_date + ahead.days AND visit.rep_id = rep.id
            WHERE visit.approved_at IS NOT NULL)
    ORDER BY due.territory_id, rep.code
""")


async def remind(session: AsyncSession, at: datetime) -> int:
    """Tell each territory once of the reps whose plan of the next week is due soon, or overdue; how many were told.

    Four statements at the most, however many territories. A territory in which everybody has planned is told nothing.
    """
    due = [
        (territory, monday, kind)
        for territory in await all_territory_facts(session)
        for monday, kind in _due(territory, at)
    ]
    if not due:
        return 0
    rows = await session.execute(
        _NOTE,
        {
            "at": at,
            "ids": [territory.id for territory, _, _ in due],
            "weeks": [monday for _, monday, _ in due],
            "kinds": [kind for _, _, kind in due],
        },
    )
    keys = {tuple(row) for row in rows}
    new = [reminder for reminder in due if (reminder[0].id, reminder[1], reminder[2]) in keys]
    return await _tell(session, new, at) if new else 0


def _due(territory: TerritoryFacts, at: datetime) -> list[tuple[date, str]]:
    """What a territory is to be told at `at` of the week that comes next for it."""
    today = business_date(territory, at)
    monday = today + timedelta(days=8 - today.isoweekday())
    deadline = due_at(territory, monday)
    if at >= deadline:
        return [(monday, OVERDUE)]
    return [(monday, DUE_SOON)] if at >= deadline - AHEAD else []


async def _tell(session: AsyncSession, due: Sequence[tuple[TerritoryFacts, date, str]], at: datetime) -> int:
    keys = {"ids": [territory.id for territory, _, _ in due], "weeks": [monday for _, monday, _ in due]}
    rep_codes: dict[int, list[str]] = {}
    for territory_id, _, rep_code in await session.execute(_WITHOUT, keys):
        rep_codes.setdefault(territory_id, []).append(rep_code)
    count = 0
    for kind in (DUE_SOON, OVERDUE):
        payloads = [
            (
                territory.id,
                {
                    "territory_code": territory.code,
                    "iso_week": iso_week_of(monday),
                    "due_at": due_at(territory, monday).isoformat(),
                    "rep_codes": rep_codes[territory.id],
                },
            )
            for territory, monday, reminder_kind in due
            if reminder_kind == kind and territory.id in rep_codes
        ]
        await events.record_all(session, kind, payloads, at)
        count += len(payloads)
    return count
