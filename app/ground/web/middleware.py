"""What happens around every request: an id, a bounded body, one log line, one measurement."""

import re
import secrets
import time
from functools import cache

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ground.errors import AppError, FieldProblem, Invalid, TooSlow, UnknownEncoding
from app.ground.settings import Settings
from app.ground.web.compression import GZIP
from app.ground.web.incoming_body import MOST_FORM_BYTES, BodyRefused, IncomingBody, too_large
from app.ground.web.paths import SLASH, keep_segments
from app.ground.web.problems import PROBLEM_JSON, problem_body, status_of, unexpected

log = structlog.get_logger()

REQUESTS = Counter("fieldproof_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "fieldproof_http_request_seconds",
    "Time to the answer's first byte.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_NUL = re.compile(rb"%00", re.IGNORECASE)
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""Those that are measured by name: whoever makes up methods makes no series of them."""
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
FORMS = frozenset({"/v1/attachments"})
"""Where files are sent as parts of forms."""
IMPORTS = ("/v1/imports/", "/console/setup/imports")
"""Where files of imports are sent."""


class RequestEnvelope:
    """Gives a request its id, keeps its body within the limit, logs and measures its answer. HEAD is a GET whose answer
    has no content.

    A well-formed `X-Request-ID` is kept, so that a proxy's log and ours can be joined.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        keep_segments(scope)
        started, answered, status = time.perf_counter(), 0.0, 500
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_id(message: Message) -> None:
            nonlocal answered, status
            if message["type"] == "http.response.start":
                answered, status = time.perf_counter() - started, message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        asked: Scope = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        answer = _without_body(send_with_id) if asked is not scope else send_with_id
        try:
            refusal = self._refusal(asked)
            if refusal is not None:
                await _refuse(refusal, request_id, answer)
            else:
                await self._bounded(asked, receive, answer)
        finally:
            self._record(scope["method"], asked, status, time.perf_counter() - started, answered)

    def _limit(self, scope: Scope) -> int:
        if scope["path"] in FORMS:
            return MOST_FORM_BYTES
        imports = scope["path"].startswith(IMPORTS)
        settings: Settings = scope["app"].state.settings
        return settings.import_limit_bytes if imports else settings.body_limit_bytes

    def _refusal(self, scope: Scope) -> AppError | None:
        if _NUL.search(scope.get("raw_path") or b"") or _NUL.search(scope["query_string"]):
            return Invalid("The address holds a NUL.", errors=[FieldProblem("/path", "nul", "Remove the NUL.")])
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if length.isdigit() and int(length) > self._limit(scope):
            return too_large(self._limit(scope))
        encodings = {value.strip().lower() for name, value in scope["headers"] if name == b"content-encoding"}
        if encodings - {b"", b"identity"} - GZIP or len(encodings) > 1:
            return UnknownEncoding("Send the body as it is, or as Content-Encoding: gzip.")
        return None

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app with a body that is counted and timed while it comes."""
        body, begun = IncomingBody(scope, receive, self._limit(scope)), False

        async def send_unless_refused(message: Message) -> None:
            # The app's own handlers may have made another answer of the body's refusal: ours replaces it.
            nonlocal begun
            if body.refusal is None:
                begun = True
                await send(message)

        try:
            await self.app(scope, body.receive, send_unless_refused)
        except (BodyRefused, ClientDisconnect):
            pass
        except Exception as error:  # the last resort: whatever nobody foresaw is told as a problem, with its id
            if begun:
                raise
            request = Request(scope)
            await (await unexpected(request, error))(scope, receive, send_unless_refused)
        if body.refusal is not None and not begun:
            await _refuse(body.refusal, scope["request_id"], send)

    def _record(self, sent_method: str, scope: Scope, status: int, seconds: float, answered: float) -> None:
        route = getattr(scope.get("route"), "path_format", "unmatched")
        method = sent_method if sent_method in METHODS else "other"
        _requests(method, route, status).inc()
        _seconds(method, route).observe(answered or seconds)  # a stream goes on for hours after its first byte
        if scope["path"] not in QUIET:
            log.info(
                "request",
                method=sent_method,
                route=route,
                path=scope["path"].replace(SLASH, "%2F"),
                status=status,
                ms=round(seconds * 1e3, 1),
            )


# Few: methods and routes are known, and looking a series up costs more than counting.
@cache
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, status)


@cache
def _seconds(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


def _without_body(send: Send) -> Send:
    """Sends the head of an answer on, and no more."""
    ended = False

    async def send_head(message: Message) -> None:
        nonlocal ended
        if message["type"] != "http.response.body":
            await send(message)
        elif not ended:
            ended = True
            await send({"type": "http.response.body", "body": b""})

    return send_head


def _request_id(scope: Scope) -> str:
    sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return sent.decode() if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)


async def _refuse(error: AppError, request_id: str, send: Send) -> None:
    body = orjson.dumps(problem_body(error, request_id))
    headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
    if isinstance(error, UnknownEncoding):
        headers.append((b"accept-encoding", b"gzip"))
    if isinstance(error, TooSlow):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status_of(type(error)), "headers": headers})
    await send({"type": "http.response.body", "body": body})
