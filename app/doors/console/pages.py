"""A page's request: who asks, in which language, what the API tells them, and how it is answered."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.types import Scope

from app.doors.console.api_calls import ApiClient, ApiRefusal, Json
from app.doors.console.forgery import refuse_forged
from app.doors.console.forms import SentForm
from app.doors.console.map_ground import ground_of
from app.doors.console.navigation import entries_for
from app.doors.console.notices import notice_of
from app.doors.console.preferences import Preferences, preferences_of
from app.doors.console.rendering import environment, rendered
from app.doors.console.sessions import BrowserSession, BrowserSessions
from app.doors.console.translations import LANGUAGES
from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Forbidden, Unauthenticated
from app.ground.web.access import Caller, Role
from app.ground.web.paths import restore_slashes, sent_path
from app.masters.identity.tokens import AccessTokens
from app.masters.territories import service as territories

PREFIX = "/console"
UTC_ZONE = "UTC"
RENEWED = "console_session"
"""The scope's key of a session whose cookie is to be replaced with the answer."""


class SignInNeeded(Exception):
    """Nobody has signed in with this browser, or not any more."""


class SetUpNeeded(Exception):
    """Who has signed in must have a second factor, and has none yet: nothing else is open until then."""


@dataclass(frozen=True)
class ConsolePage:
    """What a route of the console works with."""

    request: Request
    caller: Caller
    session: BrowserSession
    preferences: Preferences
    api: ApiClient

    @property
    def role(self) -> Role:
        """What the person is; the console is for people alone."""
        return Role(self.caller.role or Role.OPERATOR)

    @property
    def is_fragment(self) -> bool:
        """Whether a part of a page is asked for, by a script of ours."""
        return self.request.headers.get("hx-request") == "true"

    @cached_property
    def now(self) -> Any:
        """The instant of this request."""
        return clock.now()

    @property
    def map_ground(self) -> dict[str, str]:
        """The attributes of an element that becomes a map: `{{ page.map_ground|xmlattr }}`."""
        return ground_of(self.request.app.state.settings)

    async def recognised(self) -> Caller:
        """The person as they are by now. Raises Unauthenticated where the login has ended."""
        caller: Caller = await self.request.app.state.api.state.authenticate(
            self.request, _access_token(self.request, self.session)
        )
        return caller

    async def form(self) -> SentForm:
        """What was sent."""
        return SentForm(await self.request.form())

    async def territories(self) -> list[Json]:
        """The territories in the person's sight, by code."""
        return await self.api.all("/v1/territories")

    async def territory(self, code: str | None = None) -> tuple[Json, list[Json]]:
        """The territory that a page is about, and all that can be chosen: the one asked for, else the last one looked
        at, else the first. None where there is none yet.
        """
        choices = await self.territories()
        by_code = {territory["code"]: territory for territory in choices}
        if code is not None and code not in by_code:
            raise ApiRefusal(404, {"title": "No such thing here", "detail": f"There is no territory {code} here."})
        chosen = by_code.get(code or self.preferences.territory_code or "")
        return chosen or next(iter(choices), None), choices

    def render(self, template: str, /, *, status: int = 200, block: str | None = None, **content: Any) -> HTMLResponse:
        """A template as the answer, or one block of it as a fragment."""
        return HTMLResponse(rendered(self.preferences.language, template, self._content(content), block=block), status)

    def label(self, code: str, table: str) -> str:
        """What a code is called in the person's language."""
        return environment(self.preferences.language).filters["label"](code, table)  # type: ignore[no-any-return]

    def moment(self, at: str, zone: str) -> str:
        """An instant with its day, as the person's language writes it."""
        return environment(self.preferences.language).filters["moment"](at, zone)  # type: ignore[no-any-return]

    async def territory_id(self, code: str) -> int:
        """The id of a territory in the person's sight, as what is not asked by the API needs it. Raises ApiRefusal."""
        database: Database = self.request.app.state.api.state.database
        async with database.read_only() as session:
            by_code = await territories.territories_by_code(session, [code])
        facts = by_code.get(code)
        if facts is None or not self.caller.may_see(facts.id):
            raise ApiRefusal(404, {"title": "No such thing here", "detail": f"There is no territory {code} here."})
        return facts.id

    def redirect(self, address: str, *, notice: str | None = None) -> Response:
        """Go on to an address of the console, after something was done. `notice`: what to say there (`notices`)."""
        target = address if address.startswith(PREFIX) else PREFIX + address
        if notice is not None:
            target += ("&" if "?" in target else "?") + urlencode({"notice": notice})
        answer = RedirectResponse(target, status_code=303)
        if self.is_fragment:
            return Response(status_code=204, headers={"HX-Redirect": answer.headers["location"]})
        return answer

    def _content(self, content: dict[str, Any]) -> dict[str, Any]:
        path = self.request.url.path
        return {
            "page": self,
            "me": self.caller,
            "role": self.role.value,
            "navigation": [] if self.caller.restricted else entries_for(self.role, path),
            "languages": LANGUAGES,
            "theme": self.preferences.theme,
            "viewer_zone": self.preferences.zone,
            "zone": UTC_ZONE,
            "now": self.now,
            "path": path,
            "here": here(self.request),
            "forgery_token": self.session.forgery_token,
            "notice": notice_of(self.request.query_params.get("notice")),
            "problem": None,
            **content,
        }


