"""A page with a map and nothing else, as the console serves it: with its files, under its security policy."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from app.doors.console import static_files
from app.doors.console.envelope import content_security_policy
from app.doors.console.rendering import static_address
from app.ground.settings import Settings

MAP_SCRIPTS = ("vendor/leaflet/leaflet.js", "map.js")
MAP_STYLES = ("console.css", "vendor/leaflet/leaflet.css", "map.css")


def page_of(
    body: str, scripts: Sequence[str] = MAP_SCRIPTS, styles: Sequence[str] = MAP_STYLES, lang: str = "en"
) -> str:
    """A page with this body. Scripts beside those of others are modules."""
    links = "".join(f'<link rel="stylesheet" href="{static_address(name)}">' for name in styles)
    tags = "".join(
        f'<script {"defer" if name.startswith("vendor/") else "type=module"} src="{static_address(name)}"></script>'
        for name in scripts
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Map</title>'
        f'<link rel="icon" href="{static_address("icon.svg")}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{links}{tags}</head>'
        f"<body><main><h1>Map</h1>{body}</main></body></html>"
    )


def map_of(**attributes: str) -> str:
    """The element of a map: `outlets_url` is its data-outlets-url."""
    written = "".join(f' data-{name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return f"<div data-map{written}></div>"


def map_site(
    pages: Mapping[str, str],
    data: Mapping[str, Any],
    files: Mapping[str, Path] | None = None,
    settings: Settings | None = None,
) -> FastAPI:
    """An app of these pages by their path, of data, looked up anew with each request (none: 503), and of files."""
    site, console = FastAPI(openapi_url=None), FastAPI(openapi_url=None)
    policy = content_security_policy(settings or Settings())
    static_files.install(console)

    async def protect(request: Request, call_next: RequestResponseEndpoint) -> Response:
        answer = await call_next(request)
        answer.headers["Content-Security-Policy"] = policy
        return answer

    async def page(request: Request) -> Response:
        return Response(pages[request.url.path], media_type="text/html")

    async def datum(request: Request) -> Response:
        content = data[request.url.path]
        return Response(orjson.dumps(content), 200 if content else 503, media_type="application/json")

    async def file(request: Request) -> Response:
        return FileResponse((files or {})[request.scope["route"].path])

    site.add_middleware(BaseHTTPMiddleware, dispatch=protect)
    for path in pages:
        site.add_api_route(path, page, methods=["GET"])
    for path in data:
        site.add_api_route(path, datum, methods=["GET"])
    for path in files or {}:
        site.add_api_route(path, file, methods=["GET"])
    site.mount("/console", console)
    return site
