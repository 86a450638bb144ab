"""The epochs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class PositionEpoch(Base):
    """Positions from `number << 40` on, told by one database on one timeline of one cluster.

    `known_to`: all below it had ended, and is in every copy of the database that has this row.
    """

    __tablename__ = "position_epochs"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    system_identifier: Mapped[int] = mapped_column(BigInteger)
    timeline: Mapped[int]
    database_oid: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    known_to: Mapped[int] = mapped_column(BigInteger)
