"""One phone that worked for two reps on a day (V6): the one rule that looks at several reps together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from app.field.risk_signals.signals import Json, RiskRule, Signal


@dataclass(frozen=True, slots=True)
class PhoneUse:
    """What one phone recorded on one day as one rep's device.

    `phone` tells the phone from others, `by` says how: within one boot (`boot`), or by the key that it enrolled with
    (`key`). `event_id`, `kind`, `outlet_id`, `outlet_code`: the first event.
    """

    by: Literal["boot", "key"]
    phone: str
    business_date: date
    rep_id: int
    rep_code: str
    territory_id: int
    device_id: UUID
    enrolled_at: datetime
    revoked_at: datetime | None
    events: int
    first_at: datetime
    last_at: datetime
    event_id: UUID
    kind: Literal["check_in", "order"]
    outlet_id: int
    outlet_code: str


@dataclass(frozen=True, slots=True)
class SharedDevice:
    """A doubt, and whose it is."""

    rep_id: int
    territory_id: int
    signal: Signal


def shared_devices(uses: Collection[PhoneUse]) -> list[SharedDevice]:
    """Doubt each rep's day on which a phone recorded events of this rep and of another (V6): one doubt a rep and day.

    A device that was revoked before the other one was enrolled has been handed over: that is no doubt. The doubt is
    about the rep's first event on a phone that was shared.
    """
    phones: dict[tuple[str, str, date], list[PhoneUse]] = {}
    for use in uses:
        phones.setdefault((use.by, use.phone, use.business_date), []).append(use)
    shared_uses: dict[tuple[int, date], list[tuple[PhoneUse, list[PhoneUse]]]] = {}
    for of_phone in phones.values():
        for use in of_phone:
            others = [other for other in of_phone if other.rep_id != use.rep_id and not _handed_over(use, other)]
            if others:
                shared_uses.setdefault((use.rep_id, use.business_date), []).append((use, sorted(others, key=_when)))
    return [_doubt(shared_uses[key]) for key in sorted(shared_uses)]


def _handed_over(use: PhoneUse, other: PhoneUse) -> bool:
    return any(
        before.revoked_at is not None and before.revoked_at <= after.enrolled_at
        for before, after in ((use, other), (other, use))
    )


def _doubt(shared_uses: Sequence[tuple[PhoneUse, list[PhoneUse]]]) -> SharedDevice:
    ordered = sorted(shared_uses, key=lambda pair: _when(pair[0]))
    first = ordered[0][0]
    reps = sorted({other.rep_code for _, others in ordered for other in others})
    phones: list[Json] = [
        {"by": use.by, "phone": use.phone, "used": [_told(use), *(_told(other) for other in others)]}
        for use, others in ordered
    ]
    labels = {"boot": "in one boot", "key": "with the same key"}
    ways = " and ".join(labels[by] for by in sorted({use.by for use, _ in ordered}))
    name = "order" if first.kind == "order" else "check-in"
    sentence = (
        f"This {name} at {first.outlet_code} is the first of this rep's on a phone that also worked for"
        f" {' and '.join(reps)} that day ({ways})."
    )
    evidence: dict[str, Json] = {"phones": phones, "rep_codes": list(reps)}
    signal = Signal(
        RiskRule.SHARED_DEVICE, first.kind, first.event_id, evidence, sentence, first.business_date, first.outlet_id
    )
    return SharedDevice(first.rep_id, first.territory_id, signal)


def _told(use: PhoneUse) -> dict[str, Json]:
    return {
        "rep_code": use.rep_code,
        "device_id": str(use.device_id),
        "events": use.events,
        "first_at": use.first_at.isoformat(),
        "last_at": use.last_at.isoformat(),
    }


def _when(use: PhoneUse) -> tuple[object, ...]:
    return use.first_at, use.event_id, use.by, use.phone
