"""The SQL of uploads: the locks, with what is read under them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.device_facts import facts_of
from app.doors.handheld.upload.records import DeviceFacts, Upload
from app.doors.order_taking.service import REP_CLASS
from app.ground.db.barrier import BARRIER_CLASS
from app.ground.db.statements import DirectStatement

# Nothing here waits: who records several uploads at once must not be kept by one of them. The rep's lock, for a rep may
# have two devices and signals are judged from both; then the cutoff barrier (T5). What is locked is read as it is now,
# with what the upload before has written.
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
        opened.watermark_at, CAST(opened.given_up AS text) AS given_up, opened.counter_since, opened.restarted_at,
        CAST(CASE WHEN isempty(opened.inherited) THEN coalesce(elsewhere.inherited, opened.inherited)
            ELSE opened.inherited END AS text) AS inherited,
        CAST(elsewhere.received AS text) AS elsewhere, elsewhere.devices > 0 AS several_devices,
        EXISTS (
            SELECT FROM rejected_events WHERE device_id = opened.device_id AND kind = 'rejected'
        ) AS with_rejections,
        territory.id, territory.code, territory.time_zone, territory.order_cutoff, territory.call_deadline,
        territory.working_weekdays, territory.holidays, territory.created_at,
        COALESCE(own.begins, common.begins) AS begins, COALESCE(own.ends, common.ends) AS ends,
        (
            SELECT CAST(json_agg(json_build_object(
                'until', past.until, 'valid_until', past.valid_until, 'zone', past.time_zone,
                'cutoff', past.order_cutoff, 'deadline', past.call_deadline, 'weekdays', past.working_weekdays,
                'holidays', past.holidays
            ) ORDER BY past.id) AS text)
            FROM past_calendars AS past WHERE past.territory_id = territory.id
        ) AS past_calendars,
        (SELECT max(business_date) FROM cutoff_runs) AS closed_to,
        (
            SELECT CAST(json_agg(boot) AS text) FROM device_boots AS boot WHERE boot.device_id = opened.device_id
                AND boot.boot_id = ANY(CAST(:named_boots AS text[]))
        ) AS boots,
        (
            SELECT CAST(json_agg(full_day) AS text) FROM (
                SELECT business_date, sum(events) AS events, sum(received) AS received FROM device_days
                WHERE rep_id = opened.rep_id GROUP BY business_date
                HAVING greatest(sum(events), sum(received)) >= CAST(:watched_from AS int)
            ) AS full_day
        ) AS full_days,
        policy.version, policy.inside_at_least, policy.outside_at_most, policy.accuracy_floor_m,
        policy.max_accuracy_m, policy.max_fix_age_s, policy.max_fix_lead_s, policy.any_clock,
        set_config('lock_timeout', CAST(:lock_timeout AS text), true)
    FROM opened
    JOIN territories AS territory ON territory.id = opened.territory_id
    LEFT JOIN workdays AS own ON own.rep_id = opened.rep_id
    LEFT JOIN workdays AS common ON common.territory_id = opened.territory_id
    CROSS JOIN (SELECT * FROM verdict_policies ORDER BY version DESC LIMIT 1) AS policy
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT other.device_id) AS devices, range_agg(numbers) AS received,
            range_agg(numbers) FILTER (WHERE EXISTS (
                SELECT FROM device_boots AS boot WHERE boot.device_id = other.device_id AND (
                    boot.boot_id = ANY(ARRAY(SELECT json_array_elements_text(CAST(opened.boot_ids AS json))))
                    OR boot.boot_id IN (SELECT boot_id FROM device_boots WHERE device_id = opened.device_id)
                )
            )) AS inherited
        FROM device_sync_states AS other LEFT JOIN LATERAL unnest(other.received) AS numbers ON true
        WHERE other.rep_id = opened.rep_id AND other.device_id <> opened.device_id
    ) AS elsewhere
    WHERE opened.free
""")
)

# Of devices of which events could not be recorded: those that the upload names again, and what the others hold.
_REJECTIONS = DirectStatement(
    text("""
    SELECT device_id, own, id, event_id, first_sequence, hold_before, hold_until, settled_at IS NULL AS standing
    FROM (
        SELECT *, CAST(id AS text) = ANY(CAST(:names AS text[]))
            OR coalesce(event_id = ANY(CAST(:names AS text[])), false)
            OR coalesce(first_sequence = ANY(CAST(:numbers AS int8[])), false) AS own
        FROM rejected_events WHERE device_id = ANY(CAST(:device_ids AS uuid[])) AND kind = 'rejected'
    ) AS rejection
    WHERE own OR (settled_at IS NULL AND hold_until IS NOT NULL)
""")
)

