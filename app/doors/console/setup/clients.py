"""Integration clients: other systems that call the API. A secret is shown once."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.ground.web.access import Scope

router = console_router()

SCOPES = tuple(scope.value for scope in Scope)


@router.get("/setup/clients")
async def show_clients(page: AdminsPage, cursor: Annotated[str | None, Query(max_length=500)] = None) -> Response:
    """Clients by name, and the form for another."""
    listed = await page.api.get("/v1/clients", cursor=cursor)
    return page.render("setup/clients.html", clients=listed["items"], next_cursor=listed["next_cursor"])


@router.get("/setup/new-client")
async def begin_client(page: AdminsPage) -> Response:
    """The form for a new one."""
    return _new_page(page, {"name": "", "scopes": []})


@router.post("/setup/new-client")
async def make_client(page: AdminsPage) -> Response:
    """Make it, and show its secret."""
    form = await page.form()
    body = {"name": form.text("name"), "scopes": form.texts("scopes")}
    try:
        client = await page.api.post("/v1/clients", body)
    except ApiRefusal as refusal:
        records.must_be_answered_by_the_form(refusal)
        return _new_page(page, body, refusal)
    return page.render("setup/client_secret.html", client=client)


@router.post("/setup/clients/{client_id}/revoke")
async def revoke_client(page: AdminsPage, client_id: UUID) -> Response:
    """Refuse its secret and its tokens from now on."""
    await page.api.post(f"/v1/clients/{client_id}/revoke")
    return page.redirect("/setup/clients", notice="revoked")


def _new_page(page: AdminsPage, client: Json, refusal: ApiRefusal | None = None) -> Response:
    return page.render(
        "setup/new_client.html",
        status=refusal.status if refusal else 200,
        client=client,
        scopes=SCOPES,
        problem=refusal,
    )
