"""Logging in, refreshing, logging out, and who the caller is."""

import binascii
from base64 import b64decode
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import SecretStr

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, CallerKind, Role, allow, any_caller, public
from app.ground.web.dependencies import AppDatabase, ReadSession, WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.identity import grants, service, staff_queries
from app.masters.identity.errors import UnknownClient
from app.masters.identity.grants import PasswordDoor
from app.masters.identity.login_pace import LoginMarks
from app.masters.identity.oauth import TokenRoute
from app.masters.identity.own_schemas import PasswordBody
from app.masters.identity.passwords import Passwords
from app.masters.identity.refresh_families import IssuedTokens, TokenIssuer
from app.masters.identity.rules import OidcState
from app.masters.identity.schemas import CallerAnswer, LogoutBody, TokenAnswer, TokenBody

router = make_router("identity")
token_router = APIRouter(prefix="/v1", tags=["identity"], route_class=TokenRoute)


def token_issuer(request: Request) -> TokenIssuer:
    """This process's issuer of tokens."""
    issuer: TokenIssuer = request.app.state.issuer
    return issuer


def password_hasher(request: Request) -> Passwords:
    """This process's password hasher."""
    hasher: Passwords = request.app.state.passwords
    return hasher


Issuer = Annotated[TokenIssuer, Depends(token_issuer)]
Hasher = Annotated[Passwords, Depends(password_hasher)]


def password_door(hasher: Hasher, issuer: Issuer) -> PasswordDoor:
    """What looks at passwords in this process."""
    return PasswordDoor(hasher, LoginMarks(issuer.signing_key))


CountedPasswords = Annotated[PasswordDoor, Depends(password_door)]


@token_router.post(
    "/auth/token",
    operation_id="create_token",
    summary="Log in, or go on with a login",
    response_model_exclude_none=True,
    responses=problems(400, 401, 429),
    openapi_extra=response_headers.sends("Cache-Control"),
    dependencies=[public],
)
async def create_token(
    request: Request,
    response: Response,
    form: Annotated[TokenBody, Form()],
    issuer: Issuer,
    passwords: CountedPasswords,
    database: AppDatabase,
) -> TokenAnswer:
    """OAuth 2: `password` for staff, `client_credentials` for integrations (also by HTTP Basic), `refresh_token`.

    Each refresh answers a new refresh token. The one before yields the same successor for as long as that was not used:
    an answer that is lost on the way logs nobody out. Use of an older one ends the login. A client may ask for some of
    its scopes; the answer tells those that it got. Refusals have OAuth 2's `error`, too. After ten failed logins with a
    name from one address the next must wait for a minute and a half (429). So must, for a minute, those with a name
    that many fail with, and those from an address from which many fail, but not where this name has logged in before.
    Under a rush some are turned away (503). Of who has a second factor the password grant wants `otp`, too: a right
    password without it is answered with the problem `second-factor-needed`, with a wrong one with `wrong-code`, which
    counts as a failed login.
    """
    response.headers["Cache-Control"] = "no-store"
    tokens = await _grant(request, form, database, issuer, passwords)
    return TokenAnswer.of(tokens)


async def _grant(
    request: Request, form: TokenBody, database: Database, issuer: TokenIssuer, passwords: PasswordDoor
) -> IssuedTokens:
    parameters = {name: _revealed(value) for name, value in form if value is not None}
    if form.grant_type != "client_credentials":
        grants.require_granted(form.scope.split(), ())
    match form.grant_type:
        case "password":
            username, password = _needed(parameters, "username", "password")
            return await grants.by_password(
                database,
                issuer,
                passwords,
                username,
                password,
                address=address_of(request),
                otp=parameters.get("otp"),
                user_agent=request.headers.get("user-agent"),
            )
        case "client_credentials":
            basic = _basic_credentials(request.headers.get("authorization"))
            client_id, secret = basic or _needed(parameters, "client_id", "client_secret")
            return await grants.by_client_secret(database, issuer, client_id, secret, form.scope)
        case "refresh_token":
            [token] = _needed(parameters, "refresh_token")
            return await grants.by_refresh_token(database, issuer, token)


def address_of(request: Request) -> str:
    """Where a request comes from: behind a proxy that the server trusts, the client that the proxy names."""
    return request.client.host if request.client else "unknown"


def _revealed(value: object) -> str:
    return str(value.get_secret_value()) if isinstance(value, SecretStr) else str(value)


def _needed(parameters: dict[str, str], *names: str) -> list[str]:
    missing = [
        FieldProblem(f"/{name}", "missing", "This grant needs it.") for name in names if not parameters.get(name)
    ]
    if missing:
        raise Invalid("The token request lacks what its grant needs.", errors=missing)
    return [parameters[name] for name in names]


def _basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """The id and secret of an `Authorization: Basic` header (RFC 6749 2.3.1); None where there is no such header."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error) as error:
        raise UnknownClient("The Authorization header is not well formed.") from error
    if not colon:
        raise UnknownClient("The Authorization header is not well formed.")
    return unquote_plus(client_id), unquote_plus(secret)


@router.post(
    "/auth/logout",
    operation_id="logout",
    summary="Log out",
    status_code=204,
    responses=problems(422),
    dependencies=[public],
)
async def logout(form: LogoutBody, issuer: Issuer, session: WriteSession) -> None:
    """End the login that a refresh token belongs to, with its access tokens; 204 also where there is none."""
    await issuer.end(session, form.refresh_token.get_secret_value(), clock.now())


@router.get("/me", operation_id="me", summary="Who am I?", response_model=CallerAnswer, responses=problems(401, 403))
async def me(caller: Annotated[Caller, any_caller], session: ReadSession) -> CallerAnswer:
    """The caller with its role, the territories that it sees, its rep, its scopes."""
    member = await staff_queries.staff_member(session, caller.name) if caller.kind is CallerKind.USER else None
    codes = None
    if caller.territory_ids is not None:
        codes = await staff_queries.territory_codes(session, caller.territory_ids)
    return CallerAnswer(
        kind=caller.kind,
        name=caller.name,
        username=caller.name if caller.kind is CallerKind.USER else None,
        role=caller.role,
        territory_codes=codes,
        rep_code=caller.rep_code,
        device_id=caller.device_id,
        scopes=sorted(caller.scopes),
        second_factor=caller.second_factor,
        oidc=None if member is None else OidcState(member.oidc),
        restricted=caller.restricted,
    )


@router.put(
    "/me/password",
    operation_id="change_password",
    summary="Change one's own password",
    status_code=204,
    responses=problems(401, 403, 422, 429),
)
async def change_password(
    request: Request,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, restricted=True)],
    change: PasswordBody,
    passwords: CountedPasswords,
    database: AppDatabase,
) -> None:
    """Needs the current password (401 where it is wrong). Ends every login of the user, this one too."""
    await grants.confirm_password(
        database, passwords, caller.name, change.current_password, address=address_of(request)
    )
    async with database.transaction() as session:
        user_change = service.UserChange(password=change.password)
        await service.change_user(session, caller.name, user_change, passwords.hasher, author_of(caller))
