"""Users, clients and devices for tests, and the tokens that they send."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import CallerKind, Role
from app.masters.identity.models import Client, Device, User, UserTerritory
from app.masters.territories.models import Rep, Territory

_numbers = count(1)


async def make_user(session: AsyncSession, role: Role, *territories: Territory, **fields: Any) -> User:
    """A member of staff who works for `territories`. Its password hash fits no password."""
    user = User(**{"username": f"user{next(_numbers)}", "password_hash": "none", "role": role.value} | fields)
    session.add(user)
    await session.flush()
    session.add_all([UserTerritory(user_id=user.id, territory_id=territory.id) for territory in territories])
    await session.flush()
    return user


async def make_client(session: AsyncSession, *scopes: str) -> Client:
    """An integration client with these scopes. Its secret hash fits no secret."""
    client = Client(id=uuid4(), name=f"client{next(_numbers)}", secret_hash=uuid4().bytes, scopes=list(scopes))
    session.add(client)
    await session.flush()
    return client


async def make_device(session: AsyncSession, rep: Rep, **fields: Any) -> Device:
    """A handheld of `rep`."""
    sound = {
        "id": uuid4(),
        "rep_id": rep.id,
        "model": "Pixel 6",
        "os": "Android 14",
        "app_version": "1.0",
        "enrolled_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    device = Device(**sound | fields)
    session.add(device)
    await session.flush()
    return device


def bearer(app: FastAPI, caller: User | Client | Device) -> dict[str, str]:
    """The headers with which `caller` calls the app."""
    kind = {User: CallerKind.USER, Client: CallerKind.CLIENT, Device: CallerKind.DEVICE}[type(caller)]
    return {"Authorization": f"Bearer {app.state.tokens.issue(kind, caller.id)}"}
