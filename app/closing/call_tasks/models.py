"""Call tasks and the attempts on them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class CallTask(Base):
    """One outlet to phone. One for each outlet and day (C3). `opened_at` None: it opened before that was noted."""

    __tablename__ = "call_tasks"
    __table_args__ = (
        UniqueConstraint("outlet_id", "business_date"),
        Index(
            "ix_call_tasks_waiting",
            "territory_id",
            "due_at",
            text("priority DESC"),
            postgresql_where=text("status IN ('open', 'claimed')"),
        ),
        Index("ix_call_tasks_due_at", "due_at", postgresql_using="brin"),
        Index("ix_call_tasks_territory_id_business_date", "territory_id", "business_date"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    territory_id: Mapped[int]
    outlet_id: Mapped[int]
    business_date: Mapped[date]
    due_at: Mapped[datetime]
    priority: Mapped[Decimal]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    available_at: Mapped[datetime]
    claimed_by: Mapped[int | None]
    claimed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason_code: Mapped[str | None]
    comment: Mapped[str | None]
    order_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]


class CallAttempt(Base):
    """One outcome that an operator told of a task. Append-only."""

    __tablename__ = "call_attempts"
    __table_args__ = (Index("ix_call_attempts_told_at", "told_at", postgresql_using="brin"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("call_tasks.id"), index=True)
    operator_id: Mapped[int]
    told_at: Mapped[datetime]
    outcome: Mapped[str]
    reason_code: Mapped[str | None]
    comment: Mapped[str | None]
    call_back_at: Mapped[datetime | None]
    order_id: Mapped[UUID | None]
