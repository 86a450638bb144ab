"""Entries of ledgers, attachments and appeals for tests."""

import hashlib
import io
import struct
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.attachments.models import AttachmentContent, KeptAttachment
from app.masters.territories.models import Rep
from app.motivation.appeals.models import Appeal, AppealStep
from app.motivation.points.models import PointsEntry

BOOKED_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
WORDS, REASON = "The shop was shut, see the photo.", "The photo shows it."


async def make_entry(session: AsyncSession, rep: Rep, **fields: Any) -> PointsEntry:
    """An entry of the rep's ledger: ten points for a missed order of Monday, booked at 17:00 in Athens."""
    sound: dict[str, Any] = {
        "rep_id": rep.id,
        "rule": "missed_order",
        "kind": "PENALTY",
        "points": -10,
        "source_type": "visit",
        "source_id": uuid4(),
        "provisional": False,
        "policy_version": 1,
        "business_date": date(2026, 11, 23),
        "booked_at": BOOKED_AT,
        "note": "",
    }
    values = sound | fields
    entry = PointsEntry(**{"month": values["business_date"].replace(day=1)} | values)
    session.add(entry)
    await session.flush()
    return entry


async def make_appeal(session: AsyncSession, entry: PointsEntry, **fields: Any) -> Appeal:
    """An open appeal of an entry, an hour after its booking."""
    at = fields.pop("submitted_at", BOOKED_AT.replace(hour=16))
    sound = {
        "id": uuid4(),
        "entry_id": entry.id,
        "rep_id": entry.rep_id,
        "status": "open",
        "instance": 1,
        "submitted_at": at,
        "waiting_since": at,
    }
    appeal = Appeal(**sound | fields)
    session.add(appeal)
    await session.flush()
    step = {"kind": "submitted", "instance": 1, "text": WORDS, "taken_at": at, "taken_by": "device:R"}
    session.add(AppealStep(appeal_id=appeal.id, number=1, **step))
    await session.flush()
    return appeal


async def make_attachment(session: AsyncSession, rep: Rep, **fields: Any) -> KeptAttachment:
    """A PNG of the rep's, in the database."""
    content = make_png()
    sound = {
        "id": uuid4(),
        "rep_id": rep.id,
        "name": "shutter.png",
        "media_type": "image/png",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).digest(),
        "sent_at": BOOKED_AT,
        "sent_by": f"device:{rep.code}",
        "in_database": True,
        "stored_at": BOOKED_AT,
        "kept_until": BOOKED_AT + timedelta(days=1),
        "doomed": False,
    }
    attachment = KeptAttachment(**sound | fields)
    session.add(attachment)
    await session.flush()
    session.add(AttachmentContent(attachment_id=attachment.id, content=content))
    await session.flush()
    return attachment


def appeal_body(**fields: Any) -> dict[str, Any]:
    """What a handheld sends to appeal."""
    return {"id": str(uuid4()), "text": WORDS} | fields


def make_png(width: int = 3, height: int = 2) -> bytes:
    """A whole PNG, grey."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def send_file(
    api: httpx.AsyncClient,
    headers: dict[str, str],
    content: bytes | None = None,
    *,
    id_: UUID | None = None,
    name: str = "shutter.png",
    media_type: str = "image/png",
) -> httpx.Response:
    """`POST /v1/attachments` with a PNG, or with `content`."""
    file = (name, io.BytesIO(make_png() if content is None else content), media_type)
    data = {} if id_ is None else {"id": str(id_)}
    return await api.post("/v1/attachments", files={"file": file}, data=data, headers=headers)
