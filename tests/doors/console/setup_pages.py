"""The pages of Setup: a form that makes a record is the one that changes it, and stands here once."""

from app.demo.connection import Connection
from tests.doors.console.page_table import PageLine


async def _a_refused_mail(admin: Connection) -> str:
    mails = (await admin.get("/v1/inbox-messages"))["items"]
    refused = next(mail for mail in mails if any(form["problems"] for form in mail["forms"]))
    return f"/console/setup/mailbox/{refused['id']}"


PAGES = [
    PageLine("setup", "admin", "/console/setup"),
    PageLine("setup-of-a-supervisor", "supervisor", "/console/setup"),
    PageLine("setup-territories", "admin", "/console/setup/territories"),
    PageLine("setup-territory", "admin", "/console/setup/territories/PATRAS"),
    PageLine("setup-workday", "supervisor", "/console/setup/reps/PAT-R1/workday"),
    PageLine("setup-reps", "supervisor", "/console/setup/reps"),
    PageLine("setup-rep", "admin", "/console/setup/reps/PAT-R1"),
    PageLine("setup-people", "admin", "/console/setup/people"),
    PageLine("setup-person", "admin", "/console/setup/people/sofia"),
    PageLine("setup-new-person", "admin", "/console/setup/new-person"),
    PageLine("setup-clients", "admin", "/console/setup/clients"),
    PageLine("setup-new-client", "admin", "/console/setup/new-client"),
    PageLine("setup-devices", "supervisor", "/console/setup/devices"),
    PageLine("setup-outlets", "admin", "/console/setup/outlets"),
    PageLine("setup-outlet", "admin", "/console/setup/outlets/PAT-0001"),
    PageLine("setup-outlet-terms", "admin", "/console/setup/outlets/PAT-0001/terms"),
    PageLine("setup-location-proposals", "supervisor", "/console/setup/location-proposals"),
    PageLine("setup-channels", "admin", "/console/setup/channel-terms"),
    PageLine("setup-channel", "admin", "/console/setup/channel-terms/grocery"),
    PageLine("setup-products", "admin", "/console/setup/products"),
    PageLine("setup-product", "admin", "/console/setup/products/BIS-100"),
    PageLine("setup-prices", "admin", "/console/setup/prices"),
    PageLine("setup-stock", "admin", "/console/setup/stock"),
    PageLine("setup-mismatch-reasons", "admin", "/console/setup/mismatch-reasons"),
    PageLine("setup-mismatch-reason", "admin", "/console/setup/mismatch-reasons/expired"),
    PageLine("setup-points-policy", "admin", "/console/setup/points-policy"),
    PageLine("setup-points-rule", "admin", "/console/setup/points-policy/order_on_time"),
    PageLine("setup-simulation", "admin", "/console/setup/simulations"),
    PageLine("setup-assortment-targets", "admin", "/console/setup/assortment-targets"),
    PageLine("setup-targets-of-quarter", "admin", "/console/setup/assortment-targets/2026-Q4?territory_code=PATRAS"),
    PageLine(
        "setup-targets-versions", "admin", "/console/setup/assortment-targets/2026-Q4/versions?territory_code=PATRAS"
    ),
    PageLine("setup-imports", "admin", "/console/setup/imports"),
    PageLine("setup-mailbox", "admin", "/console/setup/mailbox"),
    PageLine("setup-mail", "admin", _a_refused_mail),
    PageLine("setup-system", "admin", "/console/setup/system"),
    PageLine("setup-audit", "admin", "/console/setup/audit"),
]
