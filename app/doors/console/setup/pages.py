"""Setup's first page, and the routes of all of its pages."""

from fastapi import Response

from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.setup import (
    assortment_targets,
    audit,
    channel_terms,
    clients,
    devices,
    imports,
    location_proposals,
    mailbox,
    mismatch_reasons,
    outlets,
    people,
    points_policy,
    products,
    reps,
    simulations,
    system,
    territories,
    workdays,
)
from app.doors.console.setup.attention import attention_of
from app.doors.console.setup.changes import differences

router = console_router()
for group in (
    territories.router,
    workdays.router,
    people.router,
    reps.router,
    clients.router,
    devices.router,
    outlets.router,
    location_proposals.router,
    channel_terms.router,
    products.router,
    mismatch_reasons.router,
    points_policy.router,
    simulations.router,
    assortment_targets.router,
    imports.router,
    mailbox.router,
    system.router,
    audit.router,
):
    router.include_router(group)


@router.get("/setup")
async def show_setup(page: SupervisorsPage) -> Response:
    """What needs attention, and what can be set up."""
    attention = await attention_of(page)
    entries = attention.changes or []
    return page.render(
        "setup/setup.html",
        attention=attention,
        changes=[entry | {"changes": differences(entry["before"], entry["after"])} for entry in entries],
        zone=page.preferences.zone or "UTC",
    )
