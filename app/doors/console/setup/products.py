"""Products, the prices of them, and what of them is in stock. Prices and stock come by imports."""

from typing import Annotated

from fastapi import Query, Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.records import RecordForm
from app.ground.web.fields import Code, TradeChannel

router = console_router()

Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/setup/products")
async def show_products(
    page: AdminsPage,
    active: Annotated[str | None, Query(max_length=5)] = None,
    assortment_group: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Cursor = None,
) -> Response:
    """The products, by code."""
    listed = await page.api.get("/v1/products", active=active, assortment_group=assortment_group, cursor=cursor)
    return page.render(
        "setup/products.html",
        products=listed["items"],
        next_cursor=listed["next_cursor"],
        asked={"active": active, "assortment_group": assortment_group},
    )


@router.get("/setup/new-product")
async def begin_product(page: AdminsPage) -> Response:
    """The form for a new one."""
    return _form_page(page, records.blank(pack_size="1", unit="piece", active=True))


@router.post("/setup/new-product")
async def make_product(page: AdminsPage) -> Response:
    """Make it."""
    form = await page.form()
    return await _put(page, form, form.raw("code").strip())


@router.get("/setup/products/{code}")
async def show_product(page: AdminsPage, code: Code) -> Response:
    """A product as a form."""
    return _form_page(page, records.opened(await page.api.get(f"/v1/products/{segment(code)}")))


@router.post("/setup/products/{code}")
async def change_product(page: AdminsPage, code: Code) -> Response:
    """Change it."""
    return await _put(page, await page.form(), code)


@router.get("/setup/prices")
async def show_prices(
    page: AdminsPage,
    product_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[TradeChannel | None, Query()] = None,
    cursor: Cursor = None,
) -> Response:
    """Prices beside the list prices, by product."""
    asked = {"product_code": product_code, "outlet_code": outlet_code, "channel": channel}
    listed = await page.api.get("/v1/prices", **asked, cursor=cursor)
    return page.render(
        "setup/prices.html",
        prices=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        today=page.now.date().isoformat(),
    )


@router.get("/setup/stock")
async def show_stock(
    page: AdminsPage,
    product_code: Annotated[Code | None, Query()] = None,
    warehouse_code: Annotated[Code | None, Query()] = None,
    cursor: Cursor = None,
) -> Response:
    """What each warehouse had of each product."""
    asked = {"product_code": product_code, "warehouse_code": warehouse_code}
    listed = await page.api.get("/v1/stock", **asked, cursor=cursor)
    return page.render(
        "setup/stock.html",
        stock=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        zone=page.preferences.zone or "UTC",
    )


async def _put(page: AdminsPage, form: SentForm, code: str) -> Response:
    path = f"/v1/products/{segment(code)}"
    refused = await records.put(page, path, body_of(form), form, audited=("product", code))
    if refused is not None:
        return _form_page(page, refused, code)
    return page.redirect(f"/setup/products/{segment(code)}", notice="saved")


def body_of(form: SentForm) -> Json:
    """A product as it was typed."""
    return {
        "name": form.text("name"),
        "gtin": form.text("gtin"),
        "unit": form.text("unit"),
        "pack_size": form.decimal("pack_size"),
        "assortment_group": form.text("assortment_group"),
        "price_segment": form.text("price_segment"),
        "list_price": form.decimal("list_price"),
        "active": form.flag("active"),
    }


def _form_page(page: AdminsPage, sheet: RecordForm, code: str = "") -> Response:
    empty = dict.fromkeys(("name", "gtin", "assortment_group", "price_segment", "list_price"))
    return page.render(
        "setup/product.html",
        status=sheet.status,
        sheet=sheet,
        product={**empty, "code": code, **sheet.values},
        problem=sheet.problem,
    )
