"""create_app(): routers, lifespan, error handlers."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, FastAPI

from app.closing.compliance import api as compliance_api
from app.closing.compliance import visit_api
from app.closing.cutoff import api as cutoff_api
from app.closing.cutoff import excuse_api
from app.closing.cutoff.due_days import DueDays
from app.closing.day_maps import api as day_maps_api
from app.closing.explanations import api as explanations_api
from app.closing.months import api as months_api
from app.closing.rep_days import api as rep_days_api
from app.closing.reviews import api as reviews_api
from app.closing.simulations import api as simulations_api
from app.doors.call_centre import api as call_centre_api
from app.doors.console import app as console
from app.doors.fulfilment import api as fulfilment_api
from app.doors.fulfilment import return_api as return_recording_api
from app.doors.handheld.download import api as download_api
from app.doors.handheld.losses import api as losses_api
from app.doors.handheld.upload import api as upload_api
from app.doors.handheld.upload.intake import Intake
from app.doors.imports import api as imports_api
from app.doors.imports import record_api as record_imports_api
from app.doors.imports.files_of_requests import AT_ONCE as IMPORTS_AT_ONCE
from app.doors.imports.workbook_reader import WorkbookReaders
from app.doors.order_inbox.forms import api as order_form_api
from app.doors.order_inbox.mail import api as inbox_message_api
from app.doors.order_taking import api as order_taking_api
from app.doors.system import api as system_api
from app.doors.timelines import api as timelines_api
from app.field.check_ins import api as check_ins_api
from app.field.risk_signals import api as risk_signals_api
from app.ground.attachments import api as attachments_api
from app.ground.attachments.stores import open_store
from app.ground.audit import api as audit_api
from app.ground.db.address import database_url
from app.ground.db.session import Database
from app.ground.events import api as events_api
from app.ground.printing.printer import Printer
from app.ground.settings import Settings
from app.ground.web import docs, health, hot_routes, logs, openapi, problems, route_index
from app.ground.web.compression import PackedAnswers
from app.ground.web.fair_shares import FairShares
from app.ground.web.middleware import RequestEnvelope
from app.ground.web.readiness import Readiness
from app.ground.workers.pool import Workers
from app.masters.catalogue import api as catalogue_api
from app.masters.identity import api as identity_api
from app.masters.identity import device_api, login_api, second_factor_api, staff_api
from app.masters.identity import errors as identity_errors
from app.masters.identity.authenticator import Authenticator
from app.masters.identity.one_time_codes import SecondFactorPolicy
from app.masters.identity.passwords import Passwords
from app.masters.identity.refresh_families import TokenIssuer
from app.masters.identity.sign_ins import provider_of
from app.masters.identity.tokens import AccessTokens
from app.masters.outlets import api as outlets_api
from app.masters.outlets import proposal_api, terms_api
from app.masters.territories import api as territories_api
from app.motivation.appeals import api as appeals_api
from app.motivation.appeals import service as appeals
from app.motivation.assortment_mix import api as assortment_mix_api
from app.motivation.assortment_mix import target_api as assortment_targets_api
from app.motivation.points import api as points_api
from app.motivation.points import policy_api as points_policy_api
from app.motivation.statements import api as statements_api
from app.planning.plan_generation import api as plan_generation_api
from app.planning.plan_generation import generation_api
from app.planning.routing.planner import Planner
from app.planning.week_plans import api as week_plans_api
from app.planning.week_plans import board_api as week_plan_board_api
from app.planning.week_plans import calendar_api, route_api
from app.planning.week_plans import change_api as week_plan_change_api
from app.planning.workdays import api as workdays_api
from app.sales.deliveries import api as deliveries_api
from app.sales.mismatch_reasons import api as mismatch_reasons_api
from app.sales.orders import api as orders_api
from app.sales.returns import api as returns_api
from app.sales.returns import figure_api as fulfilment_figures_api

ROUTERS: tuple[APIRouter, ...] = (
    # routes are tried from the first on: what handhelds call comes before what people call
    download_api.router,
    upload_api.router,
    order_taking_api.router,
    orders_api.router,
    health.router,
    identity_api.token_router,
    identity_api.router,
    login_api.router,
    second_factor_api.router,
    staff_api.router,
    device_api.router,
    losses_api.router,
    events_api.router,
    audit_api.router,
    territories_api.router,
    workdays_api.router,
    week_plan_board_api.router,
    week_plans_api.router,
    week_plan_change_api.router,
    plan_generation_api.router,
    generation_api.router,
    route_api.router,
    calendar_api.router,
    catalogue_api.router,
    outlets_api.router,
    proposal_api.router,
    terms_api.router,
    timelines_api.router,
    excuse_api.router,
    record_imports_api.router,  # by scopes of their own: before those of masters
    imports_api.router,
    cutoff_api.router,
    points_api.router,
    explanations_api.router,
    reviews_api.router,
    points_policy_api.router,
    statements_api.router,
    months_api.router,
    simulations_api.router,
    appeals_api.router,
    attachments_api.router,
    assortment_targets_api.router,
    assortment_mix_api.router,
    check_ins_api.router,
    risk_signals_api.router,
    call_centre_api.router,
    order_form_api.router,
    inbox_message_api.router,
    fulfilment_api.router,
    deliveries_api.router,
    return_recording_api.router,
    returns_api.router,
    fulfilment_figures_api.router,
    mismatch_reasons_api.router,
    compliance_api.router,
    visit_api.router,
    rep_days_api.router,
    day_maps_api.router,
    system_api.router,
)


DESCRIPTION = """
Reps' handhelds post order forms and GPS check-ins, often offline; every check-in is judged against the outlet's
fence; at the cutoff each planned visit without an order is flagged, the call centre phones the outlet, and the
rep's points are booked.

