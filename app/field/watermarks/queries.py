"""All SQL that writes what the server has of devices. Uploads read it under its lock where they begin."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.watermarks.day_counts import DayCount
from app.field.watermarks.rules import Ranges, SequenceClaim, SyncState
from app.ground.db.statements import Columns, DirectStatement, document, in_utc
from app.masters.territories.boots import CLOCK_TOLERANCE_MS, Boot

# In the order of the ids, so that two who note the same devices wait for each other in one direction only.
_FIRST_USE = DirectStatement(
    text("""
    INSERT INTO device_sync_states (device_id, rep_id)
    SELECT device_id, rep_id FROM unnest(CAST(:device_ids AS uuid[]), CAST(:rep_ids AS int[]))
        AS used (device_id, rep_id) ORDER BY device_id
    ON CONFLICT (device_id) DO NOTHING
""")
)

# A download may tell of a boot meanwhile, which holds no device's lock: so the smallest stays, and the first.
_SAVE = DirectStatement(
    text("""
    WITH counted AS (
        INSERT INTO device_days AS known (rep_id, business_date, device_id, events, received, timed_events, first_at,
            first_id, last_at, last_id)
        SELECT * FROM json_to_recordset(CAST(:days AS json)) AS counted (
            rep_id int, business_date date, device_id uuid, events int, received int, timed_events int,
            first_at timestamptz, first_id uuid, last_at timestamptz, last_id uuid
        )
        ON CONFLICT (rep_id, business_date, device_id) DO UPDATE SET events = known.events + excluded.events,
            received = known.received + excluded.received, timed_events = known.timed_events + excluded.timed_events,
            first_at = least(known.first_at, excluded.first_at),
            first_id = CASE WHEN (known.first_at, known.first_id) < (excluded.first_at, excluded.first_id)
                OR excluded.first_at IS NULL THEN known.first_id ELSE excluded.first_id END,
            last_at = greatest(known.last_at, excluded.last_at),
            last_id = CASE WHEN (known.last_at, known.last_id) > (excluded.last_at, excluded.last_id)
                OR excluded.last_at IS NULL THEN known.last_id ELSE excluded.last_id END
    ), heard AS (
        INSERT INTO device_boots AS known (device_id, boot_id, first_heard_at, heard_at, anchor_at, skew_ms,
            monotonic_ms, sent_at, claimed_ms, claimed_to)
        SELECT device_id, boot_id, first_heard_at, coalesce(CAST(:at AS timestamptz), first_heard_at), anchor_at,
            skew_ms, monotonic_ms, sent_at, claimed_ms, claimed_to
        FROM json_to_recordset(CAST(:boots AS json)) AS heard (
            device_id uuid, boot_id text, first_heard_at timestamptz, anchor_at timestamptz, skew_ms int8,
            monotonic_ms int8, sent_at timestamptz, claimed_ms int8, claimed_to int8
        )
        ORDER BY device_id, boot_id
        ON CONFLICT (device_id, boot_id) DO UPDATE SET heard_at = excluded.heard_at,
            first_heard_at = least(known.first_heard_at, excluded.first_heard_at),
            anchor_at = least(known.anchor_at, excluded.anchor_at), skew_ms = least(known.skew_ms, excluded.skew_ms),
            monotonic_ms = excluded.monotonic_ms, sent_at = excluded.sent_at, claimed_ms = excluded.claimed_ms,
            claimed_to = excluded.claimed_to
    )
    UPDATE device_sync_states AS state SET received = now.received, claimed_to = now.claimed_to,
        claimed_at = now.claimed_at, watermark_at = now.watermark_at, given_up = now.given_up,
        inherited = now.inherited, counter_since = now.counter_since, restarted_at = now.restarted_at,
        changed_in = current_position(), last_upload_at = coalesce(CAST(:at AS timestamptz), state.last_upload_at)
    FROM json_to_recordset(CAST(:states AS json)) AS now (
        device_id uuid, received int8multirange, claimed_to int8, claimed_at timestamptz, watermark_at timestamptz,
        given_up int8multirange, inherited int8multirange, counter_since timestamptz, restarted_at timestamptz
    )
    WHERE state.device_id = now.device_id
""")
)

# It tells when the boot began at the latest, and nothing that the wall clock could bear out.
_HEAR_DOWNLOAD = DirectStatement(
    text("""
    INSERT INTO device_boots AS known (device_id, boot_id, first_heard_at, heard_at, anchor_at)
    VALUES (CAST(:device_id AS uuid), :boot_id, CAST(:at AS timestamptz), CAST(:at AS timestamptz),
        CAST(:anchor_at AS timestamptz))
    ON CONFLICT (device_id, boot_id) DO UPDATE SET heard_at = excluded.heard_at,
        anchor_at = least(known.anchor_at, excluded.anchor_at)
    WHERE known.anchor_at IS NULL OR excluded.anchor_at >= known.anchor_at - CAST(:tolerance AS interval)
""")
)

_BOOTS = DirectStatement(
    text("""
    SELECT boot_id, first_heard_at, anchor_at, skew_ms, monotonic_ms, sent_at, claimed_ms, claimed_to
    FROM device_boots WHERE device_id = CAST(:device_id AS uuid) AND boot_id = ANY(CAST(:boot_ids AS text[]))
""")
)

_FORGET_BOOTS = text("""
    DELETE FROM device_boots WHERE (device_id, boot_id) IN (
        SELECT device_id, boot_id FROM device_boots WHERE heard_at < :until ORDER BY heard_at LIMIT :most)
