"""A user's second factor: set up, asked for, removed (decision 78)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, record
from app.ground.errors import FieldProblem, Invalid, NotFound
from app.ground.web.access import Caller, CallerKind
from app.masters.identity import family_queries, login_queries, staff_queries
from app.masters.identity import second_factor_queries as queries
from app.masters.identity.errors import OwnSecondFactor, SecondFactorExists, SecondFactorNotBegun
from app.masters.identity.login_pace import Attempt
from app.masters.identity.one_time_codes import (
    SET_UP_WITHIN,
    RecoveryCode,
    TimeCode,
    new_recovery_codes,
    new_secret,
    read_code,
    recovery_hash,
    setup_uri,
    step_of,
)
from app.masters.identity.rules import normal_username
from app.masters.identity.second_factor_queries import StoredFactor
from app.masters.identity.secret_seal import SecretSeal

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether a user has a second factor, since when, and how many recovery codes are left."""

    confirmed_at: datetime | None = None
    recovery_codes: int = 0


async def state_of(session: AsyncSession, user_id: int) -> FactorState:
    """How a user's second factor stands."""
    factor = await queries.stored_factor(session, user_id)
    if factor is None or factor.confirmed_at is None:
        return FactorState()
    return FactorState(factor.confirmed_at, factor.recovery_codes)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to be put into an authenticator, by hand or as a QR code."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def begin(session: AsyncSession, seal: SecretSeal, caller: Caller, at: datetime) -> NewSecret:
    """Draw a secret, which holds once it is confirmed; whoever calls this has asked for the password.

    Raises SecondFactorExists.
    """
    user_id, secret = caller.user_id or 0, new_secret()
    if not await queries.begin(session, user_id, seal.seal(user_id, secret), at):
        raise SecondFactorExists("Remove the one that you have first.")
    return NewSecret(secret, setup_uri(secret, caller.name))


async def confirm(
    session: AsyncSession, seal: SecretSeal, caller: Caller, code: str, author: ChangeAuthor, at: datetime
) -> list[str]:
    """Let the second factor hold that was begun, by a code of it; the recovery codes, which can be told only now.

    Every other login of the user ends: none stands that was opened with the password alone, but for this one, which has
    shown a code. Raises SecondFactorNotBegun, and Invalid for a wrong code.
    """
    user_id = caller.user_id or 0
    await staff_queries.lock_account(session, user_id)
    factor = await queries.stored_factor(session, user_id)
    secret = None if factor is None else seal.open(user_id, factor.sealed_secret)
    if factor is None or secret is None or factor.begun_at <= at - SET_UP_WITHIN:
        raise SecondFactorNotBegun("Begin anew.")
    typed = read_code(code)
    step = step_of(secret.text, typed, at) if isinstance(typed, TimeCode) else None
    if step is None:
        problem = FieldProblem("/code", "wrong", "Type the six digits that the authenticator shows now.")
        raise Invalid("The code is wrong. Is the phone's clock right?", errors=[problem])
    codes = new_recovery_codes()
    hashes = [_hash_of(user_id, code) for code in codes]
    if not await queries.confirm(session, factor, step, hashes, at):
        raise SecondFactorNotBegun("It is set up already.")
    because = "second_factor_set_up"
    await family_queries.revoke_families(session, because, at, user_id=user_id, but=caller.login_id)
    await _record(session, caller.name, author, at, holds=True)
    return codes


def _hash_of(user_id: int, code: str) -> bytes:
    typed = read_code(code)
    if not isinstance(typed, RecoveryCode):
        raise TypeError("a recovery code that is none")
    return recovery_hash(user_id, typed)


class FactorVerdict(Enum):
    """What a login is by its second factor."""

    NONE_SET_UP = auto()
    RIGHT = auto()
    MISSING = auto()
    WRONG = auto()
    TOO_MANY = auto()


async def judge(
    session: AsyncSession, seal: SecretSeal, user_id: int, typed: str | None, attempt: Attempt, at: datetime
) -> FactorVerdict:
    """Whether what was typed is a code of a user's second factor, which is used by that.

    A code by time is counted before it is looked at, and taken back where it is right: the caller commits, whatever
    comes of it. Recovery codes are not: nobody guesses 80 bits, and who is kept waiting by others has them still.
    """
    factor = await queries.stored_factor(session, user_id)
    if factor is None or factor.confirmed_at is None:
        return FactorVerdict.NONE_SET_UP
    match read_code(typed or ""):
        case None if not (typed or "").strip():
            return FactorVerdict.MISSING
        case RecoveryCode() as code:
            if await queries.use_recovery_code(session, user_id, recovery_hash(user_id, code)):
                log.info("recovery_code_used", user_id=user_id, left=factor.recovery_codes - 1)
                return FactorVerdict.RIGHT
        case TimeCode() as code:
            if not await login_queries.count_code(session, attempt, at):
                log.warning("second_factor_guessed", user_id=user_id)
                return FactorVerdict.TOO_MANY
            if await _use(session, seal, factor, code, at):
                await login_queries.take_code_back(session, attempt, at)
                return FactorVerdict.RIGHT
    return FactorVerdict.WRONG


async def _use(session: AsyncSession, seal: SecretSeal, factor: StoredFactor, code: TimeCode, at: datetime) -> bool:
    secret = seal.open(factor.user_id, factor.sealed_secret)
    if secret is None:
        log.warning("second_factor_unreadable", user_id=factor.user_id)
        return False
    step = step_of(secret.text, code, at)
    if step is None or not await queries.use_step(session, factor.user_id, step):
        return False
    if not secret.by_newest:
        await queries.replace_sealed(session, {factor.user_id: seal.seal(factor.user_id, secret.text)})
    return True


async def remove(session: AsyncSession, user_id: int, username: str, author: ChangeAuthor, at: datetime) -> None:
    """Take a user's second factor away; no error where there is none. Whoever calls this has asked for a code."""
    await staff_queries.lock_account(session, user_id)
    if await queries.remove(session, user_id):
        await _record(session, username, author, at, holds=False)


async def remove_of(session: AsyncSession, username: str, author: ChangeAuthor, at: datetime) -> None:
    """Take somebody else's second factor away, who has lost it. Raises NotFound, and OwnSecondFactor."""
    user = await staff_queries.lock_user(session, normal_username(username))
    if user is None:
        raise NotFound("No such user.")
    if author.actor == f"{CallerKind.USER}:{user.username}":
        raise OwnSecondFactor("Remove your own with your password and a code.")
    await remove(session, user.id, user.username, author, at)


async def _record(session: AsyncSession, username: str, author: ChangeAuthor, at: datetime, *, holds: bool) -> None:
    change = Change(AuditKind.USER, username, {"second_factor": not holds}, {"second_factor": holds})
    await record(session, [change], author, at)


async def seal_anew(session: AsyncSession, seal: SecretSeal) -> int:
    """Seal under the newest signing key whatever an earlier one sealed; answers how many. Two statements at most.

    After that the earlier key is needed for them no more.
    """
    secrets = {user_id: seal.open(user_id, sealed) for user_id, sealed in (await queries.lock_sealed(session)).items()}
    resealed = {
        user_id: seal.seal(user_id, secret.text)
        for user_id, secret in secrets.items()
        if secret is not None and not secret.by_newest
    }
    if resealed:
        await queries.replace_sealed(session, resealed)
    return len(resealed)
