"""All SQL that writes what the server has of devices. It is read under its lock where uploads begin."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.watermarks.rules import Ranges, SyncState
from app.ground.db.statements import DirectStatement

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

_RANGE = re.compile(r"\[(\d+),(\d+)\)")


@dataclass(frozen=True, slots=True)
class DeviceUpload:
    """What is to be written down of a device after an upload: its state, and how it was sent."""

    device_id: UUID
    state: SyncState
    sent_at: datetime | None
    boot_id: str | None
    skew_ms: int


async def note_first_use(session: AsyncSession, devices: Collection[tuple[UUID, int]]) -> None:
    """Make the states of (device, rep) that have none; waits for whoever is making one of them just now."""
    device_ids, rep_ids = [device_id for device_id, _ in devices], [rep_id for _, rep_id in devices]
    await _FIRST_USE.rows(session, {"device_ids": device_ids, "rep_ids": rep_ids})


async def save_states(session: AsyncSession, uploads: Sequence[DeviceUpload], at: datetime) -> None:
    """Write down what the server has of devices, and when they last uploaded. One statement."""
    states = [upload.state for upload in uploads]
    await _SAVE.rows(
        session,
        {
            "device_ids": [upload.device_id for upload in uploads],
            "received": ["{" + ",".join(f"[{lo},{hi})" for lo, hi in state.received) + "}" for state in states],
            "claimed_to": [state.claim.sequence_to if state.claim else None for state in states],
            "claimed_at": [state.claim.claimed_at if state.claim else None for state in states],
            "watermark_at": [state.watermark_at for state in states],
            "sent_at": [upload.sent_at for upload in uploads],
            "boot_ids": [upload.boot_id for upload in uploads],
            "skew_ms": [upload.skew_ms for upload in uploads],
            "at": at,
        },
    )


def ranges_of(multirange: str) -> Ranges:
    """The ranges of an int8multirange, as PostgreSQL writes one."""
    return tuple((int(lo), int(hi)) for lo, hi in _RANGE.findall(multirange))
