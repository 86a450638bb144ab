"""Second factors for tests, and the codes that an authenticator shows."""

from datetime import datetime, timedelta

import pyotp
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.masters.identity.models import SecondFactor, User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def make_second_factor(
    session: AsyncSession, app: FastAPI, user: User, *recovery_hashes: bytes, confirmed: bool = True
) -> SecondFactor:
    """A user's second factor: the authenticator knows SECRET, and has shown no code yet."""
    at = clock.now()
    factor = SecondFactor(
        user_id=user.id,
        sealed_secret=app.state.issuer.seal.seal(user.id, SECRET),
        begun_at=at,
        confirmed_at=at if confirmed else None,
        last_step=0,
        recovery_hashes=list(recovery_hashes),
    )
    session.add(factor)
    await session.flush()
    return factor


def code_at(at: datetime | None = None, secret: str = SECRET, *, seconds: int = 0) -> str:
    """What the authenticator shows at a moment (now), or so many seconds after it."""
    return pyotp.TOTP(secret).at((at or clock.now()) + timedelta(seconds=seconds))


def wrong_code(secret: str = SECRET) -> str:
    """Six digits that are no code of the next minutes or the last."""
    near = {code_at(secret=secret, seconds=30 * step) for step in range(-20, 21)}
    return next(digits for digits in (f"{number:06}" for number in range(100)) if digits not in near)
