"""How the service does: scheduler and jobs, days that are due, mailbox, answers that wait, database, settings."""

from fastapi import Response

from app.doors.console.pages import AdminsPage, console_router

router = console_router()


@router.get("/setup/system")
async def show_system(page: AdminsPage) -> Response:
    """What is known just now. Its script asks again every half minute."""
    state = await page.api.get("/v1/system")
    template = "setup/system_state.html" if page.is_fragment else "setup/system.html"
    return page.render(template, state=state, zone=page.preferences.zone or "UTC")
