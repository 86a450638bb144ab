"""The pages of reports."""

from app.demo.connection import Connection
from tests.doors.console.page_table import PageLine


async def _day(admin: Connection) -> str:
    [run] = (await admin.get("/v1/cutoff-runs", business_date="2026-11-27", limit="1"))["items"]
    return f"/console/reports/days/{run['id']}"


async def _appeal(admin: Connection) -> str:
    return f"/console/reports/appeals/{(await admin.get('/v1/appeals'))['items'][0]['id']}"


async def _entry(admin: Connection) -> str:
    ledger = await admin.get("/v1/reps/PAT-R2/points", **{"from": "2026-11-27", "to": "2026-11-27"})
    return f"/console/reports/entries/{ledger['items'][0]['id']}"


PAGES = [
    PageLine("report-days", "supervisor", "/console/reports/days"),
    PageLine("report-day", "admin", _day),
    PageLine("report-kpis", "supervisor", "/console/reports/kpis?from=2026-11-01&to=2026-11-27"),
    PageLine("report-evidence", "supervisor", "/console/reports/kpis/coverage?from=2026-11-27&to=2026-11-27"),
    PageLine("report-fulfilment", "supervisor", "/console/reports/fulfilment?from=2026-10-01&to=2026-10-31"),
    PageLine("report-ledgers", "supervisor", "/console/reports/points"),
    PageLine("report-ledger", "supervisor", "/console/reports/points/PAT-R2?from=2026-11-27&to=2026-11-27"),
    PageLine("report-entry", "supervisor", _entry),
    PageLine("report-appeals", "supervisor", "/console/reports/appeals"),
    PageLine("report-appeal", "supervisor", _appeal),
    PageLine("report-statements", "admin", "/console/reports/statements?month=2026-10"),
    PageLine("report-mix", "admin", "/console/reports/mix?quarter=2026-Q4"),
]
