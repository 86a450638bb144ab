"""Imported visits: they land as an approved plan, whatever the week's plan said before."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.schemas import VisitBody
from app.field.visits.service import upsert_visits
from app.ground.web.upserts import Upserted, UpsertStatus
from app.planning.week_plans.rules import Action, PlanStatus

_CHANGED = {UpsertStatus.CREATED, UpsertStatus.UPDATED}

# Whoever approves a plan locks it first and its visits then: so does an import.
_LOCK = text("""
    SELECT plan.rep_id, plan.week_date, plan.status FROM week_plans AS plan JOIN reps AS rep ON rep.id = plan.rep_id
    JOIN unnest(CAST(:codes AS text[]), CAST(:weeks AS date[])) AS given (code, week_date)
        ON given.code = rep.code AND given.week_date = plan.week_date
    ORDER BY plan.id FOR UPDATE OF plan
""")

_APPROVE = text("""
    INSERT INTO week_plans AS plan
        (rep_id, territory_id, week_date, status, version, content_version, decided_at, decided_by)
    SELECT rep.id, rep.territory_id, given.week_date, :approved, 1, 1, :at, :by
    FROM unnest(CAST(:codes AS text[]), CAST(:weeks AS date[])) AS given (code, week_date)
    JOIN reps AS rep ON rep.code = given.code
    ORDER BY rep.id, given.week_date
    ON CONFLICT (rep_id, week_date) DO UPDATE SET status = excluded.status, version = plan.version + 1,
        content_version = plan.version + 1, decided_at = excluded.decided_at, decided_by = excluded.decided_by,
        changed_in = current_position()
    RETURNING plan.id
""")

# The times of an approved plan stay, as far as its visits do; what a draft had said does not.
_VERSIONS = text("""
    INSERT INTO week_plan_versions (plan_id, version, action, made_at, made_by, content)
    SELECT plan.id, plan.version, :action, :at, :by, coalesce(before.content, '{"days": []}')
        || jsonb_build_object('standing', coalesce(standing.visits, '[]'))
    FROM week_plans AS plan
    LEFT JOIN LATERAL (
        SELECT version.content FROM week_plan_versions AS version
        WHERE version.plan_id = plan.id AND version.content IS NOT NULL
            AND (plan.rep_id, plan.week_date) IN (
                SELECT * FROM unnest(CAST(:kept_reps AS integer[]), CAST(:kept_weeks AS date[])))
        ORDER BY version.version DESC LIMIT 1
    ) AS before ON true
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(visit.outlet_id, visit.visit_date, visit.sequence)
            ORDER BY visit.visit_date, visit.sequence, visit.outlet_id) AS visits
        FROM generate_series(0, 6) AS ahead (days) CROSS JOIN LATERAL (
            SELECT outlet_id, visit_date, sequence FROM visits
            WHERE visit_date = plan.week_date + ahead.days AND rep_id = plan.rep_id AND approved_at IS NOT NULL
            OFFSET 0) AS visit
    ) AS standing
    WHERE plan.id = ANY(CAST(:ids AS bigint[]))
""")


async def import_visits(
    session: AsyncSession, rows: Sequence[VisitBody], at: datetime, by: str, *, override_freeze: bool
) -> list[Upserted]:
    """Put visits into approved plans; each row's fate. What changes makes a new version of its week's plan.

    By three statements beside those of the visits, however many rows.
    """
    weeks = sorted({_week_of(row) for row in rows})
    plan_rows = await session.execute(
        _LOCK, {"codes": [code for code, _ in weeks], "weeks": [week for _, week in weeks]}
    )
    approved = [(rep_id, week) for rep_id, week, status in plan_rows if status == PlanStatus.APPROVED.value]
    fates = await upsert_visits(session, rows, by=by, override_freeze=override_freeze)
    changed_weeks = sorted({_week_of(row) for row, fate in zip(rows, fates, strict=True) if fate.status in _CHANGED})
    if not changed_weeks:
        return fates
    stamp = {"at": at, "by": by}
    keys = {"codes": [code for code, _ in changed_weeks], "weeks": [week for _, week in changed_weeks]}
    plans = await session.scalars(_APPROVE, stamp | keys | {"approved": PlanStatus.APPROVED.value})
    approved_keys = {"kept_reps": [rep_id for rep_id, _ in approved], "kept_weeks": [week for _, week in approved]}
    await session.execute(_VERSIONS, stamp | approved_keys | {"ids": list(plans), "action": Action.IMPORTED.value})
    return fates


def _week_of(row: VisitBody) -> tuple[str, date]:
    """The rep's week that a visit lies in."""
    year, week, _ = row.visit_date.isocalendar()
    return row.rep_code, date.fromisocalendar(year, week, 1)
