"""A rep appeals an entry, the office decides, and the ledger says what came of it (P5)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from tests.factories.appeals import BOOKED_AT, REASON, WORDS, make_appeal, make_entry, send_file
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.territories import make_rep, make_territory
from tests.motivation.appeals.conftest import Office

PENALTY = ("PENALTY", -10, "")


async def test_a_penalty_is_appealed_granted_and_reversed(office: Office) -> None:
    photo = (await send_file(office.api, office.device)).json()["id"]
    submitted = await office.appeal(attachment_ids=[photo])
    assert submitted.status_code == 201, submitted.text
    appeal = submitted.json()
    assert (appeal["status"], appeal["instance"], appeal["text"]) == ("open", 1, WORDS)
    assert appeal["entry"]["reversal_id"] is None
    assert [file["id"] for file in appeal["attachments"]] == [photo]
    decided = await office.decide(appeal["id"], office.supervisor, "granted")
    assert decided.status_code == 200, decided.text
    assert await office.ledger() == [PENALTY, ("REVERSAL", 10, "appeal_granted")]
    told = decided.json()
    assert told["entry"]["reversal_id"] is not None
    assert [(step["kind"], step["text"], step["taken_by"]) for step in told["steps"]] == [
        ("submitted", WORDS, f"device:{office.rep.code}"),
        ("granted", REASON, f"user:{office.supervisor_name}"),
    ]
