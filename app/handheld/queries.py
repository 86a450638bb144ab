"""The SQL of uploads: the locks with what is read under them, first answers, the device's state."""

import re
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.check_ins.geofence import VerdictPolicy
from app.check_ins.records import StoredVerdict
from app.db.barrier import BARRIER_CLASS
from app.db.direct import DirectStatement
from app.handheld.records import FirstAnswer, OpenedUpload, Reporter
from app.territories.sequences import Claim, Ranges, SyncState

REP_CLASS = 0x4652  # "FR": the first key of the two-key advisory lock under which a rep's events are recorded

# The row lock comes first: it waits for the device's upload before this one, and then reads what that one wrote. Then
# the rep's lock, for a rep may have two devices and signals are judged from both; then the cutoff barrier (T5).
# Generic plans from here on: planning each upload's statements anew would cost more than running them.
_OPEN = text("""
    WITH device AS MATERIALIZED (
        SELECT CAST(received AS text) AS received, claimed_to, claimed_at, watermark_at
        FROM device_sync_states WHERE device_id = :device_id FOR UPDATE
    )
    SELECT device.received, device.claimed_to, device.claimed_at, device.watermark_at, territory.time_zone,
        territory.order_cutoff, policy.version, policy.inside_at_least, policy.outside_at_most, policy.accuracy_floor_m,
        policy.max_accuracy_m, policy.max_fix_age_s,
        (SELECT max(business_date) FROM cutoff_runs WHERE territory_id = :territory_id),
        pg_advisory_xact_lock(:rep_class, :rep_id),
        pg_advisory_xact_lock_shared(:barrier_class, :territory_id),
        set_config('plan_cache_mode', 'force_generic_plan', true)
    FROM device
    CROSS JOIN (SELECT time_zone, order_cutoff FROM territories WHERE id = :territory_id) AS territory
    CROSS JOIN (SELECT * FROM verdict_policies ORDER BY version DESC LIMIT 1) AS policy
""")

_PLAN_FOR_VALUES = text("SET LOCAL plan_cache_mode = auto")

_FIRST_USE = text("""
    INSERT INTO device_sync_states (device_id, rep_id) VALUES (:device_id, :rep_id) ON CONFLICT (device_id) DO NOTHING
""")

_SAVE = DirectStatement(
    text("""
    UPDATE device_sync_states SET received = CAST(CAST(:received AS text) AS int8multirange),
        claimed_to = :claimed_to, claimed_at = :claimed_at, watermark_at = :watermark_at, last_upload_at = :at,
        last_skew_ms = :skew_ms
    WHERE device_id = :device_id
""")
)

_FIRST_ANSWERS = text("""
    WITH asked AS (
        SELECT business_date, id FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    )
    SELECT id, verdict, p_inside, distance_m, CAST('[]' AS jsonb), received_at, corrected_at, business_date, skew_ms
    FROM asked JOIN check_ins USING (business_date, id) WHERE business_date BETWEEN :first AND :last
    UNION ALL
    SELECT id, verdict, p_inside, distance_m, warnings, received_at, corrected_at, business_date, skew_ms
    FROM asked JOIN orders USING (business_date, id) WHERE business_date BETWEEN :first AND :last
    UNION ALL
    SELECT id, NULL, NULL, NULL, '[]', received_at, corrected_at, business_date, skew_ms
    FROM asked JOIN no_order_reports USING (business_date, id) WHERE business_date BETWEEN :first AND :last
""")

_RANGE = re.compile(r"\[(\d+),(\d+)\)")


async def open_upload(session: AsyncSession, reporter: Reporter) -> OpenedUpload | None:
    """Take the upload's locks until the transaction ends; None where the device uploads for the first time."""
    row = (
        await session.execute(
            _OPEN,
            {
                "device_id": reporter.device_id,
                "rep_id": reporter.rep_id,
                "territory_id": reporter.territory_id,
                "rep_class": REP_CLASS,
                "barrier_class": BARRIER_CLASS,
            },
        )
    ).one_or_none()
    if row is None:
        return None
    received, claimed_to, claimed_at, watermark_at, zone, order_cutoff, *policy, closed_to = row[:13]
    claim = Claim(claimed_to, claimed_at) if claimed_to is not None else None
    return OpenedUpload(
        SyncState(_ranges(received), claim, watermark_at),
        ZoneInfo(zone),
        order_cutoff,
        closed_to,
        VerdictPolicy(*policy),
    )


async def plan_for_values(session: AsyncSession) -> None:
    """Let statements be planned for their values again: settling a closed day reads much more than an upload."""
    await session.execute(_PLAN_FOR_VALUES)


async def note_first_use(session: AsyncSession, reporter: Reporter) -> None:
    """Make the device's state; waits for whoever is making it just now."""
    await session.execute(_FIRST_USE, {"device_id": reporter.device_id, "rep_id": reporter.rep_id})


async def save_state(session: AsyncSession, device_id: UUID, state: SyncState, at: datetime, skew_ms: int) -> None:
    """Write down what the server has of a device, and when it last uploaded."""
    await _SAVE.rows(
        session,
        {
            "device_id": device_id,
            "received": "{" + ",".join(f"[{lo},{hi})" for lo, hi in state.received) + "}",
            "claimed_to": state.claim.sequence_to if state.claim else None,
            "claimed_at": state.claim.claimed_at if state.claim else None,
            "watermark_at": state.watermark_at,
            "at": at,
            "skew_ms": skew_ms,
        },
    )


async def first_answers(session: AsyncSession, keys: Collection[tuple[date, UUID]]) -> dict[UUID, FirstAnswer]:
    """What recorded events were answered, by id. One statement."""
    days = [day for day, _ in keys]
    rows = await session.execute(
        _FIRST_ANSWERS, {"days": days, "ids": [id_ for _, id_ in keys], "first": min(days), "last": max(days)}
    )
    return {row[0]: _first_answer(tuple(row)) for row in rows}


def _first_answer(row: tuple[Any, ...]) -> FirstAnswer:
    id_, code, p_inside, distance_m, warnings, *times = row
    return FirstAnswer(id_, StoredVerdict(code, p_inside, distance_m) if code else None, warnings, *times)


def _ranges(multirange: str) -> Ranges:
    return tuple((int(lo), int(hi)) for lo, hi in _RANGE.findall(multirange))
