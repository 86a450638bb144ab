"""How many events of a rep the server has by day: counted with each upload, so that nobody ever counts them anew."""

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
