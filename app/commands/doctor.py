"""`fieldproof doctor`."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from app.commands.failures import in_words
from app.diagnosis import database, interpreter, machine
from app.diagnosis.attachments import look_at_attachments
from app.diagnosis.mail import look_at_mail
from app.ground.db.outages import is_outage
from app.ground.findings import Finding, Gravity, wrong
from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.postgres_binaries import ClusterError
from app.ground.settings import Settings
from app.ground.settings_review import review

_WIDTH = 12


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="as JSON, for monitors")] = False) -> None:
    """Say what the service would run on: interpreter, database, settings, disk, clocks, files, mailbox, scheduler.

    It starts and changes nothing, and tells no secret. Where attachments
    are kept outside of the database, it keeps a few bytes for a moment.

    Exit codes: 0 nothing is wrong, whatever there is to be warned of; 1
    something does not work as it is.
    """
    findings = asyncio.run(_all(as_told=not as_json))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    raise typer.Exit(int(any(finding.gravity is Gravity.WRONG for finding in findings)))


async def _all(*, as_told: bool) -> list[Finding]:
    findings = []
    async for finding in _look():
        findings.append(finding)
        if as_told:
            typer.echo(f"{finding.gravity:<8} {finding.subject:<{_WIDTH}} {finding.detail}")
    return findings


async def _look() -> AsyncIterator[Finding]:
    """Everything, what needs least first."""
    for finding in interpreter.look_at_interpreter():
        yield finding
    try:
        settings = Settings()
    except ValidationError as error:
        for line in in_words(error):
            yield wrong("settings", line)
        return
    for finding in (
        *review(settings, os.environ),
        *machine.look_at_secret(settings.home),
        *machine.look_at_disk(settings.home, _data_of(settings)),
        *database.look_at_cluster(settings),
    ):
        yield finding
    async for finding in _look_at_database(settings):
        yield finding
    async for finding in look_at_attachments(settings):
        yield finding
    async for finding in look_at_mail(settings):
        yield finding


def _data_of(settings: Settings) -> Path | None:
    try:
        return Cluster(settings.home).status().data if settings.database_url is None else None
    except ClusterError:  # told with the cluster
        return None


async def _look_at_database(settings: Settings) -> AsyncIterator[Finding]:
    url = database.reachable_url(settings)
    if url is None:
        return
    try:
        async for finding in database.look_at_database(settings, url):
            yield finding
    except Exception as error:
        if not (is_outage(error) or in_words(error)):
            raise
        for line in in_words(error):
            yield wrong("database", line)
