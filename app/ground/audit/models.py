"""The audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class AuditEntry(Base):
    """One change of one record. Append-only.

    `before` and `after` have the members that changed, and nothing else; `before` is null for a record that was made.
    Of one record the ids are in the order of its changes: who writes them holds the record's lock.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_kind_code_at", "kind", "code", "at"),
        Index("ix_audit_entries_actor_at", "actor", "at"),
        Index("ix_audit_entries_at", "at"),
        # who was where: asked by each closing, and by the KPIs of a period
        Index(
            "ix_audit_entries_places",
            "at",
            postgresql_where=text("before ?| ARRAY['active', 'territory_code']"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_id: Mapped[str | None]
    channel: Mapped[str]
    kind: Mapped[str]
    code: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str | None]
