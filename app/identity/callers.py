"""From a token's subject to a Caller, as the database has it now."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Unauthenticated
from app.identity import queries
from app.web.access import Caller, CallerKind


async def find_caller(session: AsyncSession, kind: CallerKind, subject: str) -> Caller | None:
    """The caller as it stands now; None where it is unknown, inactive or revoked."""
    match kind:
        case CallerKind.USER:
            return await queries.user_caller(session, int(subject))
        case CallerKind.CLIENT:
            return await queries.client_caller(session, UUID(subject))
        case CallerKind.DEVICE:
            return await queries.device_caller(session, UUID(subject))


async def load_caller(session: AsyncSession, kind: CallerKind, subject: str) -> Caller:
    """The caller as it stands now. Raises Unauthenticated where it is unknown, inactive or revoked."""
    caller = await find_caller(session, kind, subject)
    if caller is None:
        raise Unauthenticated("The account behind this token is no longer active.")
    return caller
