"""The catalogue of reasons."""

from sqlalchemy import Identity
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base, Versioned


class MismatchReason(Versioned, Base):
    """A reason, and who answers by default. `applies_to`: `delivery` or `return`, for good."""

    __tablename__ = "mismatch_reasons"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    answered_by: Mapped[str]
    applies_to: Mapped[str]
    active: Mapped[bool]
