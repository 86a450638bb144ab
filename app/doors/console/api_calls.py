"""The API as the console's pages call it: its own routes, in this process, with the rights of who has signed in.

What a page shows and does is what the API would answer the same person: access, sight, checks of input, repetition and
problems are the API's (decision 77). The calls of one request carry its id, so that the log shows them together.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message

HOST = "console.internal"
MOST_PAGES = 40
"""Of a list that a page needs as a whole: 20,000 rows."""

Json = Any
"""What a route answers: its schema stands in the contract."""


class ApiRefusal(Exception):
    """The API answered a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("title", status))
        self.status = status
        self.problem = problem

    @property
    def slug(self) -> str:
        """The last part of the problem's type."""
        return str(self.problem.get("type", "")).rpartition("#")[2]

    @property
    def detail(self) -> str:
        """What is wrong, in a sentence."""
        return str(self.problem.get("detail") or self.problem.get("title") or self.status)

    @property
    def wait_seconds(self) -> int | None:
        """How long to wait before it can be tried again, where the API says so."""
        return self.problem.get("retry_after_seconds")

    @property
    def errors(self) -> list[dict[str, str]]:
        """Every single thing that is wrong: pointer, code, message."""
        return list(self.problem.get("errors", ()))


@dataclass(frozen=True, slots=True)
class ApiFile:
    """A file that a route answered."""

    content: bytes
    media_type: str
    headers: Mapping[str, str]


class ApiClient:
    """Calls routes of `app`, which is this process's own, for one request of a browser, and from where that comes:
    wrong passwords are counted by that.
    """

    def __init__(self, app: ASGIApp, access_token: str, request: Request, language: str) -> None:
        self._app = app
        self._client = request.client
        self._headers = {
            "Authorization": f"Bearer {access_token}",
            "X-Request-ID": str(request.scope.get("request_id", "")),
            "Accept-Language": language,
        }

    async def get(self, path: str, **query: Any) -> Json:
        """What a GET answers; parameters that are None are left out. Raises ApiRefusal."""
        return (await self._asked("GET", path, query)).json

    async def search(self, path: str, **query: Any) -> tuple[Json, "ApiRefusal | None"]:
        """What a list answers; an empty one and the problem, where it cannot look for what was typed."""
        try:
            return await self.get(path, **query), None
        except ApiRefusal as refusal:
            if refusal.status != 422:
                raise
            return {"items": [], "next_cursor": None}, refusal

    async def post(self, path: str, body: Any = None, *, version: int | str | None = None, **query: Any) -> Json:
        """What a POST answers; None for an empty answer. With `version` only where the record still has that one.
        Raises ApiRefusal.
        """
        return (await self._asked("POST", path, query, body, _if_match(version))).json

    async def put(
        self, path: str, body: Any, *, version: int | str | None = None, is_new: bool = False, **query: Any
    ) -> Json:
        """What a PUT answers. With `version` only where the record still has that one, `is_new`: only where there is
        none yet. Raises ApiRefusal.
        """
        headers = {"If-None-Match": "*"} if is_new else _if_match(version)
        return (await self._asked("PUT", path, query, body, headers)).json

    async def patch(self, path: str, body: Any, *, version: int | str | None = None, **query: Any) -> Json:
        """What a PATCH answers. With `version` only where the record still has that one. Raises ApiRefusal."""
        return (await self._asked("PATCH", path, query, body, _if_match(version))).json

    async def delete(self, path: str, **query: Any) -> Json:
        """What a DELETE answers. Raises ApiRefusal."""
        return (await self._asked("DELETE", path, query)).json

    async def send(
        self, method: str, path: str, content: bytes, media_type: str, *, accept: str = "application/json", **query: Any
    ) -> Json:
        """What a route answers to a file. Raises ApiRefusal."""
        headers = {"Content-Type": media_type, "Accept": accept}
        return (await self._answer(method, path, query, content, headers)).json

    async def file(self, path: str, accept: str, **query: Any) -> ApiFile:
        """A report or a statement as a file of the medium `accept`. Raises ApiRefusal."""
        answer = await self._answer("GET", path, query, None, {"Accept": accept})
        return ApiFile(answer.content, answer.headers.get("content-type", accept), answer.headers)

    async def all(self, path: str, **query: Any) -> list[Json]:
        """Every row of a list, page after page, up to 20,000. Raises ApiRefusal."""
        rows: list[Json] = []
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self.get(path, **{"limit": 500, **query, "cursor": cursor})
            rows += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return rows

    async def _asked(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> "_Answer":
        if method in {"GET", "DELETE"} or body is None:
            return await self._answer(method, path, query, None, headers or {})
        sent = orjson.dumps(body, default=str)
        return await self._answer(method, path, query, sent, {"Content-Type": "application/json", **(headers or {})})

    async def _answer(
        self, method: str, path: str, query: Mapping[str, Any], content: bytes | None, headers: Mapping[str, str]
    ) -> "_Answer":
        given = {name.rstrip("_"): _text(value) for name, value in query.items() if value is not None and value != ""}
        asked = urlencode(given, doseq=True)
        answer = await self._asked_of(method, path, asked, content, {**self._headers, **headers})
        if answer.status >= 400:
            raise ApiRefusal(answer.status, answer.json or {})
        return answer

    async def _asked_of(
        self, method: str, path: str, query: str, content: bytes | None, headers: Mapping[str, str]
    ) -> "_Answer":
        """What an app answers to a request as a server would hand it over (ASGI 3): nothing is sent, nothing opened."""
        sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        raw_path = quote(path, safe="/%")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", HOST.encode()), (b"content-length", str(len(content or b"")).encode()), *sent],
            "client": self._client,
            "server": (HOST, 80),
        }
        body = iter([{"type": "http.request", "body": content or b"", "more_body": False}])
        head: dict[str, Any] = {}
        pieces: list[bytes] = []

        # who hangs up before the end gets half a file
        answered = asyncio.Event()

        async def receive() -> Message:
            for message in body:
                return message
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            elif message["type"] == "http.response.body":
                pieces.append(message.get("body", b""))
                if not message.get("more_body", False):
                    answered.set()

        await self._app(scope, receive, send)
        names = {name.decode().lower(): value.decode("latin-1") for name, value in head["headers"]}
        return _Answer(head["status"], b"".join(pieces), names)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Json:
        return orjson.loads(self.content) if self.content else None


def segment(code: object) -> str:
    """A code as a segment of a path: a slash in it is part of it."""
    return quote(str(code), safe="")


def _if_match(version: int | str | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}"'}


def _text(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return [_text(each) for each in value]
        case _:
            return str(value)
