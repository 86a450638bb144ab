"""The pages of visits."""

from app.demo.connection import Connection
from tests.doors.console.page_table import PageLine


async def _a_doubted_visit(admin: Connection) -> str:
    visits = (await admin.get("/v1/visits", date="2026-11-27", rep_code="PAT-R4", limit="100"))["items"]
    from_home = next(visit for visit in visits if visit["status"] == "missed" and visit["orders"])
    return f"/console/visits/{from_home['id']}"


PAGES = [
    PageLine("visits", "supervisor", "/console/visits?date=2026-11-27"),
    PageLine("visit", "supervisor", _a_doubted_visit),
]