# An id that nothing is known of came with a number that has arrived, and with no rejected event.
_REUSED = DirectStatement(
    text("""
    SELECT asked.device_id, asked.sequence
    FROM unnest(CAST(:device_ids AS uuid[]), CAST(:sequences AS int8[]), CAST(:event_ids AS uuid[]))
        AS asked (device_id, sequence, event_id)
    WHERE NOT EXISTS (SELECT FROM event_receipts AS receipt WHERE receipt.id = asked.event_id)
""")
)

_KNOWN = DirectStatement(text("SELECT id FROM event_receipts WHERE id = ANY(CAST(:ids AS uuid[]))"))

_LIMIT_WAITS = DirectStatement(text("SELECT set_config('lock_timeout', CAST(:lock_timeout AS text), true)"))

# The same locks in the same order, waited for.
_WAIT = text("""
    WITH device AS MATERIALIZED (
        SELECT FROM device_sync_states WHERE device_id = :device_id FOR UPDATE
    )
    SELECT pg_advisory_xact_lock(:rep_class, :rep_id), pg_advisory_xact_lock_shared(:barrier_class, :territory_id)
    FROM device
""")


async def open_uploads(
    session: AsyncSession, uploads: Collection[Upload], watched_from: int, lock_timeout: str
) -> dict[UUID, DeviceFacts]:
    """Take the locks of these uploads until the transaction ends; by device id. `watched_from`: events of a full day.

    From here on the transaction waits for no lock longer than `lock_timeout`.

    No entry for a device that uploads for the first time, and none where another transaction holds one of the locks.
    One statement, and another one where events of a device could not be recorded before.
    """
    named = [(upload, upload.boot_ids) for upload in uploads]
    rows = await _OPEN.rows(
        session,
        {
            "device_ids": [upload.reporter.device_id for upload in uploads],
            "rep_ids": [upload.reporter.rep_id for upload in uploads],
            "territory_ids": [upload.reporter.territory_id for upload in uploads],
            "boot_ids": [orjson.dumps(list(boot_ids)).decode() for _, boot_ids in named],
            # of all uploads together: each looks only at what it names itself
            "named_boots": [boot_id for _, boot_ids in named for boot_id in boot_ids],
            "rep_class": REP_CLASS,
            "barrier_class": BARRIER_CLASS,
            "watched_from": watched_from,
            "lock_timeout": lock_timeout,
        },
    )
    troubled = {row["device_id"] for row in rows if row["with_rejections"]}
    rejections = await _rejections(session, [upload for upload in uploads if upload.reporter.device_id in troubled])
    return {row["device_id"]: facts_of(row, rejections.get(row["device_id"], ())) for row in rows}


async def _rejections(session: AsyncSession, uploads: Sequence[Upload]) -> dict[UUID, list[Any]]:
    """The rejections that uploads name again or that hold a day, by device."""
    of_devices: dict[UUID, list[Any]] = {}
    if uploads:
        rows = await _REJECTIONS.rows(
            session,
            {
                "device_ids": [upload.reporter.device_id for upload in uploads],
                "names": [name for upload in uploads for name in upload.event_names],
                "numbers": [number for upload in uploads for number in upload.numbers],
            },
        )
        for row in rows:
            of_devices.setdefault(row["device_id"], []).append(row)
    return of_devices


async def reused_numbers(session: AsyncSession, numbers: Sequence[tuple[UUID, int, UUID]]) -> dict[UUID, set[int]]:
    """Of (device, number, event id): the numbers under which another event must have arrived, by device.

    For nothing is known of the event that comes with it now. One statement.
    """
    device_ids, sequences, event_ids = zip(*numbers, strict=True)
    rows = await _REUSED.rows(
        session, {"device_ids": list(device_ids), "sequences": list(sequences), "event_ids": list(event_ids)}
    )
    reused: dict[UUID, set[int]] = {}
    for row in rows:
        reused.setdefault(row["device_id"], set()).add(row["sequence"])
    return reused


async def limit_waits(session: AsyncSession, lock_timeout: str) -> None:
    """From here on, wait no longer for a lock. One statement."""
    await _LIMIT_WAITS.rows(session, {"lock_timeout": lock_timeout})


async def known_ids(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Which of these events have come before. One statement."""
    return {id_ for (id_,) in await _KNOWN.rows(session, {"ids": list(ids)})}


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
