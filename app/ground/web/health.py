"""Is the process alive, can it serve, what does it measure."""

import asyncio
from datetime import datetime
from hmac import compare_digest
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic import BaseModel, ConfigDict, Field

from app.ground.errors import Unauthenticated, Unavailable
from app.ground.web.access import public
from app.ground.web.dependencies import AppSettings
from app.ground.web.problems import problems
from app.ground.web.readiness import CheckStatus, Readiness
from app.ground.web.requests import StrictRoute

router = APIRouter(tags=["health"], dependencies=[public], route_class=StrictRoute)


class HealthAnswer(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field(default="ok", examples=["ok"])


class CheckAnswer(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(from_attributes=True)

    status: CheckStatus = Field(description="only `failed` keeps the process from serving", examples=["ok"])
    detail: str = Field(description="a sentence, for people", examples=["A scheduler leads."])


class ChecksAnswer(BaseModel):
    """All that was looked at. `scheduler` and `closing` concern the service as a whole, and never take a host out."""

    model_config = ConfigDict(from_attributes=True)

    database: CheckAnswer = Field(description="whether it answers")
    schema_: CheckAnswer = Field(
        alias="schema",
        validation_alias="schema",
        description="whether its revision is the one that the code works with",
    )
    scheduler: CheckAnswer = Field(description="whether somebody leads: closes days, reads mails, makes plans")
    closing: CheckAnswer = Field(description="whether all days are closed whose cutoff passed some minutes ago")


class ReadinessAnswer(BaseModel):
    """The process can serve."""

    status: Literal["ready"] = Field(default="ready", examples=["ready"])
    schema_revision: str = Field(description="the newest migration that the database has", examples=["0002"])
    checks: ChecksAnswer
    overdue_days: int = Field(description="days past their cutoff that are not closed", examples=[0])
    overdue_since: datetime | None = Field(description="the earliest of their cutoffs", examples=[None])


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
    """Asks the database, within two seconds: for load balancers.

    503 is answered for what keeps this process from serving: no database, or one whose schema is older or newer than
    the code. That nobody leads, or that days are not closed, is told in `checks`, and by metrics.
    """
    readiness: Readiness = request.app.state.readiness
    findings = await readiness.find()
    checks = ChecksAnswer.model_validate(findings)
    if (failed := findings.failed) is not None:
        raise Unavailable(failed.detail, checks=checks.model_dump(mode="json", by_alias=True))
    return ReadinessAnswer(
        schema_revision=str(findings.schema_revision),
        checks=checks,
        overdue_days=len(findings.overdue),
        overdue_since=min(findings.overdue, default=None),
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses=problems(401),
)
async def metrics(request: Request, settings: AppSettings) -> Response:
    """The counters and histograms of all workers, in Prometheus' text format; the scheduler serves its own.

    Where FIELDPROOF_METRICS_TOKEN is set, it has to come as a bearer token.
    """
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    sent = request.headers.get("authorization", "")
    if token and not compare_digest(sent.encode(), f"Bearer {token}".encode()):
        raise Unauthenticated("Send the token of FIELDPROOF_METRICS_TOKEN: Authorization: Bearer …")
    readiness: Readiness = request.app.state.readiness
    await readiness.find()  # what it finds is measured
    return Response(await asyncio.to_thread(_exposition), media_type=CONTENT_TYPE_LATEST)


def _exposition() -> bytes:
    """What this process has counted; where there are several workers, what all have."""
    if values.ValueClass._multiprocess:  # noqa: SLF001 # the library's own way to know
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()
