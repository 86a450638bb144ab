"""Revision of the false doubts: handhelds without a key have none, and what was concluded from that is withdrawn."""

import json
from typing import Any

from app.ground.db.migrations import upgrade
from tests.databases import execute, rows

NULLS = "37a6259cc0c1dae299a7866489dff0bd"
"""md5('null'): what the job told as the phone of whoever had no key."""
BOOT = {"by": "boot", "phone": "0f8b1a52-6d8e-4f0e-9c39-1f4d1b7b6a55"}


async def doubted(url: str, rule: str, *phones: dict[str, Any]) -> None:
    evidence = json.dumps({"phones": phones})
    await execute(
        url,
        "INSERT INTO risk_signals (id, rule, subject_type, subject_id, territory_id, rep_id, business_date, evidence,"
        f" explanation, raised_at) VALUES (gen_random_uuid(), '{rule}', 'check_in', gen_random_uuid(), 1, 1,"
        f" '2026-11-23', '{evidence}', '{len(phones)}', now())",
    )


async def test_false_doubts_about_shared_phones_are_withdrawn_and_true_ones_stand(old_url: str) -> None:
    await execute(old_url, "DELETE FROM risk_signals")
    await execute(old_url, "UPDATE devices SET public_jwk = 'null'")
    null = {"by": "key", "phone": NULLS}
    await doubted(old_url, "shared_device", null)
    await doubted(old_url, "shared_device", null, null)
    await doubted(old_url, "shared_device", null, BOOT, null)
    await doubted(old_url, "shared_device", null, BOOT, null, {"by": "key", "phone": "another"})
    await doubted(old_url, "two_devices", *[null] * 5)
    await upgrade(old_url)
    assert await rows(old_url, "SELECT count(*) FROM devices WHERE public_jwk IS NOT NULL") == [(0,)]
    withdrawn = await rows(
        old_url, "SELECT explanation, withdrawn_at IS NOT NULL FROM risk_signals ORDER BY explanation"
    )
    assert withdrawn == [("1", True), ("2", True), ("3", False), ("4", False), ("5", False)]
