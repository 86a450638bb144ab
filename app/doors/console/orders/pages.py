"""Orders as pages: the list, one order with everything behind it, changing it, and who answers for a difference."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.forms import SentForm
from app.doors.console.orders.order_forms import amended_lines, lines_of, problems_by_line
from app.doors.console.pages import AnyonesPage, ConsolePage, SupervisorsPage, console_router
from app.ground.web.access import Role
from app.ground.web.fields import Code, Day

router = console_router()

PARTIES = ("rep", "warehouse", "carrier", "outlet", "pricing")
SPARE_LINES = 3
"""Empty lines of the form that amends an order, for what is added."""


@router.get("/orders")
async def list_orders(
    page: AnyonesPage,
    day: Annotated[Day | None, Query(alias="date")] = None,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[str | None, Query(max_length=20)] = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
    product_code: Annotated[Code | None, Query()] = None,
    text: Annotated[str, Query(alias="search", max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Orders by outlet, number, product, rep, channel and day, the newest first."""
    asked = {
        "date": day,
        "from_": first,
        "to": last,
        "rep_code": rep_code,
        "outlet_code": outlet_code,
        "channel": channel,
        "status": status,
        "product_code": product_code,
        "search": text.strip() or None,
    }
    territory, territories = await page.territory()
    listed, refusal = await page.api.search("/v1/orders", cursor=cursor, **asked)
    return page.render(
        "orders/orders.html",
        status=refusal.status if refusal else 200,
        orders=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        problem=refusal,
        territories=territories,
        zone=territory["time_zone"] if territory else "UTC",
    )


@router.get("/orders/{order_id}")
async def show_order(page: AnyonesPage, order_id: UUID) -> Response:
    """One order: as it stands, its versions, what came of it, and who answers."""
    return await _order_page(page, order_id)


@router.get("/orders/{order_id}/amend")
async def show_amendment(page: SupervisorsPage, order_id: UUID) -> Response:
    """The form that amends an order."""
    return await _amendment_page(page, order_id)


@router.post("/orders/{order_id}/amend")
async def amend_order(page: SupervisorsPage, order_id: UUID) -> Response:
    """Put the order as it shall be, if nobody has changed it meanwhile."""
    form = await page.form()
    order = await page.api.get(f"/v1/orders/{order_id}")
    body = {
        "outlet_code": order["outlet_code"],
        "captured_at": page.now.isoformat(),
        "delivery_date": form.text("delivery_date"),
        "comment": form.raw("comment").strip(),
        "lines": amended_lines(form),
    }
    try:
        await page.api.put(f"/v1/orders/{order_id}", body, version=form.text("version"))
    except ApiRefusal as refusal:
        return await _amendment_page(page, order_id, form, refusal)
    return page.redirect(f"/orders/{order_id}", notice="saved")


@router.post("/orders/{order_id}/cancel")
async def cancel_order(page: SupervisorsPage, order_id: UUID) -> Response:
    """Cancel it, with a reason."""
    form = await page.form()
    try:
        await page.api.post(f"/v1/orders/{order_id}/cancel", {"reason": form.raw("reason").strip()})
    except ApiRefusal as refusal:
        return await _order_page(page, order_id, refusal)
    return page.redirect(f"/orders/{order_id}", notice="cancelled")


@router.post("/orders/{order_id}/decision")
async def decide(page: SupervisorsPage, order_id: UUID) -> Response:
    """Say who answers for what came otherwise than ordered."""
    form = await page.form()
    body = {
        "product_code": form.text("product_code"),
        "answered_by": form.text("answered_by"),
        "comment": form.raw("comment").strip(),
    }
    try:
        await page.api.post(f"/v1/orders/{order_id}/fulfilment/decision", body)
    except ApiRefusal as refusal:
        return await _order_page(page, order_id, refusal)
    return page.redirect(f"/orders/{order_id}", notice="decided")


async def _order_page(page: ConsolePage, order_id: UUID, refusal: ApiRefusal | None = None) -> Response:
    order = await page.api.get(f"/v1/orders/{order_id}")
    territory, _ = await page.territory()
    content: dict[str, Any] = {"order": order, "versions": [], "fulfilment": None, "deliveries": []}
    if page.role is not Role.OPERATOR:
        content |= await _supervisors_part(page, order)
    return page.render(
        "orders/order.html",
        status=refusal.status if refusal else 200,
        zone=territory["time_zone"] if territory else "UTC",
        parties=PARTIES,
        problem=refusal,
        **content,
    )


async def _supervisors_part(page: ConsolePage, order: Json) -> dict[str, Any]:
    """What only supervisors are answered: earlier versions, deliveries, doubts."""
    order_id = order["id"]
    since = date.fromisoformat(order["business_date"]) - timedelta(days=1)
    return {
        "versions": (await page.api.get(f"/v1/orders/{order_id}/versions"))["items"],
        "fulfilment": await page.api.get(f"/v1/orders/{order_id}/fulfilment"),
        "deliveries": (await page.api.get("/v1/deliveries", order_id=order_id, from_=since))["items"],
    }


async def _amendment_page(
    page: ConsolePage, order_id: UUID, form: SentForm | None = None, refusal: ApiRefusal | None = None
) -> Response:
    order = await page.api.get(f"/v1/orders/{order_id}")
    products = await page.api.all("/v1/products", active=True)
    return page.render(
        "orders/amendment.html",
        status=refusal.status if refusal else 200,
        order=order,
        lines=lines_of(order, form, SPARE_LINES),
        version=form.text("version") if form else order["version"],
        form=form,
        products=products,
        line_problems=problems_by_line(refusal, form),
        problem=refusal,
    )
