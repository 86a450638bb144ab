"""One log line is one JSON object, with the id of the request that it belongs to, and without secrets.

Telling never raises: a line that cannot be made, or cannot leave, is counted as lost.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.ground.settings import Settings
from app.ground.web.log_output import LOST, LineOutput, standard_error

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


def configure(settings: Settings, output: LineOutput | None = None) -> None:
    """Send structlog and the standard library's loggers to standard error (or to `output`), in one format."""
    output = output or standard_error()
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
        wrapper_class=_never_raising(structlog.make_filtering_bound_logger(level)),
        logger_factory=lambda *_: LineLogger(output),
        cache_logger_on_first_use=True,
    )
    handler = LineHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class LineLogger:
    """What structlog hands its finished lines to."""

    def __init__(self, output: LineOutput) -> None:
        self._output = output

    def msg(self, line: str) -> None:
        """Write one."""
        self._output.write(line + "\n")

    debug = info = warning = error = critical = exception = fatal = log = msg


class LineHandler(logging.Handler):
    """The standard library's records, to the same output."""

    def __init__(self, output: LineOutput) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Write one."""
        try:
            self._output.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 # whatever is wrong with a record is no reason to stop who told it
            LOST.inc()


def _never_raising(logger_class: Any) -> Any:
    """The class of structlog's loggers, whose lines may fail to be made and harm nobody."""

    class NeverRaising(logger_class):  # type: ignore[misc] # structlog makes the class at run time
        def _proxy_to_logger(self, *arguments: Any, **values: Any) -> Any:
            try:
                return super()._proxy_to_logger(*arguments, **values)
            except Exception:  # noqa: BLE001 # see above
                LOST.inc()

    return NeverRaising


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace what stands under a telling key, at any depth, and what looks like a credential within a text."""
    return {key: _redacted(key, value) for key, value in event.items()}


def hide_parameters(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Let a database error show its statement without the values that were sent with it."""
    exc_info = event.get("exc_info")
    if exc_info is None:
        return event
    error = exc_info if isinstance(exc_info, BaseException) else None
    if isinstance(exc_info, tuple):
        error = exc_info[1]
    if exc_info is True:
        error = sys.exc_info()[1]
    for cause in _chain(error):
        if hasattr(cause, "hide_parameters"):  # SQLAlchemy's, which a process without a database does not hold
            cause.hide_parameters = True
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


@lru_cache(1_000)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _redacted(key: object, value: Any) -> Any:
    if isinstance(key, str) and _is_secret(key):
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
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(value: Any, **_: Any) -> str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, or a number past 64 bits
        return json.dumps(value, default=str)
