"""An upload on its way, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.field.check_ins.geofence import VerdictPolicy
from app.field.check_ins.records import StoredVerdict
from app.ground.errors import AppError
from app.masters.territories.sequences import SyncState


class Status(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Reporter:
    """The device that uploads, and whose it is."""

    device_id: UUID
    rep_id: int
    rep_code: str
    territory_id: int

    @property
    def actor(self) -> str:
        """The device in records of who did what."""
        return f"device:{self.rep_code}"


@dataclass(frozen=True, slots=True)
class Sending:
    """The device's clocks at the sending; `sequence_to`: the highest sequence that it had given out, None untold."""

    sent_at: datetime | None
    monotonic_ms: int | None
    boot_id: str | None
    sequence_to: int | None = None


@dataclass(frozen=True, slots=True)
class LastSending:
    """The sending before, and the skew that was measured by it."""

    sent_at: datetime
    boot_id: str
    skew_ms: int


@dataclass(frozen=True, slots=True)
class OpenedUpload:
    """What was read while the upload's locks were taken. `closed_to`: the last business date with a cutoff run.

    `last` is the sending before, where it can be told from others. `several_devices`: whether another device of the rep
    has uploaded, ever.
    """

    state: SyncState
    last: LastSending | None
    zone: ZoneInfo
    order_cutoff: time
    closed_to: date | None
    policy: VerdictPolicy
    several_devices: bool = False


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What an event was answered when it was recorded."""

    id: UUID
    verdict: StoredVerdict | None
    warnings: Sequence[dict[str, Any]]
    received_at: datetime
    corrected_at: datetime
    business_date: date
    skew_ms: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event; `answer` for those that are recorded, `problem` for the others."""

    id: str | None
    status: Status
    answer: FirstAnswer | None = None
    problem: AppError | None = None


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What became of an upload: a result for each event, in the order sent."""

    received_at: datetime
    skew_ms: int
    watermark_at: datetime | None
    results: Sequence[Result]
