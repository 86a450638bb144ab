"""My sign-ins and password, as a page for everybody who signs in."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.account.own_forms import shown_in_form, wrong_at
from app.doors.console.account.programs import program_of
from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import AnyonesPage, console_router
from app.doors.console.sign_in import signed_out

router = console_router()

MOST_LISTED = 50


@router.get("/me")
async def show_account(page: AnyonesPage, cursor: Annotated[str | None, Query(max_length=500)] = None) -> Response:
    """Where one is signed in, the password, the second factor."""
    return await _page(page, cursor=cursor)


@router.post("/me/logins/{login_id}/end")
async def end_login(page: AnyonesPage, login_id: UUID) -> Response:
    """End one of one's own sign-ins; that of this browser signs out."""
    await page.api.post(f"/v1/me/logins/{login_id}/end")
    if login_id == page.session.claims.login:
        return signed_out(page.request, "signed_out")
    return page.redirect("/me", notice="sign_in_ended")


@router.post("/me/logins/end-all")
async def end_all_logins(page: AnyonesPage) -> Response:
    """Sign out everywhere, here too."""
    await page.api.post("/v1/me/logins/end-all")
    return signed_out(page.request, "signed_out_everywhere")


@router.post("/me/password")
async def change_password(page: AnyonesPage) -> Response:
    """Change the password, which ends every sign-in, this one too."""
    form = await page.form()
    password = form.raw("password")
    if password != form.raw("password_again"):
        refusal = wrong_at("/password_again", "differs", "This is not what you typed above it.")
        return await _page(page, refusal=refusal)
    try:
        await page.api.put("/v1/me/password", {"current_password": form.raw("current_password"), "password": password})
    except ApiRefusal as refused:
        return await _page(page, refusal=shown_in_form(refused))
    return signed_out(page.request, "password_changed")


async def _page(page: AnyonesPage, *, cursor: str | None = None, refusal: ApiRefusal | None = None) -> Response:
    listed = await page.api.get("/v1/me/logins", cursor=cursor, limit=MOST_LISTED)
    provider = page.request.app.state.api.state.sign_in_provider
    return page.render(
        "account/account.html",
        status=refusal.status if refusal else 200,
        logins=[login | {"program": program_of(login["user_agent"])} for login in listed["items"]],
        next_cursor=listed["next_cursor"],
        own=await page.api.get("/v1/me"),
        factor=await page.api.get("/v1/me/second-factor"),
        provider=None if provider is None else provider.name,
        zone=page.preferences.zone or "UTC",
        problem=refusal,
    )
