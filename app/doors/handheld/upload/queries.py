"""The SQL of uploads: the locks with what is read under them, first answers, the device's state."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.upload.records import FirstAnswer, LastSending, OpenedUpload, Reporter
from app.field.check_ins.geofence import VerdictPolicy
from app.field.check_ins.records import StoredVerdict
from app.ground.db.barrier import BARRIER_CLASS
from app.ground.db.direct import DirectStatement
from app.masters.territories.sequences import Claim, Ranges, SyncState

REP_CLASS = 0x4652  # "FR": the first key of the two-key advisory lock under which a rep's events are recorded

# Nothing here waits: who records several uploads at once must not be kept by one of them. The rep's lock, for a rep may
# have two devices and signals are judged from both; then the cutoff barrier (T5). What is locked is read as it is now,
# with what the upload before has written. Generic plans from here on: planning each statement anew would cost more
# than running it.
_OPEN = DirectStatement(
    text("""
    WITH device AS MATERIALIZED (
        SELECT * FROM device_sync_states WHERE device_id = ANY(CAST(:device_ids AS uuid[]))
        ORDER BY device_id FOR UPDATE SKIP LOCKED
    ), opened AS MATERIALIZED (
        SELECT device.*, asked.territory_id,
            CASE WHEN pg_try_advisory_xact_lock(:rep_class, asked.rep_id)
                THEN pg_try_advisory_xact_lock_shared(:barrier_class, asked.territory_id) ELSE false END AS free
        FROM unnest(CAST(:device_ids AS uuid[]), CAST(:rep_ids AS int[]), CAST(:territory_ids AS int[]))
            AS asked (device_id, rep_id, territory_id)
        JOIN device ON device.device_id = asked.device_id
    )
    SELECT opened.device_id, CAST(opened.received AS text), opened.claimed_to, opened.claimed_at, opened.watermark_at,
        opened.last_sent_at, opened.last_boot_id, opened.last_skew_ms, territory.time_zone, territory.order_cutoff,
        (SELECT max(business_date) FROM cutoff_runs AS run WHERE run.territory_id = opened.territory_id),
        policy.version, policy.inside_at_least, policy.outside_at_most, policy.accuracy_floor_m,
        policy.max_accuracy_m, policy.max_fix_age_s,
        (SELECT count(*) FROM device_sync_states AS own WHERE own.rep_id = opened.rep_id) > 1,
        set_config('plan_cache_mode', 'force_generic_plan', true)
    FROM opened
    JOIN territories AS territory ON territory.id = opened.territory_id
    CROSS JOIN (SELECT * FROM verdict_policies ORDER BY version DESC LIMIT 1) AS policy
    WHERE opened.free
""")
)

# The same locks in the same order, waited for.
_WAIT = text("""
    WITH device AS MATERIALIZED (
        SELECT FROM device_sync_states WHERE device_id = :device_id FOR UPDATE
    )
    SELECT pg_advisory_xact_lock(:rep_class, :rep_id), pg_advisory_xact_lock_shared(:barrier_class, :territory_id)
    FROM device
""")

_LOCK_REP = text("SELECT pg_advisory_xact_lock(:rep_class, :rep_id)")

_PLAN_FOR_VALUES = DirectStatement(text("SET LOCAL plan_cache_mode = auto"))

# In the order of the ids, so that two who note the same devices wait for each other in one direction only.
_FIRST_USE = DirectStatement(
    text("""
    INSERT INTO device_sync_states (device_id, rep_id)
    SELECT device_id, rep_id FROM unnest(CAST(:device_ids AS uuid[]), CAST(:rep_ids AS int[]))
        AS used (device_id, rep_id) ORDER BY device_id
    ON CONFLICT (device_id) DO NOTHING
""")
)

_SAVE = DirectStatement(
    text("""
    UPDATE device_sync_states AS state SET received = CAST(now.received AS int8multirange),
        claimed_to = now.claimed_to, claimed_at = now.claimed_at, watermark_at = now.watermark_at,
        last_upload_at = :at, last_sent_at = now.sent_at, last_boot_id = now.boot_id, last_skew_ms = now.skew_ms
    FROM unnest(
        CAST(:device_ids AS uuid[]), CAST(:received AS text[]), CAST(:claimed_to AS int8[]),
        CAST(:claimed_at AS timestamptz[]), CAST(:watermark_at AS timestamptz[]), CAST(:sent_at AS timestamptz[]),
        CAST(:boot_ids AS text[]), CAST(:skew_ms AS int8[])
    ) AS now (device_id, received, claimed_to, claimed_at, watermark_at, sent_at, boot_id, skew_ms)
    WHERE state.device_id = now.device_id
