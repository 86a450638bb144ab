"""create_app(): routers, lifespan, error handlers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, FastAPI

from app.db.session import Database
from app.identity.authenticator import Authenticator
from app.identity.tokens import AccessTokens
from app.settings import Settings
from app.web import health, problems
from app.web.middleware import RequestEnvelope

ROUTERS: tuple[APIRouter, ...] = (health.router,)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The API over `database`. The app closes the database when it shuts down."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(
        title="Fieldproof",
        version="1",
        summary="The backend that field sales teams run on.",
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.tokens = AccessTokens(settings.signing_key, timedelta(minutes=settings.access_token_minutes))
    app.state.authenticate = Authenticator(app.state.tokens, database, settings.principal_cache_seconds)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(RequestEnvelope, settings=settings)
    return app
