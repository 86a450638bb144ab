"""Documentation that needs no other server: Swagger UI from an installed package, and the list of problem types."""

from importlib.resources import files

from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.ground.web.openapi import problem_types

_STATIC = "/docs/static"


def install(app: FastAPI) -> None:
    """Serve `/docs` and `/problems` (where every problem's `type` points), and send `/` to the former."""
    app.mount(_STATIC, StaticFiles(directory=str(files("fastapi_offline") / "static")), name="docs-static")

    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title=f"{app.title} API",
            swagger_js_url=f"{_STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{_STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{_STATIC}/favicon.png",
        )

    async def problems() -> Response:
        return PlainTextResponse(problem_types(), media_type="text/markdown; charset=utf-8")

    async def root() -> Response:
        return RedirectResponse("/docs")

    for path, page in {"/docs": docs, "/problems": problems, "/": root}.items():
        app.add_api_route(path, page, include_in_schema=False)
