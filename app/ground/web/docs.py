"""Documentation that needs no other server: Swagger UI from an installed package, and the list of problem types."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.ground.web.openapi import problem_types
from app.ground.web.problem_page import page_of

MARKDOWN = "text/markdown"
_STATIC = "/docs/static"


def install(app: FastAPI) -> None:
    """Serve `/docs` and `/problems`, where every problem's `type` points, and send `/` to the console."""
    app.mount(_STATIC, StaticFiles(directory=str(files("fastapi_offline") / "static")), name="docs-static")

    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title=f"{app.title} API",
            swagger_js_url=f"{_STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{_STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{_STATIC}/favicon.png",
        )

    async def problems(request: Request) -> Response:
        headers = {"Vary": "Accept"}
        if MARKDOWN in (accepted := request.headers.get("Accept", "")) and "text/html" not in accepted:
            return PlainTextResponse(problem_types(), media_type=f"{MARKDOWN}; charset=utf-8", headers=headers)
        return HTMLResponse(page_of(problem_types()), headers=headers)

    async def root() -> Response:
        return RedirectResponse("/console/")

    pages: dict[str, Callable[..., Any]] = {"/docs": docs, "/problems": problems, "/": root}
    for path, page in pages.items():
        app.add_api_route(path, page, include_in_schema=False)
