"""The pages of orders, deliveries and returns."""

from app.demo.connection import Connection
from tests.doors.console.page_table import PageLine


async def mismatched_order(admin: Connection) -> str:
    """The id of an order of October for whose difference its rep answers."""
    query = {"status": "mismatched", "from": "2026-10-01", "to": "2026-11-27", "limit": "1"}
    [fulfilment] = (await admin.get("/v1/fulfilments", **query))["items"]
    return str(fulfilment["order_id"])


async def order_of_the_day(admin: Connection) -> str:
    """The id of an order of the demo day."""
    return str((await admin.get("/v1/orders", date="2026-11-27", limit="1"))["items"][0]["id"])


async def _order(admin: Connection) -> str:
    return f"/console/orders/{await mismatched_order(admin)}"


async def _amendment(admin: Connection) -> str:
    return f"/console/orders/{await order_of_the_day(admin)}/amend"


async def _delivery(admin: Connection) -> str:
    [delivery] = (await admin.get("/v1/deliveries", status="mismatched", limit="1"))["items"]
    return f"/console/deliveries/{delivery['id']}"


async def returned(admin: Connection) -> str:
    """The address of a return."""
    return f"/console/returns/{(await admin.get('/v1/returns', limit='1'))['items'][0]['id']}"


PAGES = [
    PageLine("orders", "supervisor", "/console/orders?date=2026-11-27"),
    PageLine("orders-operator", "operator", "/console/orders"),
    PageLine("order", "supervisor", _order),
    PageLine("order-amendment", "supervisor", _amendment),
    PageLine("fulfilments", "supervisor", "/console/fulfilments?from=2026-10-01&to=2026-11-27"),
    PageLine("deliveries", "supervisor", "/console/deliveries?from=2026-11-01"),
    PageLine("delivery", "supervisor", _delivery),
    PageLine("returns", "supervisor", "/console/returns?from=2026-10-01&to=2026-11-27"),
    PageLine("return", "supervisor", returned),
]
