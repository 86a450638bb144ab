"""Which account at the organisation's provider is whose here (decision 79)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditChannel, AuditKind, Change, ChangeAuthor, record
from app.ground.web.access import CallerKind
from app.masters.identity import family_queries
from app.masters.identity import oidc_queries as queries
from app.masters.identity.rules import OIDC_ALLOWED_FOR, OidcState
from app.masters.identity.sign_ins import OidcClaims


async def user_of(session: AsyncSession, claims: OidcClaims, at: datetime) -> int | None:
    """Who has signed in: the active user who is bound to the account, or is bound to it now; None: nobody.

    Held until the transaction ends. Nobody is made, and nobody is taken over: by a name alone an account is bound but
    once, to a user of whom an admin has said so of late.
    """
    user_id = await queries.hold_bound_user(session, claims.issuer, claims.subject)
    if user_id is not None or claims.username is None:
        return user_id
    allowed_since = at - OIDC_ALLOWED_FOR
    user_id = await queries.bind(session, claims.username, claims.issuer, claims.subject, at, allowed_since)
    if user_id is None:  # or it was bound at this very moment, by the same account in another window
        return await queries.hold_bound_user(session, claims.issuer, claims.subject)
    author = ChangeAuthor(f"{CallerKind.USER}:{claims.username}", AuditChannel.API, str(user_id))
    change = Change(AuditKind.USER, claims.username, {"oidc": OidcState.ON}, {"oidc": OidcState.BOUND})
    await record(session, [change], author, at)
    return user_id


async def switch(session: AsyncSession, user_id: int, *, on: bool, at: datetime) -> None:
    """Let a user sign in by the provider, or no more: then every login of that user ends."""
    if on:
        await queries.allow(session, user_id, at)
    elif await queries.forbid(session, user_id):
        await family_queries.revoke_families(session, "oidc_off", at, user_id=user_id)
