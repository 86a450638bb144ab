"""Having a territory's plans made: asking for it, following it, cancelling it."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.pages import ConsolePage, SupervisorsPage, console_router
from app.doors.console.plans.weeks import Week, number_of
from app.ground.web.fields import Code

router = console_router()

AT_WORK = {"queued", "running"}


@router.get("/plans/generations/new")
async def ask_for_generation(
    page: SupervisorsPage,
    iso_week: Annotated[Week, Query()],
    territory_code: Annotated[Code, Query()],
) -> Response:
    """The form that asks for it, with what becomes of each plan that there is."""
    return await _form_page(page, iso_week, territory_code)


@router.post("/plans/generations")
async def generate_plans(page: SupervisorsPage) -> Response:
    """Have the plans of a territory made."""
    form = await page.form()
    body = {
        "id": form.text("id"),
        "iso_week": form.text("iso_week"),
        "territory_code": form.text("territory_code"),
        "reassign": form.flag("reassign"),
    }
    try:
        generation = await page.api.post("/v1/plan-generations", body)
    except ApiRefusal as refusal:
        return await _form_page(page, form.raw("iso_week"), form.raw("territory_code"), refusal)
    return page.redirect(f"/plans/generations/{generation['id']}", notice="generating")


@router.get("/plans/generations/{generation_id}")
async def show_generation(page: SupervisorsPage, generation_id: UUID) -> Response:
    """How far it is; what came of each rep's week."""
    return await _generation_page(page, generation_id)


@router.post("/plans/generations/{generation_id}/cancel")
async def cancel_generation(page: SupervisorsPage, generation_id: UUID) -> Response:
    """Make no further plan of it."""
    try:
        await page.api.post(f"/v1/plan-generations/{generation_id}/cancel")
    except ApiRefusal as refusal:
        return await _generation_page(page, generation_id, refusal)
    return page.redirect(f"/plans/generations/{generation_id}", notice="cancelled")


async def _form_page(
    page: ConsolePage, iso_week: str, territory_code: str, refusal: ApiRefusal | None = None
) -> Response:
    territory, _ = await page.territory(territory_code)
    lines = await page.api.all("/v1/week-plans", iso_week=iso_week, territory_code=territory_code)
    return page.render(
        "plans/generate.html",
        status=refusal.status if refusal else 200,
        territory=territory,
        week=iso_week,
        number=number_of(iso_week),
        lines=lines,
        left_alone=[line for line in lines if line["status"] in {"submitted", "approved"}],
        generation_id=uuid4(),
        problem=refusal,
    )


async def _generation_page(page: ConsolePage, generation_id: UUID, refusal: ApiRefusal | None = None) -> Response:
    generation = await page.api.get(f"/v1/plan-generations/{generation_id}")
    reps = await page.api.all(f"/v1/plan-generations/{generation_id}/reps")
    names = {rep["code"]: rep["name"] for rep in await page.api.all("/v1/reps")}
    territory = None
    if generation["territory_code"] is not None:
        territory, _ = await page.territory(generation["territory_code"])
    return page.render(
        "plans/generation_progress.html" if page.is_fragment else "plans/generation.html",
        status=refusal.status if refusal else 200,
        generation=generation,
        week=generation["iso_week"],
        number=number_of(generation["iso_week"]),
        is_at_work=generation["status"] in AT_WORK,
        reps=reps,
        names=names,
        territory=territory,
        zone=territory["time_zone"] if territory else "UTC",
        problem=refusal,
    )
