"""The console's scripts, styles and pictures, its own and those of others (static/vendor/README.md)."""

import gzip
from functools import cache
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from app.doors.console.envelope import FOR_GOOD
from app.doors.console.rendering import STATIC, static_digest
from app.ground.web.compression import takes_gzip

_SUFFIXES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".woff2": "font/woff2",
}
"""What is served, and as what; nothing else is."""
_PACKED_ALREADY = frozenset({".png", ".woff2"})


def install(console: FastAPI) -> None:
    """Serve them at addresses that hold the digest of all, for good; at others, as they are now."""

    async def static_file(request: Request, digest: str, name: str) -> Response:
        path = (STATIC / name).resolve()
        if not path.is_relative_to(STATIC) or path.suffix not in _SUFFIXES or not path.is_file():
            raise HTTPException(404, "There is no such file.")
        media_type = _SUFFIXES[path.suffix]
        if digest != static_digest():
            return FileResponse(path, media_type=media_type, headers={"Cache-Control": "no-cache"})
        headers = {"Cache-Control": FOR_GOOD}
        if path.suffix in _PACKED_ALREADY or not takes_gzip(request.headers.raw):
            return FileResponse(path, media_type=media_type, headers=headers)
        content = await to_thread.run_sync(_packed, path)
        return Response(content, media_type=media_type, headers=headers | {"Content-Encoding": "gzip"})

    async def favicon() -> Response:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})

    console.add_api_route("/static/{digest}/{name:path}", static_file, methods=["GET"])
    console.add_api_route("/favicon.ico", favicon, methods=["GET"])


@cache
def _packed(path: Path) -> bytes:
    """A file by gzip, as small as it gets: once a process, and not for each browser as what changes is."""
    return gzip.compress(path.read_bytes(), mtime=0)
