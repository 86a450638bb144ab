"""One's own second factor, and those of others for admins."""

from typing import Annotated

from fastapi import Request, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase, ReadSession, WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.identity import grants, second_factors
from app.masters.identity.api import CountedPasswords, Issuer, address_of
from app.masters.identity.own_schemas import (
    NewSecondFactorAnswer,
    RecoveryCodesAnswer,
    SecondFactorAnswer,
    SecondFactorBody,
    SecondFactorCodeBody,
    SecondFactorRemovalBody,
)
from app.masters.identity.staff_api import Admin, UsernamePath

router = make_router("identity")

Staff = Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, restricted=True)]
_TOLD_ONCE = response_headers.sends("Cache-Control")


@router.get(
    "/me/second-factor",
    operation_id="own_second_factor",
    summary="Have I a second factor?",
    response_model=SecondFactorAnswer,
    responses=problems(401, 403),
)
async def own_second_factor(caller: Staff, session: ReadSession) -> SecondFactorAnswer:
    """Since when, and how many recovery codes are left."""
    return SecondFactorAnswer.of(await second_factors.state_of(session, caller.user_id or 0))


@router.post(
    "/me/second-factor",
    operation_id="begin_second_factor",
    summary="Begin to set up a second factor",
    response_model=NewSecondFactorAnswer,
    responses=problems(401, 403, 409, 422, 429),
    openapi_extra=_TOLD_ONCE,
)
async def begin_second_factor(
    request: Request,
    response: Response,
    caller: Staff,
    form: SecondFactorBody,
    passwords: CountedPasswords,
    issuer: Issuer,
    database: AppDatabase,
) -> NewSecondFactorAnswer:
    """Needs the current password (401 where it is wrong). Answers a secret, which holds once a code of it has come.

    It is good for an hour; beginning again draws another one.
    """
    response.headers["Cache-Control"] = "no-store"
    address = address_of(request)
    await grants.confirm_password(database, passwords, caller.name, form.current_password, address=address)
    async with database.transaction() as session:
        new = await second_factors.begin(session, issuer.seal, caller, clock.now())
    return NewSecondFactorAnswer(secret=new.secret, uri=new.uri)


@router.post(
    "/me/second-factor/confirm",
    operation_id="confirm_second_factor",
    summary="Let the second factor hold that was begun",
    response_model=RecoveryCodesAnswer,
    responses=problems(401, 403, 409, 422),
    openapi_extra=_TOLD_ONCE,
)
async def confirm_second_factor(
    response: Response, caller: Staff, form: SecondFactorCodeBody, issuer: Issuer, session: WriteSession
) -> RecoveryCodesAnswer:
    """By a code of it. Answers ten recovery codes, which are told this once, and ends every other login of the user."""
    response.headers["Cache-Control"] = "no-store"
    author, at = author_of(caller), clock.now()
    return RecoveryCodesAnswer(
        recovery_codes=await second_factors.confirm(session, issuer.seal, caller, form.code, author, at)
    )


@router.post(
    "/me/second-factor/remove",
    operation_id="remove_second_factor",
    summary="Remove one's own second factor",
    status_code=204,
    responses=problems(401, 403, 409, 422, 429),
)
async def remove_second_factor(
    request: Request,
    caller: Staff,
    form: SecondFactorRemovalBody,
    passwords: CountedPasswords,
    issuer: Issuer,
    database: AppDatabase,
) -> None:
    """Needs the current password and a code, or a recovery code (401 where one of them is wrong)."""
    address = address_of(request)
    await grants.confirm_password(database, passwords, caller.name, form.current_password, address=address)
    await grants.confirm_code(database, passwords, issuer.seal, caller, form.code, address=address)
    async with database.transaction() as session:
        await second_factors.remove(session, caller.user_id or 0, caller.name, author_of(caller), clock.now())


@router.post(
    "/users/{username}/second-factor/remove",
    operation_id="remove_second_factor_of_user",
    summary="Remove the second factor of a member of staff",
    status_code=204,
    responses=problems(401, 403, 404, 409, 422),
)
async def remove_second_factor_of_user(username: UsernamePath, caller: Admin, session: WriteSession) -> None:
    """For who has lost the phone and the recovery codes; no error where there is none. The audit trail says who did it.

    One's own takes the password and a code (409): who finds an admin's browser open has neither.
    """
    await second_factors.remove_of(session, username, author_of(caller), clock.now())
