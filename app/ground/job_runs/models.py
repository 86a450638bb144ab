"""The last turns of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class JobRun(Base):
    """One job of the scheduler that led last: a row a job, and none of jobs that there are no longer.

    `started_at` later than `finished_at`: it is at it. `failures`: in a row; `error`: of the last one that failed.
    `says`: what it says of what it looks after.
    """

    __tablename__ = "job_runs"

    job_id: Mapped[str] = mapped_column(primary_key=True)
    every_seconds: Mapped[float]
    wakes: Mapped[bool]
    led_by: Mapped[str]
    led_since: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    failed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    says: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
