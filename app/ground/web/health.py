"""Is the process alive, can it serve, what does it measure."""

from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy import text

from app.ground.db.session import Database
from app.ground.errors import Unavailable
from app.ground.web.access import public
from app.ground.web.problems import is_outage, problems

log = structlog.get_logger()
router = APIRouter(tags=["health"], dependencies=[public])


class HealthAnswer(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field(default="ok", examples=["ok"])


class ReadinessAnswer(BaseModel):
    """The process can serve."""

    status: Literal["ready"] = Field(default="ready", examples=["ready"])
    schema_revision: str = Field(description="the newest migration that the database has", examples=["0002"])


@router.get("/healthz", operation_id="healthz", summary="Is the process alive?")
async def healthz() -> HealthAnswer:
    """Answers without touching the database: for restarts."""
    return HealthAnswer()


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Can the process serve?",
    responses=problems(503),
)
async def readyz(request: Request) -> ReadinessAnswer:
    """Asks the database: for load balancers."""
    database: Database = request.app.state.database
    try:
        async with database.single_statement() as session:
            revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except Exception as error:
        # whatever keeps the database from answering keeps this process from serving
        if not is_outage(error):
            log.exception("not_ready", exc_info=error)
        raise Unavailable("The database does not answer.") from error
    return ReadinessAnswer(schema_revision=str(revision))


@router.get("/metrics", operation_id="metrics", summary="Prometheus metrics", response_class=Response)
async def metrics() -> Response:
    """The process's counters and histograms, in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
