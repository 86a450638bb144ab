"""What a handheld sends, for tests: sound by default, what a test is about by keyword."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.factories.outlets import PATRAS

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BOOT = "boot-1"
BOOTED = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def monotonic_ms(at: datetime) -> int:
    """Milliseconds since the phone was switched on in the morning."""
    return round((at - BOOTED).total_seconds() * 1000)


def make_fix(at: tuple[float, float] = PATRAS, time: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """A good fix, taken a second before `time`."""
    fix = {
        "lat": at[0],
        "lon": at[1],
        "accuracy_m": 8.5,
        "fix_at": (time - timedelta(seconds=1)).isoformat(),
        "provider": "fused",
        "mock": False,
    }
    return fix | fields


def make_check_in(outlet_code: str, time: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """An arrival at the outlet, with a good fix."""
    return _event("check_in", outlet_code, time) | {"kind": "arrival", "fix": make_fix(time=time)} | fields


def make_order(outlet_code: str, *product_codes: str, time: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """An order of a pack of each product for the next day."""
    lines = [{"product_code": code, "quantity": "6", "unit_price": "1.15"} for code in product_codes]
    tomorrow = (time + timedelta(days=1)).date().isoformat()
    return _event("order", outlet_code, time) | {"delivery_date": tomorrow, "lines": lines, "comment": ""} | fields


def make_no_order(outlet_code: str, time: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """A report that the outlet has stock enough."""
    return _event("no_order", outlet_code, time) | {"reason_code": "overstocked"} | fields


def make_upload(*events: Any, time: datetime = NOON, **fields: Any) -> dict[str, Any]:
    """An upload sent at `time` by a phone whose clock is right."""
    sound = {"sent_at": time.isoformat(), "monotonic_ms": monotonic_ms(time), "boot_id": BOOT, "events": list(events)}
    return sound | fields


def _event(kind: str, outlet_code: str, time: datetime) -> dict[str, Any]:
    return {
        "type": kind,
        "id": str(uuid4()),
        "outlet_code": outlet_code,
        "captured_at": time.isoformat(),
        "monotonic_ms": monotonic_ms(time),
    }
