"""Browsers without a browser: the cookie of a login, and the token that its forms bring along."""

from datetime import datetime

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.console.sessions import BrowserSessions
from app.ground import clock
from app.ground.db.session import Database
from app.masters.identity.models import User


async def log_in(session: AsyncSession, app: FastAPI, user: User | int, at: datetime | None = None) -> dict[str, str]:
    """The cookies of a browser with which a member of staff has signed in; commit or flush happens here."""
    user_id = user if isinstance(user, int) else user.id
    tokens = await app.state.issuer.open_family(session, at or clock.now(), user_id=user_id)
    await session.flush()
    return {"fieldproof": sessions_of(app).cookie(app.state.tokens.read(tokens.access_token))}


async def cookies_of(database: Database, app: FastAPI, name: str) -> dict[str, str]:
    """The cookies of a browser with which this member of staff has signed in now."""
    async with database.transaction() as session:
        user_id = await session.scalar(select(User.id).where(User.username == name))
        assert user_id is not None
        return await log_in(session, app, user_id)


def forgery_token(app: FastAPI, cookies: dict[str, str]) -> str:
    """What a form of this browser brings along."""
    claims = sessions_of(app)._tokens.read(cookies["fieldproof"])
    return sessions_of(app).forgery_token(str(claims.login))


def sessions_of(app: FastAPI) -> BrowserSessions:
    sessions: BrowserSessions = app.state.console.state.sessions
    return sessions
