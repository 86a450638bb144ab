"""The SQL of order taking: the lock on a rep's events, and what recorded events were answered."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking.results import EventStatus, Result
from app.masters.outlets.positions import GeofenceVerdict, Verdict, reasons_of

REP_CLASS = 0x4652  # "FR": the first key of the two-key advisory lock under which a rep's events are recorded

_LOCK_REP = text("SELECT pg_advisory_xact_lock(:rep_class, :rep_id)")
_LOCK_REPS = text("SELECT pg_advisory_xact_lock(:rep_class, rep_id) FROM unnest(CAST(:rep_ids AS int[])) AS rep_id")

# OFFSET 0 makes it a look-up for each event: the days would otherwise be read whole where their month is small
# (decision 17). The first answer about an order that was changed since is in its first version.
_FIRST_ANSWERS = text("""
    SELECT recorded.*
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (day, event_id)
    CROSS JOIN LATERAL (
        SELECT id, verdict, p_inside, distance_m, verdict_reasons, CAST('[]' AS jsonb) AS warnings,
            received_at, corrected_at, business_date, skew_ms, CAST(NULL AS numeric) AS total_value
        FROM check_ins WHERE business_date = day AND id = event_id AND business_date BETWEEN :first AND :last
        UNION ALL
        SELECT placed.id, placed.verdict, placed.p_inside, placed.distance_m, placed.verdict_reasons,
            coalesce(original.warnings, placed.warnings), placed.received_at, placed.corrected_at,
            placed.business_date, placed.skew_ms, coalesce(original.total_value, placed.total_value)
        FROM orders AS placed LEFT JOIN order_versions AS original
            ON original.business_date = day AND original.order_id = event_id AND original.version = 1
        WHERE placed.business_date = day AND placed.id = event_id AND placed.business_date BETWEEN :first AND :last
        UNION ALL
        SELECT id, NULL, NULL, NULL, NULL, '[]', received_at, corrected_at, business_date, skew_ms, NULL
        FROM no_order_reports WHERE business_date = day AND id = event_id AND business_date BETWEEN :first AND :last
        OFFSET 0
    ) AS recorded
""")


async def lock_rep(session: AsyncSession, rep_id: int) -> None:
    """Keep other transactions from recording this rep's events until this one ends."""
    await session.execute(_LOCK_REP, {"rep_class": REP_CLASS, "rep_id": rep_id})


async def lock_reps(session: AsyncSession, rep_ids: Collection[int]) -> None:
    """The same of several reps, in the order given: by one statement, none without reps."""
    if rep_ids:
        await session.execute(_LOCK_REPS, {"rep_class": REP_CLASS, "rep_ids": rep_ids})


async def first_answers(session: AsyncSession, keys: Collection[tuple[date, UUID]]) -> dict[UUID, Result]:
    """What recorded events (business date, id) were answered, as duplicates' results, by id. One statement."""
    days = [day for day, _ in keys]
    rows = await session.execute(
        _FIRST_ANSWERS, {"days": days, "ids": [id_ for _, id_ in keys], "first": min(days), "last": max(days)}
    )
    return {row["id"]: _result(row) for row in rows.mappings()}


def _result(row: RowMapping) -> Result:
    verdict = row["verdict"] and Verdict(
        GeofenceVerdict(row["verdict"]), row["p_inside"], row["distance_m"], reasons_of(row["verdict_reasons"])
    )
    names = ("warnings", "received_at", "corrected_at", "business_date", "skew_ms", "total_value")
    return Result(str(row["id"]), EventStatus.DUPLICATE, verdict, **{name: row[name] for name in names})