""")

_FORGET_DAYS = text("""
    DELETE FROM device_days WHERE (rep_id, business_date, device_id) IN (
        SELECT rep_id, business_date, device_id FROM device_days
        WHERE business_date < :until ORDER BY business_date LIMIT :most)
""")

_LOCK = DirectStatement(
    text("""
    SELECT CAST(received AS text) AS received, claimed_to, claimed_at, watermark_at, CAST(given_up AS text) AS given_up,
        CAST(inherited AS text) AS inherited, counter_since, restarted_at
    FROM device_sync_states WHERE device_id = CAST(:device_id AS uuid) FOR UPDATE
""")
)

_BOOT = Columns({"device_id": "device_id"} | {field.name: f"boot.{field.name}" for field in fields(Boot)})
_DAY = Columns({field.name: field.name for field in fields(DayCount)})
_RANGE = re.compile(r"\[(\d+),(\d+)\)")


@dataclass(frozen=True, slots=True)
class DeviceUpload:
    """What is to be written down of a device after an upload: its state, and its boot where that told something new."""

    device_id: UUID
    state: SyncState
    boot: Boot | None = None


async def note_first_use(session: AsyncSession, devices: Collection[tuple[UUID, int]]) -> None:
    """Make the states of (device, rep) that have none; waits for whoever is making one of them just now."""
    device_ids, rep_ids = [device_id for device_id, _ in devices], [rep_id for _, rep_id in devices]
    await _FIRST_USE.rows(session, {"device_ids": device_ids, "rep_ids": rep_ids})


async def save_states(
    session: AsyncSession, uploads: Sequence[DeviceUpload], at: datetime | None, days: Sequence[DayCount] = ()
) -> None:
    """Write down what the server has of devices, and when they last uploaded (None: no upload); count its days.

    One statement.
    """
    boots = [upload for upload in uploads if upload.boot is not None]
    await _SAVE.rows(
        session,
        {
            "states": document([_state_row(upload) for upload in uploads]),
            "boots": document(_in_utc(_BOOT.rows(boots), "first_heard_at", "anchor_at", "sent_at")),
            "days": document(_in_utc(_DAY.rows(days), "first_at", "last_at")),
            "at": at,
        },
    )


def _state_row(upload: DeviceUpload) -> dict[str, Any]:
    state = upload.state
    return {
        "device_id": upload.device_id,
        "received": _multirange(state.received),
        "claimed_to": state.claim.sequence_to if state.claim else None,
        "claimed_at": in_utc(state.claim.claimed_at) if state.claim else None,
        "watermark_at": in_utc(state.watermark_at),
        "given_up": _multirange(state.given_up),
        "inherited": _multirange(state.inherited),
        "counter_since": in_utc(state.counter_since),
        "restarted_at": in_utc(state.restarted_at),
    }


def _in_utc(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    for row in rows:
        row.update({name: in_utc(row[name]) for name in names})
    return rows


async def hear_download(
    session: AsyncSession, device_id: UUID, boot_id: str, anchor_at: datetime, at: datetime
) -> None:
    """Write down when a boot began at the latest, as a download tells it. One statement."""
    tolerance = timedelta(milliseconds=CLOCK_TOLERANCE_MS)
    await _HEAR_DOWNLOAD.rows(
        session,
        {"device_id": device_id, "boot_id": boot_id, "anchor_at": anchor_at, "at": at, "tolerance": tolerance},
    )


async def boots_of(session: AsyncSession, device_id: UUID, boot_ids: Collection[str]) -> dict[str, Boot]:
    """What is known of these boots of a device, by boot id. One statement."""
    rows = await _BOOTS.rows(session, {"device_id": device_id, "boot_ids": list(boot_ids)})
    return {row["boot_id"]: Boot(**row) for row in rows}


async def forget_boots(session: AsyncSession, until: datetime, most: int) -> int:
    """Forget up to `most` boots that were last heard of before `until`; how many."""
    result: Any = await session.execute(_FORGET_BOOTS, {"until": until, "most": most})
    return int(result.rowcount)


async def forget_days(session: AsyncSession, until: date, most: int) -> int:
    """Forget up to `most` counts of dates before `until`; how many."""
    result: Any = await session.execute(_FORGET_DAYS, {"until": until, "most": most})
    return int(result.rowcount)


async def lock_state(session: AsyncSession, device_id: UUID) -> SyncState | None:
    """What the server has of a device, locked like by an upload until the transaction ends; None: it never uploaded."""
    rows = await _LOCK.rows(session, {"device_id": device_id})
    return state_of(rows[0]) if rows else None


def state_of(row: Mapping[str, Any]) -> SyncState:
    """The state in a row of `device_sync_states`, its ranges as text."""
    claimed_to = row["claimed_to"]
    return SyncState(
        ranges_of(row["received"]),
        SequenceClaim(claimed_to, row["claimed_at"]) if claimed_to is not None else None,
        row["watermark_at"],
        ranges_of(row["given_up"]),
        ranges_of(row["inherited"]),
        row["counter_since"],
        row["restarted_at"],
    )


def ranges_of(multirange: str) -> Ranges:
    """The ranges of an int8multirange, as PostgreSQL writes one."""
    return tuple([(int(lo), int(hi)) for lo, hi in _RANGE.findall(multirange)])


def _multirange(ranges: Ranges) -> str:
    return "{" + ",".join(f"[{lo},{hi})" for lo, hi in ranges) + "}"
