"""Refresh families: one login each, whose refresh tokens follow one another (rotation, 60 s grace, reuse revokes)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import CallerKind
from app.masters.identity import queries
from app.masters.identity.models import RefreshFamily
from app.masters.identity.queries import find_caller
from app.masters.identity.rules import FamilyState, PresentedToken, RefreshVerdict, judge_refresh
from app.masters.identity.tokens import AccessTokens, RefreshTokenName, read_refresh_token, refresh_token, token_hash


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What a caller goes on with. Integration clients get no refresh token: their secret is one."""

    access_token: str
    expires_in_seconds: int
    refresh_token: str | None = None
    scope: str | None = None


class TokenIssuer:
    """Opens, continues and ends refresh families. Writes in the session that it is given; the caller commits."""

    def __init__(self, access: AccessTokens, signing_key: bytes, refresh_lifetime: timedelta) -> None:
        self.access = access
        self.signing_key = signing_key
        self.refresh_lifetime = refresh_lifetime

    def issue(
        self, kind: CallerKind, subject: int | UUID, *, refresh_token: str | None = None, scope: str | None = None
    ) -> IssuedTokens:
        """An access token, with what goes with it."""
        seconds = int(self.access.lifetime.total_seconds())
        return IssuedTokens(self.access.issue(kind, subject), seconds, refresh_token, scope)

    async def open_family(
        self, session: AsyncSession, at: datetime, *, user_id: int | None = None, device_id: UUID | None = None
    ) -> IssuedTokens:
        """Begin a login of a user or a device (one of the two)."""
        kind, subject = _subject(user_id, device_id)
        family_id = uuid4()
        token = refresh_token(self.signing_key, family_id, 0)
        session.add(
            RefreshFamily(
                id=family_id,
                subject_kind=kind.value,
                user_id=user_id,
                device_id=device_id,
                generation=0,
                token_hash=token_hash(token),
                rotated_at=at,
                created_at=at,
                expires_at=at + self.refresh_lifetime,
            )
        )
        await session.flush()
        return self.issue(kind, subject, refresh_token=token)

    async def refresh(self, session: AsyncSession, token: str, at: datetime) -> IssuedTokens | None:
        """The successor of a refresh token, or None where it is no longer good.

        None, not an error: a reuse revokes the family, and that must be committed although the answer is a refusal.
        Requests with the same token take turns at the family's row, so that all get the same successor.
        """
        name = read_refresh_token(self.signing_key, token)
        family = None if name is None else await queries.lock_family(session, name.family_id)
        if name is None or family is None:
            return None
        state = FamilyState(family.rotated_at, family.expires_at, family.revoked_at is not None)
        verdict = judge_refresh(_presented(token, name, family), state, at)
        if verdict is RefreshVerdict.REUSED:
            _revoke(family, at, "reused")
        if verdict in {RefreshVerdict.REUSED, RefreshVerdict.ENDED}:
            return None
        kind, subject = _subject(family.user_id, family.device_id)
        if await find_caller(session, kind, str(subject)) is None:
            _revoke(family, at, "inactive")
            return None
        if verdict is RefreshVerdict.ROTATE:
            self._rotate(family, at)
        newest = refresh_token(self.signing_key, family.id, family.generation)
        return self.issue(kind, subject, refresh_token=newest)

    async def end(self, session: AsyncSession, token: str, at: datetime) -> None:
        """Log out: revoke the family of a refresh token that we issued, whichever of the family's it is."""
        name = read_refresh_token(self.signing_key, token)
        family = None if name is None else await queries.lock_family(session, name.family_id)
        if name is None or family is None or family.revoked_at is not None:
            return
        standing = _presented(token, name, family)
        if standing.is_newest or standing.is_previous or standing.is_ours:
            _revoke(family, at, "logout")

    def _rotate(self, family: RefreshFamily, at: datetime) -> None:
        successor = refresh_token(self.signing_key, family.id, family.generation + 1)
        family.previous_hash, family.token_hash = family.token_hash, token_hash(successor)
        family.generation += 1
        family.rotated_at = at
        family.expires_at = at + self.refresh_lifetime


def _presented(token: str, name: RefreshTokenName, family: RefreshFamily) -> PresentedToken:
    # By hash, not by generation: so the newest token of a family outlives a change of the signing key.
    digest = token_hash(token)
    return PresentedToken(
        is_newest=hmac.compare_digest(digest, family.token_hash),
        is_previous=hmac.compare_digest(digest, family.previous_hash or b""),
        is_ours=name.ours,
    )


def _subject(user_id: int | None, device_id: UUID | None) -> tuple[CallerKind, int | UUID]:
    if user_id is not None:
        return CallerKind.USER, user_id
    if device_id is not None:
        return CallerKind.DEVICE, device_id
    raise ValueError("a refresh family is a user's or a device's")


def _revoke(family: RefreshFamily, at: datetime, because: str) -> None:
    family.revoked_at, family.revoked_because = at, because
