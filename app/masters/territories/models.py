"""Territories with the calendars that they had, and reps."""

from datetime import date, datetime, time

from sqlalchemy import ARRAY, BigInteger, Date, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base, Versioned
from app.ground.db.searching import Searched


class Territory(Versioned, Base):
    """Reps and outlets under one supervisor, in one time zone.

    Its calendar is the one that was set last; it holds from `calendar_from` on (T6; None: since it was made).
    """

    __tablename__ = "territories"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    order_cutoff: Mapped[time]
    call_deadline: Mapped[time]
    working_weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date))
    warehouse_code: Mapped[str | None]
    calendar_from: Mapped[date | None]
    language: Mapped[str] = mapped_column(server_default="en")


class PastCalendar(Base):
    """A calendar that a territory had until it was changed: it decides about the days before `valid_until` (T6).

    Append-only. A day is decided about by the calendar that was set last, of those that had begun by then.
    """

    __tablename__ = "past_calendars"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    until: Mapped[datetime]
    valid_until: Mapped[date]
    time_zone: Mapped[str]
    order_cutoff: Mapped[time]
    call_deadline: Mapped[time]
    working_weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date))


SEARCHED = Searched("reps", ("code", "name"))


class Rep(Versioned, Base):
    """The person in the field."""

    __tablename__ = "reps"
    __table_args__ = (
        Index("ix_reps_emails", "emails", postgresql_using="gin"),
        Index("ix_reps_search", text("search_vector(ARRAY[code, name], NULL::text)"), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    emails: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))


class Stamped:
    """Columns of a record that the field made: when it happened, and the evidence for it (`field_clock.Stamp`)."""

    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    corrected_at: Mapped[datetime]
    skew_ms: Mapped[int] = mapped_column(BigInteger)
    trusted: Mapped[bool]
    clock_changed: Mapped[bool]
    monotonic_ms: Mapped[int | None] = mapped_column(BigInteger)
    boot_id: Mapped[str | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    clock_doubt: Mapped[str | None]
