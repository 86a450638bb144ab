"""What every answer of the console has around it: what the browser may load, and that nobody keeps a page."""

from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from app.doors.console.pages import RENEWED
from app.doors.console.sessions import BrowserSession, set_cookie
from app.ground.settings import Settings

FOR_GOOD = "public, max-age=31536000, immutable"


def content_security_policy(settings: Settings) -> str:
    """What a page may load: its own files, and pictures of the map's server where one is set. No script in a page."""
    tiles = tile_origins(settings)
    images = " ".join(["'self'", "data:", *tiles])
    connections = " ".join(["'self'", *tiles])
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {images}",
            f"connect-src {connections}",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def tile_origins(settings: Settings) -> list[str]:
    """The origin of the map's pictures where those are another server's."""
    parts = urlsplit(settings.map_tiles_url or "")
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer says to the browser, beside what may be loaded."""


class ConsoleEnvelope:
    """Adds the headers, and replaces the cookie of a session that has grown old.

    Around the whole app, and not one of its middlewares: the page of a fault is made outside of those.
    """

    def __init__(self, console: FastAPI) -> None:
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_enveloped(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._envelop(scope, message)
            await send(message)

        await self._console(scope, receive, send_enveloped)

    def _envelop(self, scope: Scope, message: Message) -> None:
        headers, state = MutableHeaders(raw=message["headers"]), self._console.state
        headers.setdefault("Content-Security-Policy", state.content_security_policy)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        session: BrowserSession | None = scope.get(RENEWED)
        if session is not None and "set-cookie" not in headers:
            renewed = Response()
            set_cookie(Request(scope), renewed, state.sessions.cookie(session.claims))
            headers.append("Set-Cookie", renewed.headers["set-cookie"])
        message["headers"] = headers.raw