def here(request: Request) -> str:
    """The address of a page, without what was said once."""
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "notice"])
    return sent_path(request.scope) + (f"?{query}" if query else "")


@dataclass(frozen=True)
class PageAccess:
    """A page's rule: staff of these roles. Admins see every page.

    `restricted`: a page for who has yet to set up a second factor, too.
    """

    roles: frozenset[Role]
    restricted: bool = False

    async def __call__(self, request: Request) -> ConsolePage:
        """The page for who has signed in. Raises SignInNeeded, SetUpNeeded, Forbidden, ForgedForm."""
        state = request.app.state
        sessions: BrowserSessions = state.sessions
        session = sessions.read(request)
        if session is None:
            raise SignInNeeded
        access_token = _access_token(request, session)
        try:
            caller: Caller = await state.api.state.authenticate(request, access_token)
        except Unauthenticated as error:
            raise SignInNeeded from error
        if caller.restricted and not self.restricted:
            raise SetUpNeeded
        if caller.role not in self.roles:
            raise Forbidden("This page is for others.")
        await refuse_forged(request, session.forgery_token)
        if session.grows_old:
            request.scope[RENEWED] = session
        preferences = preferences_of(request)
        api = ApiClient(state.api, access_token, request, preferences.language)
        return ConsolePage(request, caller, session, preferences, api)


def _access_token(request: Request, session: BrowserSession) -> str:
    """A token of this login, as the API takes it."""
    tokens: AccessTokens = request.app.state.api.state.tokens
    claims = session.claims
    return tokens.issue(claims.kind, int(claims.subject), login=claims.login)


def admit(*roles: Role) -> Any:
    """The dependency that lets these roles in, and admins."""
    return Depends(PageAccess(frozenset({*roles, Role.ADMIN})))


AnyonesPage = Annotated[ConsolePage, admit(Role.SUPERVISOR, Role.OPERATOR)]
SupervisorsPage = Annotated[ConsolePage, admit(Role.SUPERVISOR)]
OperatorsPage = Annotated[ConsolePage, admit(Role.OPERATOR)]
AdminsPage = Annotated[ConsolePage, admit()]
SetUpPage = Annotated[ConsolePage, Depends(PageAccess(frozenset(Role), restricted=True))]
"""Of setting up a second factor, and of leaving: open also to who has yet to set one up."""


class ConsoleRoute(APIRoute):
    """A route whose path may name a code with a slash in it, and to which forms send fields that were left empty."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, as FastAPI asks for it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            restore_slashes(request.scope)
            drop_empty_fields(request.scope)
            try:
                return await handler(request)
            finally:
                await request.close()  # and with it the files of its form

        return handle


def drop_empty_fields(scope: Scope) -> None:
    """Take fields that were left empty out of a query: a browser sends them all, and an empty day is no day."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if any(not value for _, value in query):
        scope["query_string"] = urlencode([(name, value) for name, value in query if value]).encode()


def console_router() -> APIRouter:
    """The router of a group of pages."""
    return APIRouter(default_response_class=HTMLResponse, route_class=ConsoleRoute)


def referring_page(request: Request) -> str:
    """The page of ours that a request comes from; the console's first where it comes from elsewhere."""
    parts = urlsplit(request.headers.get("referer", ""))
    own = parts.netloc == request.url.netloc and parts.path.startswith(f"{PREFIX}/")
    return (parts.path + (f"?{parts.query}" if parts.query else "")) if own else f"{PREFIX}/"
