"""The console as an app of its own within the service's, under /console: its routes, its errors as pages."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from app.doors.console import provider_sign_in, sign_in, static_files
from app.doors.console.account import pages as account
from app.doors.console.account import second_factor_pages
from app.doors.console.api_calls import ApiRefusal
from app.doors.console.calls import pages as calls
from app.doors.console.envelope import ConsoleEnvelope, content_security_policy
from app.doors.console.error_pages import error_page
from app.doors.console.live.feed import LiveFeed
from app.doors.console.map import map_data
from app.doors.console.map import pages as day_map
from app.doors.console.navigation import first_page
from app.doors.console.orders import delivery_pages as deliveries
from app.doors.console.orders import pages as orders
from app.doors.console.outlets import pages as outlets
from app.doors.console.pages import PREFIX, AnyonesPage, SetUpNeeded, SignInNeeded, console_router, here
from app.doors.console.pending_sign_ins import PendingSignIns
from app.doors.console.plans import pages as plans
from app.doors.console.reports import day_pages as report_days
from app.doors.console.reports import kpi_pages as report_kpis
from app.doors.console.reports import points_pages as report_points
from app.doors.console.reports import statement_pages as report_statements
from app.doors.console.review import pages as review
from app.doors.console.review import precision_pages
from app.doors.console.search import pages as search
from app.doors.console.sessions import BrowserSessions
from app.doors.console.setup import pages as setup
from app.doors.console.today import pages as today
from app.doors.console.visits import pages as visits
from app.ground.errors import AppError
from app.ground.settings import Settings
from app.ground.web import route_index
from app.ground.web.problems import status_of

log = structlog.get_logger()

router = console_router()
ROUTERS = (
    router,
    sign_in.router,
    provider_sign_in.router,
    account.router,
    second_factor_pages.router,
    today.router,
    setup.router,
    plans.router,
    precision_pages.router,
    review.router,
    calls.router,
    orders.router,
    day_map.router,
    map_data.router,
    outlets.router,
    search.router,
    report_days.router,
    report_kpis.router,
    report_points.router,
    report_statements.router,
    deliveries.router,
    visits.router,
)
"""Each group of pages has one."""


@router.get("/")
async def first(page: AnyonesPage) -> Response:
    """The page that a person begins with."""
    return RedirectResponse(first_page(page.role), status_code=303)


def install(api: FastAPI) -> None:
    """Put the console into the service's app."""
    console = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    console.state.api = api
    for error, handler in _HANDLERS.items():
        console.add_exception_handler(error, handler)
    route_index.include(console, ROUTERS, parts=1)
    static_files.install(console)
    # the first: what is asked of the console is not compared with each of the API's routes before
    api.router.routes.insert(0, Mount(PREFIX, ConsoleEnvelope(console), name="console"))
    api.state.console = console


def hold(api: FastAPI, settings: Settings) -> None:
    """Give the console what its requests share, as `app.main.hold` does for the rest."""
    state = api.state.console.state
    state.settings = settings
    state.sessions = BrowserSessions(settings.signing_key, settings.previous_signing_keys)
    state.pending_sign_ins = PendingSignIns(settings.signing_key)
    state.content_security_policy = content_security_policy(settings)
    state.feed = LiveFeed(lambda: api.state.database)


async def _lead_to_sign_in(request: Request, _: SignInNeeded) -> Response:
    if request.headers.get("hx-request") == "true":
        return _led(request, sign_in.address_of(None))
    wanted_page = here(request) if request.method == "GET" else None
    return _led(request, sign_in.address_of(wanted_page))


async def _lead_to_set_up(request: Request, _: SetUpNeeded) -> Response:
    return _led(request, second_factor_pages.ADDRESS)


def _led(request: Request, address: str) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


async def _show_refusal(request: Request, refusal: ApiRefusal) -> Response:
    if refusal.status == 401:
        return await _lead_to_sign_in(request, SignInNeeded())
    if refusal.slug == "second-factor-required":
        return await _lead_to_set_up(request, SetUpNeeded())
    return error_page(request, refusal.status, refusal.detail, refusal.errors)


async def _show_error(request: Request, error: AppError) -> Response:
    return error_page(request, status_of(type(error)), error.detail or error.title())


async def _show_bad_address(request: Request, error: RequestValidationError) -> Response:
    fields = ", ".join(sorted({str(fault["loc"][-1]) for fault in error.errors()}))
    return error_page(request, 422, f"The address does not have the form that it must have: {fields}.")


async def _show_http_error(request: Request, error: HTTPException) -> HTMLResponse:
    return error_page(request, error.status_code, str(error.detail))


async def _show_fault(request: Request, error: Exception) -> Response:
    log.error("page_failed", path=request.url.path, exc_info=error)
    return error_page(request, 500, "")


_HANDLERS: dict[type[Exception], Any] = {
    SignInNeeded: _lead_to_sign_in,
    SetUpNeeded: _lead_to_set_up,
    ApiRefusal: _show_refusal,
    AppError: _show_error,
    RequestValidationError: _show_bad_address,
    HTTPException: _show_http_error,
    Exception: _show_fault,
}
