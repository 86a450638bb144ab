"""One caller of the API, in process: logs in, keeps its tokens fresh by the set clock, and expects success."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson

from app.ground import clock

LEEWAY = timedelta(seconds=30)


class Connection:
    """Speaks for one caller. Raises RuntimeError with the problem where an answer is not 2xx."""

    def __init__(self, http: httpx.AsyncClient, tokens: dict[str, Any]) -> None:
        self._http = http
        self._keep(tokens)

    @classmethod
    async def log_in(cls, http: httpx.AsyncClient, username: str, password: str) -> "Connection":
        """A member of staff."""
        form = {"grant_type": "password", "username": username, "password": password}
        return cls(http, _read(await http.post("/v1/auth/token", data=form)))

    @classmethod
    async def log_in_client(cls, http: httpx.AsyncClient, client_id: str, secret: str) -> "Connection":
        """Another program."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        return cls(http, _read(await http.post("/v1/auth/token", data=form)))

    @classmethod
    async def enrol(cls, http: httpx.AsyncClient, supervisor: "Connection", rep_code: str) -> "Connection":
        """A rep's handheld."""
        code = (await supervisor.post(f"/v1/reps/{rep_code}/enrolment-codes", {}))["enrolment_code"]
        body = {"enrolment_code": code, "model": "Pixel 6", "os": "Android 16", "app_version": "1.0"}
        return cls(http, _read(await http.post("/v1/devices", json=body)))

    async def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET."""
        return _read(await self._http.get(path, params=query, headers=await self._headers()))

    async def fetch(self, path: str, **query: Any) -> bytes:
        """A file."""
        response = await self._http.get(path, params=query, headers=await self._headers())
        return _succeeded(response).content

    async def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=500, **query, **cursor)
            items += page["items"]
            if not page["next_cursor"]:
                return items
            cursor = {"cursor": page["next_cursor"]}

    async def put(self, path: str, body: Any) -> Any:
        """The answer to a PUT of JSON."""
        return _read(await self._http.put(path, content=orjson.dumps(body), headers=await self._headers()))

    async def post(self, path: str, body: Any, media_type: str = "application/json") -> Any:
        """The answer to a POST of JSON, or of bytes of `media_type`; None where it has none (204)."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = await self._headers() | {"Content-Type": media_type}
        return _read(await self._http.post(path, content=content, headers=headers))

    async def send_file(self, path: str, name: str, content: bytes, media_type: str, **fields: str) -> Any:
        """The answer to a POST of a form with a file in it."""
        headers = {"Authorization": (await self._headers())["Authorization"]}
        files = {"file": (name, content, media_type)}
        return _read(await self._http.post(path, data=fields, files=files, headers=headers))

    async def _headers(self) -> dict[str, str]:
        if clock.now() >= self._expires_at:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            self._keep(_read(await self._http.post("/v1/auth/token", data=form)))
        return {"Authorization": f"Bearer {self._access_token}", "Content-Type": "application/json"}

    def _keep(self, tokens: dict[str, Any]) -> None:
        self._access_token: str = tokens["access_token"]
        self._refresh_token: str | None = tokens.get("refresh_token")
        self._expires_at: datetime = clock.now() + timedelta(seconds=tokens["expires_in"]) - LEEWAY


def _read(response: httpx.Response) -> Any:
    content = _succeeded(response).content
    return orjson.loads(content) if content else None


def _succeeded(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise RuntimeError(
            f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text}"
        )
    return response
