"""Members of staff and integration clients: for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from app.ground.audit.service import author_of
from app.ground.receipts.idempotency import OnceOnly
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.identity import service, staff_queries
from app.masters.identity.api import Hasher
from app.masters.identity.schemas import ClientAnswer, ClientBody, NewClientAnswer, UserAnswer, UserBody, UserChangeBody

router = make_router("staff")

Admin = Annotated[Caller, allow(Role.ADMIN)]
for_admins = allow(Role.ADMIN)
UsernamePath = Annotated[str, Path(max_length=64, examples=["anna"])]


@router.get(
    "/users",
    operation_id="list_users",
    summary="Members of staff",
    response_model=Page[UserAnswer],
    responses=problems(401, 403, 422),
    dependencies=[for_admins],
)
async def list_users(session: ReadSession, paging: Paging) -> Page[UserAnswer]:
    """By name, inactive ones too."""
    after = paging.key(str)
    rows = await staff_queries.staff_page(session, after[0] if after else None, paging.limit)
    members, cursor = paging.page(rows, lambda member: [member.username])
    return Page(items=[UserAnswer.of(member) for member in members], next_cursor=cursor)


@router.post(
    "/users",
    operation_id="create_user",
    summary="Make a member of staff",
    status_code=201,
    response_model=UserAnswer,
    responses=problems(401, 403, 409, 422),
)
async def create_user(caller: Admin, form: UserBody, hasher: Hasher, once: OnceOnly, session: WriteSession) -> Response:
    """A supervisor and an operator work for territories; an admin sees all. Usernames do not tell case apart."""

    async def make() -> UserAnswer:
        member = await service.create_user(
            session,
            form.username,
            form.password,
            form.role,
            form.territory_codes,
            passwords=hasher,
            author=author_of(caller),
        )
        return UserAnswer.of(member)

    return await once.answer(session, caller.actor, form, make)


@router.patch(
    "/users/{username}",
    operation_id="change_user",
    summary="Change a member of staff",
    response_model=UserAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def change_user(
    username: UsernamePath, caller: Admin, patch: UserChangeBody, hasher: Hasher, session: WriteSession
) -> UserAnswer:
    """Role, territories, password, active: within seconds.

    A new password, `active: false` and `oidc: off` end all logins.
    """
    return UserAnswer.of(await service.change_user(session, username, patch.change(), hasher, author_of(caller)))


@router.get(
    "/clients",
    operation_id="list_clients",
    summary="Integration clients",
    response_model=Page[ClientAnswer],
    responses=problems(401, 403, 422),
    dependencies=[for_admins],
)
async def list_clients(session: ReadSession, paging: Paging) -> Page[ClientAnswer]:
    """By name, without their secrets, revoked ones too."""
    after = paging.key(str)
    rows = await staff_queries.clients_page(session, after[0] if after else None, paging.limit)
    clients, cursor = paging.page(rows, lambda client: [client.name])
    return Page(items=[ClientAnswer.of(client) for client in clients], next_cursor=cursor)


@router.post(
    "/clients",
    operation_id="create_client",
    summary="Make an integration client",
    status_code=201,
    response_model=NewClientAnswer,
    responses=problems(401, 403, 409, 422),
)
async def create_client(caller: Admin, form: ClientBody, once: OnceOnly, session: WriteSession) -> Response:
    """Answers its `client_secret`, which is told this once."""

    async def make() -> NewClientAnswer:
        return NewClientAnswer.of_new(await service.create_client(session, form.name, form.scopes, author_of(caller)))

    return await once.answer(session, caller.actor, form, make)


@router.post(
    "/clients/{client_id}/revoke",
    operation_id="revoke_client",
    summary="Revoke an integration client",
    response_model=ClientAnswer,
    responses=problems(401, 403, 404, 422),
)
async def revoke_client(client_id: UUID, caller: Admin, session: WriteSession) -> ClientAnswer:
    """Its secret and its tokens are refused within seconds. To replace a secret: make another client, then revoke."""
    return ClientAnswer.of(await service.revoke_client(session, client_id, author_of(caller)))
