"""Use cases of looking at single returns, and of deciding who answers for them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem, Invalid
from app.ground.receipts.forms import RecordKey
from app.ground.receipts.service import filed_under
from app.ground.web.access import Caller
from app.sales.deliveries.service import products_by_code
from app.sales.returns import listings, queries
from app.sales.returns.errors import ReturnNotFound
from app.sales.returns.inserts import insert_decision
from app.sales.returns.listings import ListedReturn
from app.sales.returns.models import ReturnVersion
from app.sales.returns.rules import StandingReturn
from app.sales.returns.service import RECEIPT_KIND
from app.sales.returns.sight import returns_in_sight, returns_to_decide


async def find_return(session: AsyncSession, caller: Caller, return_id: UUID) -> ListedReturn:
    """One return. Raises ReturnNotFound where there is none, or none that the caller may see."""
    return (await _within(session, returns_in_sight(caller), return_id))[1]


async def return_versions(session: AsyncSession, caller: Caller, return_id: UUID) -> Sequence[ReturnVersion]:
    """What a return said before it was corrected, the newest first. Raises ReturnNotFound."""
    key, _ = await _within(session, returns_in_sight(caller), return_id)
    return await listings.versions_of(session, key)


async def decide(
    session: AsyncSession,
    caller: Caller,
    return_id: UUID,
    product_code: str | None,
    word: tuple[str, str],
    at: datetime,
) -> StandingReturn:
    """Keep a person's word on who answers for a return, or one product of it: who does, and the comment.

    The newest word counts, for what it is about. Holds the return's lock. Raises ReturnNotFound, and Invalid for a
    product that does not go back.
    """
    key, _ = await _within(session, returns_to_decide(caller), return_id)
    standing = (await queries.standing_returns(session, [key]))[return_id]
    product_id = None
    if product_code is not None:
        product = (await products_by_code(session, [product_code])).get(product_code)
        if product is None or product.id not in await queries.products_of(session, key):
            problem = FieldProblem("/product_code", "unknown_product", "This return has no line of it.")
            raise Invalid("There is no such line.", errors=[problem])
        product_id = product.id
    await insert_decision(session, standing, product_id, word, caller.actor, at)
    return standing


async def _within(
    session: AsyncSession, sight: Collection[ColumnElement[bool]], return_id: UUID
) -> tuple[RecordKey, ListedReturn]:
    day = await filed_under(session, return_id, RECEIPT_KIND)
    listed = await listings.return_at(session, sight, (day, return_id)) if day else None
    if day is None or listed is None:
        raise ReturnNotFound
    return (day, return_id), listed
