"""Who calls, and what a route allows. Deny by default: a route with neither `allow(...)` nor `public` fails tests."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.ground.errors import Forbidden, SecondFactorRequired, Unauthenticated


class Role(StrEnum):
    """What a member of staff is."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"


class Scope(StrEnum):
    """What an integration client may do."""

    MASTER_READ = "master:read"
    MASTER_WRITE = "master:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    VISITS_READ = "visits:read"
    PLANS_OVERRIDE = "plans:override"
    COMPLIANCE_READ = "compliance:read"
    CUTOFF_READ = "cutoff:read"
    CUTOFF_RUN = "cutoff:run"
    POINTS_READ = "points:read"
    STATEMENTS_READ = "statements:read"
    EVENTS_READ = "events:read"
    AUDIT_READ = "audit:read"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"


SCOPES: Mapping[Scope, str] = {
    Scope.MASTER_READ: "read territories, reps, outlets, terms, products, prices and stock",
    Scope.MASTER_WRITE: "make and change them, one by one or by import; reads them too",
    Scope.ORDERS_READ: "read orders and their versions",
    Scope.ORDERS_WRITE: "place, amend and cancel orders",
    Scope.VISITS_READ: "read visits, check-ins and week plans",
    Scope.PLANS_OVERRIDE: "import visits into days that have begun",
    Scope.COMPLIANCE_READ: "read the KPIs and the records behind them",
    Scope.CUTOFF_READ: "read the 17:00 reports",
    Scope.CUTOFF_RUN: "close a day by hand; reads the reports too",
    Scope.POINTS_READ: "read reps' points",
    Scope.STATEMENTS_READ: "read statements of points and of the mix",
    Scope.EVENTS_READ: "follow what happens",
    Scope.AUDIT_READ: "read who changed masters, terms, people, clients and devices",
    Scope.DELIVERIES_READ: "read deliveries and returns, and what became of orders",
    Scope.DELIVERIES_WRITE: "tell and correct deliveries and returns, one by one or by import; reads them too",
}
"""What each scope opens, in words."""


READ_BY: Mapping[Scope, Scope] = {
    Scope.MASTER_READ: Scope.MASTER_WRITE,
    Scope.CUTOFF_READ: Scope.CUTOFF_RUN,
    Scope.DELIVERIES_READ: Scope.DELIVERIES_WRITE,
}
"""A scope that reads → the one that includes it. Whoever writes masters or deliveries, or closes days, is answered the
same anyway: the resource by a PUT or POST, the report by a dry run."""


def territories_in_sight(role: Role, named: Collection[int]) -> frozenset[int] | None:
    """What a member of staff sees, of the territories that it was given; None means every territory.

    An operator who was given none phones for the whole company, a supervisor who was given none sees nothing yet.
    """
    return None if role is Role.ADMIN or (role is Role.OPERATOR and not named) else frozenset(named)


class CallerKind(StrEnum):
    """How a caller proved who it is. The last two have no token: they send mail, from a registered address."""

    USER = "user"
    CLIENT = "client"
    DEVICE = "device"
    OUTLET = "outlet"
    REP = "rep"


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated party behind a request.

    `territory_ids` is what it may see; None means every territory (admins and integration clients). A device sees its
    own rep alone: `rep_id` is set for devices and for nobody else.
    """

    kind: CallerKind
    subject: str
    name: str
    role: Role | None = None
    user_id: int | None = None
    device_id: UUID | None = None
    rep_id: int | None = None
    rep_code: str | None = None
    territory_ids: frozenset[int] | None = field(default_factory=frozenset)
    scopes: frozenset[str] = frozenset()
    login_id: UUID | None = None
    """The login that its token came with."""
    second_factor: bool = False
    """Of a member of staff: whether it has one."""
    by_provider: bool = False
    """Whether its login was opened by the organisation's provider, whose matter second factors are then."""
    restricted: bool = False
    """Whether it must have one, and has none: it may set one up, and nothing else."""

    def may_see(self, territory_id: int, rep_id: int | None = None) -> bool:
        """Whether a record of this territory (and rep, where it has one) lies within the caller's sight."""
        if self.rep_id is not None:
            return rep_id == self.rep_id
        return self.territory_ids is None or territory_id in self.territory_ids

    @property
    def actor(self) -> str:
        """The caller in records of who did what: `user:anna`, `client:erp`, `device:PAT-R1`."""
        return f"{self.kind}:{self.name}"


