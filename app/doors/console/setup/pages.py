"""Setup's first page, and the routes of all of its pages."""

from fastapi import Response

from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.setup import (
    channel_terms,
    clients,
    devices,
    location_proposals,
    outlets,
    people,
    reps,
    territories,
    workdays,
)

router = console_router()
for nouns in (territories, workdays, people, reps, clients, devices, outlets, location_proposals, channel_terms):
    router.include_router(nouns.router)


@router.get("/setup")
async def show_setup(page: SupervisorsPage) -> Response:
    """What needs attention, and what can be set up."""
    return page.render("setup/setup.html")
