"""All SQL of reasons but for their upsert."""

from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, maker_of
from app.sales.mismatch_reasons.models import MismatchReason
from app.sales.mismatch_reasons.rules import Reason

_BY_CODE = DirectStatement(
    select(MismatchReason.code, MismatchReason.answered_by, MismatchReason.active).where(
        MismatchReason.code == any_(bindparam("codes", type_=ARRAY(Text))),
        MismatchReason.applies_to == bindparam("applies_to", type_=Text()),
    )
)
_reason = maker_of(Reason)


async def reasons_by_code(session: AsyncSession, codes: Collection[str], applies_to: str) -> dict[str, Reason]:
    """Those of the reasons that there are for this use, active or not."""
    rows = await _BY_CODE.rows(session, {"codes": list(codes), "applies_to": applies_to})
    return {row["code"]: _reason(row) for row in rows}


async def reason(session: AsyncSession, code: str) -> MismatchReason | None:
    """A reason, read anew."""
    query = select(MismatchReason).where(MismatchReason.code == code).execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def reason_page(
    session: AsyncSession, after: str | None, limit: int, *, applies_to: str | None, active: bool | None
) -> Sequence[MismatchReason]:
    """Reasons after a code, one more than `limit`."""
    query = select(MismatchReason).order_by(MismatchReason.code).limit(limit + 1)
    if applies_to is not None:
        query = query.where(MismatchReason.applies_to == applies_to)
    if active is not None:
        query = query.where(MismatchReason.active.is_(active))
    if after is not None:
        query = query.where(MismatchReason.code > after)
    return (await session.scalars(query)).all()
