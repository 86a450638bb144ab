"""The pages of calls."""

from app.demo.connection import Connection
from tests.doors.console.page_table import PageLine


async def _a_call(admin: Connection) -> str:
    [task] = (await admin.get("/v1/call-tasks", business_date="2026-11-27", status="done", limit="1"))["items"]
    return f"/console/calls/{task['id']}"


PAGES = [
    PageLine("calls", "operator", "/console/calls?date=2026-11-27", narrow=True),
    PageLine("call", "operator", _a_call, narrow=True),
]
