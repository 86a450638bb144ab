"""One log line is one JSON object, with the id of the request that it belongs to, and without secrets."""

import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from sqlalchemy.exc import StatementError
from structlog.typing import EventDict, Processor, WrappedLogger

from app.ground.settings import Settings

REDACTED = "[redacted]"

_SECRET_KEY = re.compile(
    r"password|secret|token|authorization|cookie|enrolment_code|credential|signing_key", re.IGNORECASE
)
_SECRET_TEXT = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+|eyJ[\w-]+\.[\w-]+\.[\w-]*|://[^/\s:@]+:[^/\s@]+@")
_CHATTY = (
    "apscheduler",
    "httpcore",
    "httpx",
    "imapclient",
    "multipart",
    "python_multipart",
    "sqlalchemy",
    "uvicorn.access",
)
"""Libraries that log every step, some of them with parameters and form fields: only their warnings are kept."""


def configure(settings: Settings) -> None:
    """Send structlog and the standard library's loggers to standard error, in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_parameters,
        structlog.processors.format_exc_info,
        redact,
    ]
    level = getattr(logging, settings.log_level.upper())
    renderer = _renderer(settings)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace what stands under a telling key, at any depth, and what looks like a credential within a text."""
    return {key: _redacted(key, value) for key, value in event.items()}


def hide_parameters(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Let a database error show its statement without the values that were sent with it."""
    exc_info = event.get("exc_info")
    error = exc_info if isinstance(exc_info, BaseException) else None
    if isinstance(exc_info, tuple):
        error = exc_info[1]
    if exc_info is True:
        error = sys.exc_info()[1]
    for cause in _chain(error):
        if isinstance(cause, StatementError):
            cause.hide_parameters = True
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _redacted(key: object, value: Any) -> Any:
    if isinstance(key, str) and _SECRET_KEY.search(key):
        return REDACTED
    match value:
        case dict():
            return {inner: _redacted(inner, item) for inner, item in value.items()}
        case list() | tuple():
            return [_redacted(None, item) for item in value]
        case str():
            return _SECRET_TEXT.sub(REDACTED, value)
    return value


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "console":
        # the plain formatter: the richer ones print local variables, passwords among them
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(serializer=lambda value, **_: orjson.dumps(value, default=str).decode())
