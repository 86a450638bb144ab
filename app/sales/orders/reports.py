"""Orders as a file: a row for each line, with what its order says."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.web.access import Caller
from app.ground.web.report_files import ReportFile, Row, SheetColumn
from app.ground.web.report_pages import read_pages
from app.masters.catalogue.service import product_names
from app.masters.outlets.service import outlets_by_code
from app.sales.orders import queries
from app.sales.orders.queries import OrderFilter, OrderKey
from app.sales.orders.records import ListedOrder

COLUMNS = (
    "business_date",
    "order_id",
    "outlet_code",
    "outlet_name",
    "rep_code",
    "channel",
    "status",
    "delivery_date",
    "product_code",
    "product_name",
    "quantity",
    "unit_price",
    "list_price",
    "line_value",
    "total_value",
    "placed_by",
    "captured_at",
    "received_at",
    "version",
    "amended_at",
    "cancelled_at",
    "cancelled_by",
    "warnings",
    "comment",
)
"""`outlet_name`: where the reader may see the outlet; `warnings`: their codes."""

_MONEY = "#,##0.00##"
_PLACES = Decimal("0.0001")
_SHEET = (
    SheetColumn("business_date", "Date", 12),
    SheetColumn("outlet_name", "Outlet", 32),
    SheetColumn("outlet_code", "Outlet code", 14),
    SheetColumn("rep_code", "Rep", 12),
    SheetColumn("channel", "Channel", 14, {"API": "API", "EMAIL": "E-mail"}),
    SheetColumn("status", "Status", 12, {}),
    SheetColumn("delivery_date", "Delivery", 12),
    SheetColumn("product_name", "Product", 32),
    SheetColumn("product_code", "Product code", 14),
    SheetColumn("quantity", "Quantity", 11),
    SheetColumn("unit_price", "Price", 11, number_format=_MONEY),
    SheetColumn("list_price", "List price", 11, number_format=_MONEY),
    SheetColumn("line_value", "Value", 13, number_format=_MONEY, summed=True, unit="status"),
    SheetColumn("received_at", "Received at", 17),
    SheetColumn("amended_at", "Amended at", 17),
    SheetColumn("cancelled_at", "Cancelled at", 17),
    SheetColumn("warnings", "Warnings", 30),
    SheetColumn("comment", "Comment", 30),
    SheetColumn("order_id", "Order", 38),
)
"""The value is added up where all orders stand, or all were cancelled."""


def orders_file(database: Database, caller: Caller, filters: OrderFilter, lines: int, zone: tzinfo) -> ReportFile:
    """The orders that match, the newest business date first. `lines`: how many there are in all."""
    about = [("Period", _period(filters)), ("Times", str(zone))]
    return ReportFile(
        f"orders-{_period(filters).replace(' ', '-')}",
        "orders",
        COLUMNS,
        lines,
        _pages(database, caller, filters),
        about,
        _SHEET,
        zone,
    )


def _period(filters: OrderFilter) -> str:
    days = dict.fromkeys(day.isoformat() for day in (filters.first, filters.last) if day is not None)
    return " ".join(days) or "all"


async def _pages(database: Database, caller: Caller, filters: OrderFilter) -> AsyncIterator[list[Row]]:
    async def read(session: AsyncSession, after: OrderKey | None, most: int) -> list[ListedOrder]:
        return await queries.orders_page(session, caller, filters, after, most)

    async for page in read_pages(database, read, attrgetter("business_date", "id")):
        yield await _rows(database, caller, page)


async def _rows(database: Database, caller: Caller, orders: Sequence[ListedOrder]) -> list[Row]:
    """The lines of a page, with the names of their outlets and products. Two statements."""
    async with database.read_only() as session:
        outlets = await outlets_by_code(session, {order.outlet_code for order in orders})
        products = await product_names(session, {line.product_code for order in orders for line in order.lines})
    seen = caller.territory_ids
    names = {code: outlet.name for code, outlet in outlets.items() if seen is None or outlet.territory_id in seen}
    return [row for order in orders for row in _lines(order, names.get(order.outlet_code), products)]


def _lines(order: ListedOrder, outlet_name: str | None, products: Mapping[str, str]) -> Iterator[Row]:
    for line in order.lines:
        yield (
            order.business_date,
            order.id,
            order.outlet_code,
            outlet_name,
            order.rep_code,
            order.channel,
            order.status.value,
            order.delivery_date,
            line.product_code,
            products.get(line.product_code),
            line.quantity,
            line.unit_price,
            line.list_price,
            (line.quantity * line.unit_price).quantize(_PLACES),
            order.total_value,
            order.placed_by,
            order.captured_at,
            order.received_at,
            order.version,
            order.amended_at,
            order.cancelled_at,
            order.cancelled_by,
            " ".join(dict.fromkeys(warning["code"] for warning in order.warnings)),
            order.comment,
        )
