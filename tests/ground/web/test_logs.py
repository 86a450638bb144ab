"""Log lines: JSON, with the request's id, and without secrets."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.settings import Settings
from app.ground.web import logs
from app.ground.web.access import Role
from app.ground.web.log_output import LineOutput
from app.masters.identity import service
from tests.factories.identity import bearer, make_user

VALUE = 123456789
PATIENCE = 10.0
PASSWORD = "correct horse battery"


def lines_lost() -> float:
    return REGISTRY.get_sample_value("fieldproof_log_lines_lost_total") or 0


@contextmanager
def configured(settings: Settings, **changed: str) -> Iterator[None]:
    """Within the block logs are written as in production. Enter it in the test itself, which owns standard error."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    output = LineOutput(sys.stderr.fileno())
    logs.configure(settings.model_copy(update={"log_level": "debug"} | changed), output)
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield
        output.flush(PATIENCE)
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


async def test_a_request_is_one_json_line_with_its_id(
    settings: Settings, api: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    with configured(settings):
        answer = await api.get("/v1/nothing?token=hidden", headers={"X-Request-ID": "abcdefgh-1"})
    [line] = [line for line in lines(capfd) if line["event"] == "request"]
    assert answer.headers["x-request-id"] == line["request_id"] == "abcdefgh-1"
    assert (line["route"], line["path"], line["status"], line["level"]) == ("unmatched", "/v1/nothing", 404, "info")


async def test_no_secret_that_passes_through_shows_in_the_log(
    settings: Settings,
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = await make_user(session, Role.ADMIN)
    await service.create_user(session, "root", PASSWORD, Role.ADMIN, [])
    form = {"grant_type": "password", "username": "root", "password": PASSWORD}
    with configured(settings):
        tokens = (await api.post("/v1/auth/token", data=form)).json()
        await api.post("/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
        made = await api.post(
            "/v1/clients", json={"name": "erp", "scopes": ["orders:read"]}, headers=bearer(app, admin)
        )
        await api.get(f"/v1/users?cursor={tokens['access_token']}", headers=bearer(app, admin))

        async def fail(*_: object, **__: object) -> None:
            hidden = PASSWORD
            raise RuntimeError(f"Bearer {tokens['access_token']}" if hidden else "")

        monkeypatch.setattr(service, "create_client", fail)
        await api.post("/v1/clients", json={"name": "two", "scopes": ["orders:read"]}, headers=bearer(app, admin))
    logged = capfd.readouterr().err
    assert "RuntimeError" in logged
    secrets = [PASSWORD, tokens["access_token"], tokens["refresh_token"], made.json()["client_secret"]]
    assert not [secret for secret in secrets if secret in logged]
    assert bearer(app, admin)["Authorization"] not in logged


async def test_a_database_error_shows_its_statement_without_its_values(
    settings: Settings, session: AsyncSession, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DBAPIError) as failed:
        await session.execute(text("SELECT :value / 0"), {"value": VALUE})
    with configured(settings):
        structlog.get_logger().error("failed", exc_info=failed.value)
    [line] = [line for line in lines(capfd) if line["event"] == "failed"]
    assert "SELECT" in line["exception"]
    assert str(VALUE) not in line["exception"]


def test_what_stands_under_a_telling_key_is_redacted_at_any_depth() -> None:
    event = {"event": "x", "form": {"new_password": "p", "inner": [{"client_secret": "s", "name": "erp"}]}}
    redacted = logs.redact(None, "", event)
    assert redacted == {
        "event": "x",
        "form": {"new_password": "[redacted]", "inner": [{"client_secret": "[redacted]", "name": "erp"}]},
    }


@pytest.mark.parametrize(
    "message",
    ["Authorization: Bearer abc.def-ghi", "postgresql://user:pass@host/db", "got eyJhbGciOi.eyJzdWIi.sig-na_ture"],
)
def test_a_credential_within_a_text_is_redacted(message: str) -> None:
    shown = str(logs.redact(None, "", {"event": message}))
    assert "[redacted]" in shown
    assert not [part for part in ("abc.def", "pass@", "eyJzdWIi") if part in shown]


def test_the_standard_librarys_loggers_write_the_same_lines(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with configured(settings):
        logging.getLogger("uvicorn.error").warning("a %s warning", "plain")
        logging.getLogger("python_multipart.multipart").debug("a form field")
        logging.getLogger("sqlalchemy.engine").info("a statement with its parameters")
    [line] = lines(capfd)
    assert (line["event"], line["level"], line["logger"]) == ("a plain warning", "warning", "uvicorn.error")


def test_the_console_format_prints_no_local_variables(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    with configured(settings, log_format="console"):
        try:
            _fail(PASSWORD)
        except ValueError:
            structlog.get_logger().exception("failed")
    shown = capfd.readouterr().err
    assert "ValueError" in shown
    assert PASSWORD not in shown


def _fail(password: str) -> None:
    raise ValueError(len(password))


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("cannot be told")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("\udc80", "\udc80"),
        (2**80, 2**80),
        (float("nan"), None),
        ({1: "a number for a key"}, {"1": "a number for a key"}),
        (b"\xff", "b'\\xff'"),
    ],
)
def test_what_json_cannot_say_is_told_as_near_as_it_goes(
    settings: Settings, capfd: pytest.CaptureFixture[str], value: Any, told: Any
) -> None:
    with configured(settings):
        structlog.get_logger().info("odd", value=value)
    assert [line["value"] for line in lines(capfd)] == [told]


def test_a_line_that_cannot_be_made_is_counted_and_stops_nobody(settings: Settings) -> None:
    before = lines_lost()
    with configured(settings):
        structlog.get_logger().info("odd", value=Unspeakable())
        logging.getLogger("a library").warning("%d", "no number")
    assert lines_lost() - before == 2
