"""The SQL of uploads: the locks, with what is read under them."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.records import DeviceFacts, Upload
from app.doors.order_taking.service import REP_CLASS
from app.field.check_ins.geofence import VerdictPolicy
from app.field.watermarks.rules import SequenceClaim, SyncState
from app.field.watermarks.service import ranges_of
from app.ground.db.barrier import BARRIER_CLASS
from app.ground.db.statements import DirectStatement
from app.masters.territories.field_clock import Boot

_BOOT = [field.name for field in fields(Boot)]
_INSTANTS = ("first_heard_at", "anchor_at", "sent_at")
_POLICY = [field.name for field in fields(VerdictPolicy)]

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
        SELECT device.*, asked.territory_id, asked.boot_ids,
            CASE WHEN pg_try_advisory_xact_lock(:rep_class, asked.rep_id)
                THEN pg_try_advisory_xact_lock_shared(:barrier_class, asked.territory_id) ELSE false END AS free
        FROM unnest(
            CAST(:device_ids AS uuid[]), CAST(:rep_ids AS int[]), CAST(:territory_ids AS int[]),
            CAST(:boot_ids AS text[])
        ) AS asked (device_id, rep_id, territory_id, boot_ids)
        JOIN device ON device.device_id = asked.device_id
    )
    SELECT opened.device_id, CAST(opened.received AS text) AS received, opened.claimed_to, opened.claimed_at,
        opened.watermark_at,
        territory.time_zone, territory.order_cutoff,
        (SELECT max(business_date) FROM cutoff_runs) AS closed_to,
        (
            SELECT CAST(json_agg(boot) AS text) FROM device_boots AS boot WHERE boot.device_id = opened.device_id
                AND boot.boot_id = ANY(ARRAY(SELECT json_array_elements_text(CAST(opened.boot_ids AS json))))
        ) AS boots,
        policy.version, policy.inside_at_least, policy.outside_at_most, policy.accuracy_floor_m,
        policy.max_accuracy_m, policy.max_fix_age_s, policy.max_fix_lead_s, policy.any_clock,
        (SELECT count(*) FROM device_sync_states AS own WHERE own.rep_id = opened.rep_id) > 1 AS several_devices,
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


async def open_uploads(session: AsyncSession, uploads: Collection[Upload]) -> dict[UUID, DeviceFacts]:
    """Take the locks of these uploads until the transaction ends; by device id.

    No entry for a device that uploads for the first time, and none where another transaction holds one of the locks.
    """
    rows = await _OPEN.rows(
        session,
        {
            "device_ids": [upload.reporter.device_id for upload in uploads],
            "rep_ids": [upload.reporter.rep_id for upload in uploads],
            "territory_ids": [upload.reporter.territory_id for upload in uploads],
            "boot_ids": [orjson.dumps(list(upload.boot_ids)).decode() for upload in uploads],
            "rep_class": REP_CLASS,
            "barrier_class": BARRIER_CLASS,
        },
    )
    return {row["device_id"]: _facts(row) for row in rows}


def _facts(row: Any) -> DeviceFacts:
    claimed_to = row["claimed_to"]
    claim = SequenceClaim(claimed_to, row["claimed_at"]) if claimed_to is not None else None
    return DeviceFacts(
        SyncState(ranges_of(row["received"]), claim, row["watermark_at"]),
        {boot["boot_id"]: _boot(boot) for boot in orjson.loads(row["boots"] or "[]")},
        ZoneInfo(row["time_zone"]),
        row["order_cutoff"],
        row["closed_to"],
        VerdictPolicy(**{name: row[name] for name in _POLICY}),
        row["several_devices"],
    )


def _boot(row: dict[str, Any]) -> Boot:
    values = {name: row[name] for name in _BOOT}
    for name in _INSTANTS:
        values[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return Boot(**values)


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
