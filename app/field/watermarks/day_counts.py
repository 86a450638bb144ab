"""How many events of a rep the server has by day: counted with each upload, so that nobody ever counts them anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.ground.values import value

NO_DEVICE = UUID(int=0)
"""What stands for a device where a rep mails an order."""


@value(frozen=True, slots=True)
class DayCount:
    """What an upload adds to one date of its device.

    `events`: new ones of this business date; `received`: new and rejected ones that came on this local date.
    `timed_events`: of the check-ins and orders among the former those that tell a time, with the first and the last.
    """

    rep_id: int
    business_date: date
    device_id: UUID
    events: int = 0
    received: int = 0
    timed_events: int = 0
    first_at: datetime | None = None
    first_id: UUID | None = None
    last_at: datetime | None = None
    last_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FullDay:
    """A date of a rep on which its handhelds have brought many events (`DayCount`)."""

    business_date: date
    events: int
    received: int


def count_parameters(days: Sequence[DayCount]) -> dict[str, list[object]]:
    """What is counted, as the statement takes it that saves what is known of devices."""
    return {
        "day_reps": [day.rep_id for day in days],
        "days": [day.business_date for day in days],
        "day_devices": [day.device_id for day in days],
        "day_events": [day.events for day in days],
        "day_received": [day.received for day in days],
        "day_timed": [day.timed_events for day in days],
        "day_first_at": [day.first_at for day in days],
        "day_first_id": [day.first_id for day in days],
        "day_last_at": [day.last_at for day in days],
        "day_last_id": [day.last_id for day in days],
    }
