"""Which days are due: every working day of every territory whose cutoff has come and that has no run (C6, C7)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Numeric, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.rules import days_past_their_cutoff, first_due_day, last_day_past_its_cutoff, next_cutoff_at
from app.ground import clock
from app.masters.territories import service as territories
from app.masters.territories.calendar import cutoff_at

TRIGGER = "scheduler"
"""Who has closed a day that was found here."""

OVERDUE_AFTER = timedelta(minutes=5)
"""A leader looks every two seconds: what is still open then is not being closed."""

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DueDay:
    """A territory's day that is to be closed."""

    territory_id: int
    territory_code: str
    business_date: date
    cutoff_at: datetime


class DueDays:
    """Finds them, by three statements. Remembers up to where each territory is closed, to ask no further back."""

    def __init__(self) -> None:
        self._closed_up_to: dict[int, date] | None = None
        self._changes: Decimal | None = None
        self.next_cutoff_at = NEVER
        """The first cutoff after what was found: before it nothing becomes due, unless a territory is changed."""

    def have_changed(self) -> ColumnElement[bool]:
        """Whether territories were changed since they were read, as a part of a statement."""
        return territories.territory_changes().is_distinct_from(literal(self._changes, Numeric))

    async def find(self, session: AsyncSession) -> list[DueDay]:
        """What is due now, oldest first. A day that failed is found again, whatever came after it."""
        now = clock.now()
        if self._closed_up_to is None:
            self._closed_up_to = await cutoff.closed_before_last_change(session, triggered_by=TRIGGER)
        # before the territories: a change in between is seen the next time
        self._changes = await session.scalar(select(territories.territory_changes()))
        facts = await territories.all_territory_facts(session)
        self.next_cutoff_at = min((next_cutoff_at(territory, now) for territory in facts), default=NEVER)
        after = {
            territory.id: min(
                self._closed_up_to.get(territory.id, first_due_day(territory) - timedelta(days=1)),
                # where a change has put today's cutoff ahead again, today is not done with, whatever it was before
                last_day_past_its_cutoff(territory, now),
            )
            for territory in facts
        }
        closed = await cutoff.closed_days(session, after)
        due: list[DueDay] = []
        for territory in facts:
            days = list(days_past_their_cutoff(territory, after[territory.id], now))
            still_open = [day for day in days if (territory.id, day) not in closed]
            due += [DueDay(territory.id, territory.code, day, cutoff_at(territory, day)) for day in still_open]
            self._closed_up_to[territory.id] = max(
                (day for day in days if not still_open or day < still_open[0]), default=after[territory.id]
            )
        return sorted(due, key=lambda day: (day.business_date, day.territory_code))

    async def overdue(self, session: AsyncSession) -> list[datetime]:
        """The cutoffs of the days that are due and should have been closed by now, the earliest first."""
        latest = clock.now() - OVERDUE_AFTER
        return sorted(day.cutoff_at for day in await self.find(session) if day.cutoff_at <= latest)
