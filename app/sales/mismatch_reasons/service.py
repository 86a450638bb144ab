"""Use cases of reasons: put them, with who changed what, and look them up for what is recorded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.db.upserts import Master, upsert_by_code
from app.ground.web.bodies import said_in_turn
from app.ground.web.upserts import Batch, Upserted
from app.sales.mismatch_reasons import queries
from app.sales.mismatch_reasons.errors import MismatchReasonNotFound
from app.sales.mismatch_reasons.models import MismatchReason
from app.sales.mismatch_reasons.rules import Reason, ReasonUse, reason_after
from app.sales.mismatch_reasons.schemas import MismatchReasonBody

__all__ = ["Reason", "ReasonUse", "find_reason", "reasons_for", "upsert_reasons"]

REASONS = cast(Table, MismatchReason.__table__)


async def reasons_for(session: AsyncSession, codes: Collection[str], use: ReasonUse) -> dict[str, Reason]:
    """Those of the reasons that there are for this use, active or not, by code: one statement, none without codes."""
    return await queries.reasons_by_code(session, codes, use.value) if codes else {}


async def find_reason(session: AsyncSession, code: str) -> MismatchReason:
    """One reason. Raises MismatchReasonNotFound."""
    reason = await queries.reason(session, code)
    if reason is None:
        raise MismatchReasonNotFound
    return reason


async def upsert_reasons(
    session: AsyncSession, rows: Sequence[tuple[str, MismatchReasonBody]], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Make or change reasons by code, by a fixed number of statements; each row's fate, in the order given."""
    batch = Batch(rows)
    members = {code: said_in_turn(bodies) for code, bodies in batch.by_key().items()}
    masters = await upsert_by_code(session, REASONS, members, at, reason_after)
    changes = (
        Change(AuditKind.MISMATCH_REASON, code, _as_told(master.before), _as_told(master.after) or {})
        for code, master in masters.items()
        if isinstance(master, Master)
    )
    await record(session, changes, author, at)
    batch.settle_masters(masters)
    return batch.outcomes()


def _as_told(members: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Members by their names in the API."""
    if members is None:
        return None
    return {"for" if name == "applies_to" else name: value for name, value in members.items()}