Authenticator = Callable[[Request, str], Awaitable[Caller]]
"""Turns an access token into a Caller; raises Unauthenticated. `create_app` sets it as `app.state.authenticate`."""

_ADMITTED = "admitted"
"""The scope's key for a caller who was let in before the body was read, and the rule that did."""

_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")


@dataclass(frozen=True)
class AccessRule:
    """A route's rule: staff by role, devices by kind, integration clients by scope (or all of them: `any_client`).

    `restricted`: also for who has yet to set up a second factor (decision 78).
    """

    roles: frozenset[Role]
    device: bool
    scope: Scope | None
    any_client: bool = False
    restricted: bool = False

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        """The caller, where this rule lets it in. Raises Unauthenticated, Forbidden, or SecondFactorRequired."""
        admitted: tuple[AccessRule, Caller] | None = request.scope.get(_ADMITTED)
        if admitted is not None and admitted[0] is self:
            return admitted[1]
        if credentials is None:
            raise Unauthenticated("Send an access token: Authorization: Bearer …")
        authenticate: Authenticator = request.app.state.authenticate
        caller = await authenticate(request, credentials.credentials)
        if not self.admits(caller):
            if self.scope and caller.kind is CallerKind.CLIENT:
                raise Forbidden(self.wanted(), error="insufficient_scope", scope=str(self.scope))
            raise Forbidden(self.wanted(), error="insufficient_scope")
        if caller.restricted and not self.restricted:
            raise SecondFactorRequired("Set up a second factor first: POST /v1/me/second-factor.")
        return caller

    async def admit(self, request: Request) -> Caller:
        """The same before anything else is done for the request, its body read for one; it is not asked twice."""
        caller = await self(request, await _bearer(request))
        request.scope[_ADMITTED] = (self, caller)
        return caller

    def admits(self, caller: Caller) -> bool:
        """Whether this rule lets `caller` in."""
        match caller.kind:
            case CallerKind.USER:
                return caller.role in self.roles
            case CallerKind.DEVICE:
                return self.device
            case CallerKind.CLIENT:
                return self.any_client or not caller.scopes.isdisjoint(self.opened_by())
            case CallerKind.OUTLET | CallerKind.REP:
                return False

    def opened_by(self) -> list[Scope]:
        """The scopes of integration clients that this rule lets in."""
        return [scope for scope in (self.scope, self.scope and READ_BY.get(self.scope)) if scope]

    def wanted(self) -> str:
        """Whom the rule lets in, in words."""
        who = [*sorted(self.roles)] + (["a rep's device"] if self.device else [])
        if self.scope:
            who.append(f"an integration client with the scope {self.scope}")
        if self.any_client:
            who.append("an integration client")
        return f"This is for: {', '.join(who)}."


def allow(*roles: Role, device: bool = False, scope: str | None = None, restricted: bool = False) -> Any:
    """The dependency of a route that only these may call. Admins always may, where any member of staff may.

    `restricted`: a route for who has yet to set up a second factor, too.
    Raises ValueError for a `scope` that does not exist: by a slip, the route would be closed to every client.
    """
    staff = frozenset({*roles, Role.ADMIN}) if roles else frozenset()
    return Depends(AccessRule(staff, device, Scope(scope) if scope else None, restricted=restricted))


any_caller: Any = Depends(AccessRule(frozenset(Role), device=True, scope=None, any_client=True, restricted=True))
"""The dependency of a route for any caller with a token, whatever else it may do; who it is, for one."""


async def _open_to_everyone() -> None:
    return None


public = Depends(_open_to_everyone)
"""The dependency of a route that needs no token: `dependencies=[public]`."""


def access_rules(dependant: Any) -> list[AccessRule | str]:
    """Every access rule in a route's dependant, "public" among them. A sound route has one."""
    rules: list[AccessRule | str] = []
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, AccessRule):
            rules.append(dependency.call)
        if dependency.call is _open_to_everyone:
            rules.append("public")
        rules += access_rules(dependency)
    return rules


def admitted(request: Request) -> Caller | None:
    """Who was let in before the body was read; None on a route that is open, or has no body."""
    rule_and_caller: tuple[AccessRule, Caller] | None = request.scope.get(_ADMITTED)
    return None if rule_and_caller is None else rule_and_caller[1]


def access_of(dependant: Any) -> AccessRule | str | None:
    """The access rule of a route's dependant: a rule, "public", or None where it has none."""
    return next(iter(access_rules(dependant)), None)
