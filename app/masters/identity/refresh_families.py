"""Refresh families: one login each, whose refresh tokens follow one another (rotation, repetition, reuse revokes)."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.events import service as events
from app.ground.web.access import CallerKind
from app.masters.identity import family_queries
from app.masters.identity.models import RefreshFamily
from app.masters.identity.queries import find_caller
from app.masters.identity.rules import (
    FamilyState,
    LoginDoor,
    PresentedToken,
    RefreshVerdict,
    judge_refresh,
    program_name,
)
from app.masters.identity.secret_seal import SecretSeal
from app.masters.identity.tokens import AccessTokens, RefreshTokenName, read_refresh_token, refresh_token, token_hash

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What a caller goes on with. Integration clients get no refresh token: their secret is one."""

    access_token: str
    expires_in_seconds: int
    refresh_token: str | None = None
    scope: str | None = None
    login_id: UUID | None = None
    user_id: int | None = None
    """Of a member of staff's login."""


class TokenIssuer:
    """Opens, continues and ends refresh families. Writes in the session that it is given; the caller commits."""

    def __init__(
        self,
        access: AccessTokens,
        signing_key: bytes,
        refresh_lifetime: timedelta,
        previous_keys: Sequence[bytes] = (),
    ) -> None:
        self.access = access
        self.signing_key = signing_key
        self.signing_keys = (signing_key, *previous_keys)
        self.seal = SecretSeal(self.signing_keys)
        self.refresh_lifetime = refresh_lifetime

    def issue_to_client(self, client_id: UUID, granted: Collection[str], asked: Collection[str] | None) -> IssuedTokens:
        """An access token for all that was granted to a client, or for what it asks of that."""
        token = self.access.issue(CallerKind.CLIENT, client_id, scope=asked)
        return IssuedTokens(token, self._seconds, scope=" ".join(sorted(granted if asked is None else asked)))

    def _issue(self, family: RefreshFamily) -> IssuedTokens:
        """An access token of a login, and the login's newest refresh token."""
        kind, subject = _subject(family.user_id, family.device_id)
        newest = refresh_token(self.signing_key, family.id, family.generation)
        return IssuedTokens(
            self.access.issue(kind, subject, login=family.id),
            self._seconds,
            newest,
            login_id=family.id,
            user_id=family.user_id,
        )

    @property
    def _seconds(self) -> int:
        return int(self.access.lifetime.total_seconds())

    async def open_family(
        self,
        session: AsyncSession,
        at: datetime,
        *,
        user_id: int | None = None,
        device_id: UUID | None = None,
        door: LoginDoor = LoginDoor.API,
        user_agent: str | None = None,
        by_provider: bool = False,
    ) -> IssuedTokens:
        """Begin a login of a user or a device (one of the two), by a door and with a program (its `User-Agent`).

        `by_provider`: an organisation's provider of sign-ins said who that is.
        """
        kind, _ = _subject(user_id, device_id)
        family_id = uuid4()
        family = RefreshFamily(
            id=family_id,
            subject_kind=kind.value,
            user_id=user_id,
            device_id=device_id,
            door=door.value,
            user_agent=program_name(user_agent),
            last_used_at=None if user_id is None else at,
            by_provider=by_provider,
            generation=0,
            token_hash=token_hash(refresh_token(self.signing_key, family_id, 0)),
            rotated_at=at,
            created_at=at,
            expires_at=at + self.refresh_lifetime,
        )
        session.add(family)
        await session.flush()
        return self._issue(family)

    async def refresh(self, session: AsyncSession, token: str, at: datetime) -> IssuedTokens | None:
        """The successor of a refresh token, or None where it is no longer good.

        None, not an error: a reuse revokes the family, and that must be committed although the answer is a refusal.
        Requests with the same token take turns at the family's row, so that all get the same successor.
        """
        name = self._read(token)
        family = None if name is None else await family_queries.lock_family(session, name.family_id)
        if name is None or family is None:
            return None
        state = FamilyState(family.expires_at, family.revoked_at is not None)
        verdict = judge_refresh(_presented(token, name, family), state, at)
        if verdict is RefreshVerdict.REUSED:
            _revoke(family, at, "reused")
            await _tell_of_reuse(session, family, at)
        if verdict in {RefreshVerdict.REUSED, RefreshVerdict.ENDED}:
            return None
        kind, subject = _subject(family.user_id, family.device_id)
        if await find_caller(session, kind, str(subject)) is None:
            _revoke(family, at, "inactive")
            return None
        if verdict is RefreshVerdict.ROTATE:
            self._rotate(family, at)
        if family.user_id is not None:
            family.last_used_at = at
        return self._issue(family)

    async def end(self, session: AsyncSession, token: str, at: datetime) -> None:
        """Log out: revoke the family of a refresh token that we issued, whichever of the family's it is."""
        name = self._read(token)
        family = None if name is None else await family_queries.lock_family(session, name.family_id)
        if name is None or family is None or family.revoked_at is not None:
            return
        standing = _presented(token, name, family)
        if standing.is_newest or standing.is_previous or standing.is_ours:
            _revoke(family, at, "logout")

    def _read(self, token: str) -> RefreshTokenName | None:
        """What a token says of itself, by the key that made it where that is one of ours."""
        names = [read_refresh_token(key, token) for key in self.signing_keys]
        return next((name for name in names if name and name.ours), names[0])

    def _rotate(self, family: RefreshFamily, at: datetime) -> None:
        successor = refresh_token(self.signing_key, family.id, family.generation + 1)
        family.previous_hash, family.token_hash = family.token_hash, token_hash(successor)
        family.generation += 1
        family.rotated_at = at
        family.expires_at = at + self.refresh_lifetime


def _presented(token: str, name: RefreshTokenName, family: RefreshFamily) -> PresentedToken:
    # By hash too: so the newest token of a family outlives a change of the signing key without an overlap. By
    # generation where it is ours: what is told again after such a change is derived by the other key.
    digest = token_hash(token)
    generation = name.generation if name.ours else None
    is_newest = hmac.compare_digest(digest, family.token_hash) or generation == family.generation
    return PresentedToken(
        is_newest=is_newest,
        is_previous=hmac.compare_digest(digest, family.previous_hash or b"") or generation == family.generation - 1,
        is_ours=name.ours,
    )


async def _tell_of_reuse(session: AsyncSession, family: RefreshFamily, at: datetime) -> None:
    """A refresh token came again after its successor was used: two have it, and one of them has stolen it."""
    owner = await family_queries.owner_of(session, family)
    log.warning("refresh_token_reused", login=str(family.id), owner=owner.name, device_id=owner.device_id)
    payload = {"login_id": str(family.id), "owner": owner.name, "device_id": owner.device_id}
    await events.record(session, "refresh_token.reused", owner.territory_id, payload, at)


def _subject(user_id: int | None, device_id: UUID | None) -> tuple[CallerKind, int | UUID]:
    if user_id is not None:
        return CallerKind.USER, user_id
    if device_id is not None:
        return CallerKind.DEVICE, device_id
    raise ValueError("a refresh family is a user's or a device's")


def _revoke(family: RefreshFamily, at: datetime, because: str) -> None:
    family.revoked_at, family.revoked_because = at, because