""")
)

# OFFSET 0 makes it a look-up for each event: the days would otherwise be read whole where their month is small
# (decision 17).
_FIRST_ANSWERS = text("""
    SELECT recorded.*
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (day, event_id)
    CROSS JOIN LATERAL (
        SELECT id, verdict, p_inside, distance_m, CAST('[]' AS jsonb), received_at, corrected_at, business_date, skew_ms
        FROM check_ins WHERE business_date = day AND id = event_id AND business_date BETWEEN :first AND :last
        UNION ALL
        SELECT id, verdict, p_inside, distance_m, CASE WHEN version = 1 THEN warnings ELSE (
                SELECT v.warnings FROM order_versions AS v
                WHERE v.business_date = day AND v.order_id = event_id AND v.version = 1
            ) END, received_at, corrected_at, business_date, skew_ms
        FROM orders WHERE business_date = day AND id = event_id AND business_date BETWEEN :first AND :last
        UNION ALL
        SELECT id, NULL, NULL, NULL, '[]', received_at, corrected_at, business_date, skew_ms
        FROM no_order_reports WHERE business_date = day AND id = event_id AND business_date BETWEEN :first AND :last
        OFFSET 0
    ) AS recorded
""")

_RANGE = re.compile(r"\[(\d+),(\d+)\)")


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """What is to be written down of a device after an upload."""

    device_id: UUID
    state: SyncState
    sent_at: datetime | None
    boot_id: str | None
    skew_ms: int


async def lock_rep(session: AsyncSession, rep_id: int) -> None:
    """Keep other transactions from recording this rep's events until this one ends."""
    await session.execute(_LOCK_REP, {"rep_class": REP_CLASS, "rep_id": rep_id})


async def open_uploads(session: AsyncSession, reporters: Collection[Reporter]) -> dict[UUID, OpenedUpload]:
    """Take the locks of these uploads until the transaction ends; by device id.

    No entry for a device that uploads for the first time, and none where another transaction holds one of the locks.
    """
    rows = await _OPEN.rows(
        session,
        {
            "device_ids": [reporter.device_id for reporter in reporters],
            "rep_ids": [reporter.rep_id for reporter in reporters],
            "territory_ids": [reporter.territory_id for reporter in reporters],
            "rep_class": REP_CLASS,
            "barrier_class": BARRIER_CLASS,
        },
    )
    return {row[0]: _opened(row[1:18]) for row in rows}


def _opened(row: Sequence[Any]) -> OpenedUpload:
    received, claimed_to, claimed_at, watermark_at, sent_at, boot_id, skew_ms, zone, cutoff, closed_to = row[:10]
    *policy, several = row[10:]
    return OpenedUpload(
        SyncState(_ranges(received), Claim(claimed_to, claimed_at) if claimed_to is not None else None, watermark_at),
        LastSending(sent_at, boot_id, skew_ms) if sent_at is not None and boot_id is not None else None,
        ZoneInfo(zone),
        cutoff,
        closed_to,
        VerdictPolicy(*policy),
        several,
    )


async def wait_for_locks(session: AsyncSession, reporter: Reporter) -> None:
    """Take an upload's locks until the transaction ends, however long others hold them (`lock_timeout` bounds it)."""
    await session.execute(
        _WAIT,
        {
            "device_id": reporter.device_id,
            "rep_id": reporter.rep_id,
            "territory_id": reporter.territory_id,
            "rep_class": REP_CLASS,
            "barrier_class": BARRIER_CLASS,
        },
    )


async def plan_for_values(session: AsyncSession) -> None:
    """Let statements be planned for their values again: settling a closed day reads much more than an upload."""
    await _PLAN_FOR_VALUES.rows(session, {})


async def note_first_use(session: AsyncSession, reporters: Collection[Reporter]) -> None:
    """Make the states of devices that have none; waits for whoever is making one of them just now."""
    await _FIRST_USE.rows(
        session,
        {
            "device_ids": [reporter.device_id for reporter in reporters],
            "rep_ids": [reporter.rep_id for reporter in reporters],
        },
    )


async def save_states(session: AsyncSession, known: Sequence[KnownDevice], at: datetime) -> None:
    """Write down what the server has of devices, and when they last uploaded. One statement."""
    states = [one.state for one in known]
    await _SAVE.rows(
        session,
        {
            "device_ids": [one.device_id for one in known],
            "received": ["{" + ",".join(f"[{lo},{hi})" for lo, hi in state.received) + "}" for state in states],
            "claimed_to": [state.claim.sequence_to if state.claim else None for state in states],
            "claimed_at": [state.claim.claimed_at if state.claim else None for state in states],
            "watermark_at": [state.watermark_at for state in states],
            "sent_at": [one.sent_at for one in known],
            "boot_ids": [one.boot_id for one in known],
            "skew_ms": [one.skew_ms for one in known],
            "at": at,
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
