"""The console's scripts, styles and pictures, its own and those of others (static/vendor/README.md)."""

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from app.doors.console.envelope import FOR_GOOD
from app.doors.console.rendering import STATIC, static_digest

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


def install(console: FastAPI) -> None:
    """Serve them at addresses that hold the digest of all, for good; at others, as they are now."""

    async def static_file(digest: str, name: str) -> Response:
        path = (STATIC / name).resolve()
        if not path.is_relative_to(STATIC) or path.suffix not in _SUFFIXES or not path.is_file():
            raise HTTPException(404, "There is no such file.")
        keeping = FOR_GOOD if digest == static_digest() else "no-cache"
        return FileResponse(path, media_type=_SUFFIXES[path.suffix], headers={"Cache-Control": keeping})

    async def favicon() -> Response:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})

    console.add_api_route("/static/{digest}/{name:path}", static_file, methods=["GET"])
    console.add_api_route("/favicon.ico", favicon, methods=["GET"])
