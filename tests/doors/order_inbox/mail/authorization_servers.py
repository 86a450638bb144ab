"""An OAuth 2.0 authorization server on the loopback: gives tokens (RFC 6749), and tells whose they are (RFC 7662)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from uuid import uuid4

from app.ground.mail_servers import OAuthClient

SECRET = "a-clients-secret"  # of a server that nobody else reaches


@dataclass
class AuthorizationServer:
    """`account`: whose mailbox its tokens open. `answer`: what it says instead of a token, status and body."""

    url: str
    account: str
    lifetime_seconds: object = 3600
    answer: tuple[int, bytes] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    @property
    def client(self) -> OAuthClient:
        """Who may ask it in its own name."""
        return OAuthClient(f"{self.url}/token", "fieldproof", SECRET, "mail")

    def give(self, form: dict[str, str]) -> tuple[int, bytes]:
        """A token to who knows the secret or a refresh token."""
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        if form.get("client_secret") != SECRET and form.get("refresh_token") != SECRET:
            told: dict[str, object] = {"error": "invalid_client", "error_description": "The secret\r\nis wrong."}
            return 401, json.dumps(told).encode()
        self.tokens.append(uuid4().hex)
        told = {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": self.lifetime_seconds}
        return 200, json.dumps(told).encode()

    def introspect(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Whether the newest token was shown, and whose it is."""
        known = form.get("token") in self.tokens[-1:]
        told: dict[str, object] = {"active": True, "username": self.account} if known else {"active": False}
        return 200, json.dumps(told).encode()


@contextmanager
def authorization_server(account: str) -> Iterator[AuthorizationServer]:
    """Run one for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the library's
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            status, body = (server.give if self.path == "/token" else server.introspect)(form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = AuthorizationServer(f"http://127.0.0.1:{listening.server_port}", account)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