People and ERP systems know things by their `code`; records made in the field have an `id` that the client
makes, so that every POST may be repeated. Instants carry an offset, decimals are strings, errors are RFC 9457
problems that name every single thing that is wrong. `x-access` on each operation says who may call it.
"""

TAGS = {
    "handheld": "What a rep's phone calls: the upload, the download, and the same events one at a time.",
    "check-ins": "Arrivals and departures, each with its verdict against the outlet's fence.",
    "orders": "Orders by whatever channel, their versions, and the reasons for none.",
    "deliveries": "What came of orders and went back, how it differs, and who answers for that.",
    "visits": "Planned and ad hoc visits with their evidence, and excuses.",
    "risk signals": "What does not look right, for a person to review; it never costs points by itself.",
    "week plans": "Reps' weeks: made, generated, approved, changed; routes, calendars, workdays.",
    "cutoff": "Closed days: which planned visits had no order at the cutoff, and why.",
    "audit": "Who changed masters, terms, people, workdays, clients and devices, from what and to what.",
    "call tasks": "Outlets for the call centre to phone.",
    "points": "Reps' ledgers.",
    "appeals": "Entries that reps find wrong, and what the office decided.",
    "attachments": "Photos and PDFs that go with a record.",
    "assortment mix": "Planned shares of assortment groups, how near orders come to them, quarterly statements.",
    "rep days": "How each rep's day goes, while it goes.",
    "compliance": "The KPIs, and the records behind each figure.",
    "territories and reps": "Territories with their cutoffs and calendars, and the reps who work there.",
    "outlets": "Outlets with their locations and terms.",
    "catalogue": "Products, prices and stock.",
    "imports": "Masters and plans by file.",
    "order forms": "Order forms to be filled in, and the mails that they came back with.",
    "events": "What happened, to be followed by other systems.",
    "identity": "Logging in, and who one is.",
    "staff": "Members of staff and integration clients, for admins.",
    "devices": "Handhelds: enrolling them, revoking lost ones.",
    "system": "How the service does, for admins.",
    "health": "For monitors and load balancers.",
}
"""What each tag of the document is about, in the order in which /docs shows them."""


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The API over `database`. The app closes the database when it shuts down."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(app.state.readiness.watch())
        listening = asyncio.create_task(app.state.authenticate.listen())
        noting = asyncio.create_task(app.state.authenticate.uses.keep_writing())
        yield
        watch.cancel()
        listening.cancel()
        noting.cancel()
        await asyncio.gather(watch, listening, noting, return_exceptions=True)
        await app.state.readiness.close()
        if app.state.sign_in_provider is not None:
            await app.state.sign_in_provider.close()
        await app.state.planner.close()
        await app.state.body_readers.close()
        await app.state.workbook_readers.close()
        await app.state.printer.close()
        await app.state.database.close()

    app = FastAPI(
        title="Fieldproof",
        version="1",
        summary="The backend that field sales teams run on.",
        description=DESCRIPTION,
        contact={"name": "Fieldproof"},
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "this server"}],
        openapi_tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)
    problems.know_constraints(identity_errors.CONSTRAINTS)
    route_index.include(app, ROUTERS, parts=2)
    hot_routes.install(app, [*order_taking_api.HOT_ROUTES, *upload_api.HOT_ROUTES])
    app.add_middleware(PackedAnswers)
    app.add_middleware(RequestEnvelope)
    docs.install(app)
    openapi.install(app)
    console.install(app)
    hold(app, settings, database)
    return app


def hold(app: FastAPI, settings: Settings, database: Database) -> None:
    """Give the app what its requests share; nothing is left of what it held before."""
    app.state.settings = settings
    app.state.database = database
    app.state.readiness = Readiness(database, DueDays().overdue)
    app.state.handheld_door = Intake(database, settings.rep_day_limit_events)
    app.state.import_turns = asyncio.Semaphore(IMPORTS_AT_ONCE)
    app.state.attachment_store = open_store(settings)
    app.state.attachment_turns = asyncio.Semaphore(attachments_api.AT_ONCE)
    app.state.attachment_sights = {appeals.KIND: appeals.is_in_sight}
    key, previous_keys = settings.signing_key, settings.previous_signing_keys
    app.state.tokens = AccessTokens(key, timedelta(minutes=settings.access_token_minutes), previous_keys)
    policy = SecondFactorPolicy(settings.second_factor)
    app.state.authenticate = Authenticator(app.state.tokens, database, settings.principal_cache_seconds, policy)
    lifetime = timedelta(days=settings.refresh_token_days)
    app.state.issuer = TokenIssuer(app.state.tokens, key, lifetime, previous_keys)
    app.state.sign_in_provider = provider_of(settings.identity_provider)
    app.state.planner = Planner(settings)
    app.state.body_readers = Workers(1)
    app.state.workbook_readers = WorkbookReaders(1)
    app.state.printer = Printer(1)
    app.state.fair_shares = FairShares()
    app.state.passwords = Passwords(settings.password_hash_threads)
    console.hold(app, settings)


def database_of(settings: Settings, url: str) -> Database:
    """The database as the API uses it."""
    limit = {"statement_timeout": f"{settings.statement_timeout_seconds}s"}
    return Database(url, pool_size=settings.database_pool_size, server_settings=limit)


def from_environment() -> FastAPI:
    """The app of a worker process: settings and database from the environment."""
    settings = Settings()
    logs.configure(settings)
    app = create_app(settings, database_of(settings, database_url(settings)))
    # What stands now stands for ever: the collector need not look at it again with each generation that fills up.
    gc.collect()
    gc.freeze()
    # An upload makes thousands of objects that die with it: the default of 700 would look for cycles ten times in one.
    gc.set_threshold(50_000, 20, 20)
    return app
