"""The pages of plans."""

from app.demo.connection import Connection
from tests.doors.console.page_table import PageLine

GENERATION_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"
REQUEST_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"
WEEK = "iso_week=2026-W49&territory_code=PATRAS"


async def _a_generation(admin: Connection) -> str:
    body = {"id": GENERATION_ID, "iso_week": "2026-W52", "territory_code": "PATRAS"}
    await admin.post("/v1/plan-generations", body)
    return f"/console/plans/generations/{GENERATION_ID}"


async def _a_chosen_visit(admin: Connection) -> str:
    plan = await admin.get("/v1/reps/PAT-R1/week-plans/2026-W49")
    visit = plan["visits"][0]
    return f"/console/plans/PAT-R1/2026-W49?outlet={visit['outlet_code']}&on={visit['visit_date']}&find=lidl"


async def _a_request(admin: Connection) -> str:
    await admin.post(
        "/v1/reps/PAT-R1/week-plans/2026-W48/change-requests",
        {"id": REQUEST_ID, "changes": [{"from_date": "2026-11-27"}], "reason_code": "rep_ill", "comment": "Fever."},
    )
    return "/console/plans/requests"


PAGES = [
    PageLine("plans", "supervisor", "/console/plans?iso_week=2026-W49"),
    PageLine("plan-submitted", "supervisor", _a_chosen_visit),
    PageLine("plan-over", "supervisor", "/console/plans/PAT-R2/2026-W48"),
    PageLine("plan-not-begun", "supervisor", "/console/plans/PAT-R4/2026-W49"),
    PageLine("plan-requests", "supervisor", _a_request),
    PageLine("plan-generation", "supervisor", _a_generation),
    PageLine("plan-generation-new", "supervisor", f"/console/plans/generations/new?{WEEK}"),
    PageLine("plan-route", "supervisor", "/console/plans/PAT-R1/routes/2026-11-30"),
]
