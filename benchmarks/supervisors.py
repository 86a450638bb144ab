"""Supervisors who look at the console in the benchmarks, each signed in."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import insert, select

from app.doors.console.sessions import BrowserSessions
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.masters.identity.models import User, UserTerritory
from app.masters.identity.refresh_families import TokenIssuer
from app.masters.identity.tokens import AccessTokens
from app.masters.territories.models import Territory

COOKIE = "fieldproof"


async def sign_in_supervisors(database: Database, settings: Settings, territory_codes: Sequence[str]) -> list[str]:
    """A supervisor of each of these territories, of one that is named twice two; their cookies, in the same order."""
    access = AccessTokens(settings.signing_key, timedelta(minutes=settings.access_token_minutes))
    issuer = TokenIssuer(access, settings.signing_key, timedelta(days=settings.refresh_token_days))
    sessions = BrowserSessions(settings.signing_key)
    names = [f"{code.lower()}-looking-{number}" for number, code in enumerate(territory_codes)]
    users = insert(User).returning(User.id, sort_by_parameter_order=True)
    rows = [{"username": name, "password_hash": "-", "role": Role.SUPERVISOR} for name in names]
    async with database.transaction() as session:
        user_ids = (await session.scalars(users, rows)).all()
        territories = await session.execute(
            select(Territory.code, Territory.id).where(Territory.code.in_(territory_codes))
        )
        by_code = {territory.code: territory.id for territory in territories}
        sights = [
            {"user_id": user_id, "territory_id": by_code[code]}
            for user_id, code in zip(user_ids, territory_codes, strict=True)
        ]
        await session.execute(insert(UserTerritory), sights)
        logins = [await issuer.open_family(session, clock.now(), user_id=user_id) for user_id in user_ids]
    return [sessions.cookie(access.read(login.access_token)) for login in logins]
