"""Members of staff: what they are, where they work, their passwords and sign-ins."""

from typing import Annotated

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.ground.web.access import Role

router = console_router()

ROLES = tuple(role.value for role in Role)


@router.get("/setup/people")
async def show_people(page: AdminsPage, cursor: Annotated[str | None, Query(max_length=500)] = None) -> Response:
    """Staff by name."""
    listed = await page.api.get("/v1/users", cursor=cursor)
    return page.render("setup/people.html", people=listed["items"], next_cursor=listed["next_cursor"])


@router.get("/setup/new-person")
async def begin_person(page: AdminsPage) -> Response:
    """The form for a new member."""
    return await _new_page(page, {"username": "", "role": Role.SUPERVISOR.value, "territory_codes": []})


@router.post("/setup/new-person")
async def make_person(page: AdminsPage) -> Response:
    """Make it."""
    form = await page.form()
    body = {"username": form.text("username"), "password": form.raw("password"), **_duties(form)}
    try:
        await page.api.post("/v1/users", body)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return await _new_page(page, body, refusal)
    return page.redirect(f"/setup/people/{segment(body['username'])}", notice="created")


@router.get("/setup/people/{username}")
async def show_person(page: AdminsPage, username: str) -> Response:
    """A member of staff as a form."""
    return await _page(page, username)


@router.post("/setup/people/{username}")
async def change_person(page: AdminsPage, username: str) -> Response:
    """Change role, territories, and whether they work here."""
    form = await page.form()
    return await _patch(page, username, {**_duties(form), "active": form.flag("active")})


@router.post("/setup/people/{username}/password")
async def reset_password(page: AdminsPage, username: str) -> Response:
    """Give them another password; all of their sign-ins end."""
    form = await page.form()
    return await _patch(page, username, {"password": form.raw("password")})


@router.post("/setup/people/{username}/sign-out")
async def sign_person_out(page: AdminsPage, username: str) -> Response:
    """End all of their sign-ins."""
    await page.api.post(f"/v1/users/{segment(username)}/logins/end-all")
    return page.redirect(f"/setup/people/{segment(username)}", notice="sign_ins_ended")


@router.post("/setup/people/{username}/second-factor/remove")
async def remove_second_factor(page: AdminsPage, username: str) -> Response:
    """Take away the second factor of somebody who has lost it."""
    await page.api.post(f"/v1/users/{segment(username)}/second-factor/remove")
    return page.redirect(f"/setup/people/{segment(username)}", notice="saved")


@router.post("/setup/people/{username}/provider")
async def allow_provider(page: AdminsPage, username: str) -> Response:
    """Let them sign in by the organisation's provider, or no longer."""
    return await _patch(page, username, {"oidc": (await page.form()).text("oidc")})


async def _patch(page: AdminsPage, username: str, body: Json) -> Response:
    try:
        await page.api.patch(f"/v1/users/{segment(username)}", body)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return await _page(page, username, body, refusal)
    return page.redirect(f"/setup/people/{segment(username)}", notice="saved")


def _duties(form: SentForm) -> Json:
    return {"role": form.text("role"), "territory_codes": form.texts("territory_codes")}


async def _page(
    page: AdminsPage, username: str, body: Json | None = None, refusal: ApiRefusal | None = None
) -> Response:
    people = await page.api.all("/v1/users")
    person = next((each for each in people if each["username"].casefold() == username.casefold()), None)
    if person is None:
        raise ApiRefusal(404, {"detail": "There is no such member of staff."})
    return page.render(
        "setup/person.html",
        status=refusal.status if refusal else 200,
        person=person | (body or {}),
        has_provider=page.request.app.state.api.state.sign_in_provider is not None,
        territories=await page.territories(),
        roles=ROLES,
        problem=refusal,
    )


async def _new_page(page: AdminsPage, person: Json, refusal: ApiRefusal | None = None) -> Response:
    return page.render(
        "setup/new_person.html",
        status=refusal.status if refusal else 200,
        person=person,
        territories=await page.territories(),
        roles=ROLES,
        problem=refusal,
    )
