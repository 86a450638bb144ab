"""What came of orders, and what went back, as pages for supervisors."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal
from app.doors.console.orders.pages import PARTIES
from app.doors.console.pages import SupervisorsPage, console_router
from app.ground.web.fields import Code, Day

router = console_router()


@router.get("/fulfilments")
async def list_fulfilments(
    page: SupervisorsPage,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    status: Annotated[str, Query(max_length=20)] = "mismatched",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Orders by what came of them: not as ordered, undelivered, open."""
    asked = {
        "from_": first,
        "to": last,
        "rep_code": rep_code,
        "outlet_code": outlet_code,
        "status": None if status == "any" else status,
    }
    listed = await page.api.get("/v1/fulfilments", cursor=cursor, **asked)
    return page.render(
        "orders/fulfilments.html", fulfilments=listed["items"], next_cursor=listed["next_cursor"], asked=asked
    )


@router.get("/deliveries")
async def list_deliveries(
    page: SupervisorsPage,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
    number: Annotated[str, Query(max_length=100)] = "",
    product_code: Annotated[Code | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Deliveries by number, outlet, product and day, the newest first."""
    asked = {
        "from_": first,
        "to": last,
        "outlet_code": outlet_code,
        "status": status,
        "number": number.strip() or None,
        "product_code": product_code,
    }
    territory, _ = await page.territory()
    listed, refusal = await page.api.search("/v1/deliveries", cursor=cursor, **asked)
    return page.render(
        "orders/deliveries.html",
        status=refusal.status if refusal else 200,
        problem=refusal,
        deliveries=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        zone=territory["time_zone"] if territory else "UTC",
    )


@router.get("/deliveries/{delivery_id}")
async def show_delivery(page: SupervisorsPage, delivery_id: UUID) -> Response:
    """One delivery with its corrections, and what went back of it."""
    delivery = await page.api.get(f"/v1/deliveries/{delivery_id}")
    territory, _ = await page.territory()
    versions = await page.api.get(f"/v1/deliveries/{delivery_id}/versions")
    returns = await page.api.get("/v1/returns", delivery_id=delivery_id)
    return page.render(
        "orders/delivery.html",
        delivery=delivery,
        versions=versions["items"],
        returns=returns["items"],
        zone=territory["time_zone"] if territory else "UTC",
    )


@router.get("/returns")
async def list_returns(
    page: SupervisorsPage,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    answered_by: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """What went back, by day, rep, outlet, and who answers for it."""
    asked = {"from_": first, "to": last, "rep_code": rep_code, "outlet_code": outlet_code, "answered_by": answered_by}
    listed = await page.api.get("/v1/returns", cursor=cursor, **asked)
    return page.render(
        "orders/returns.html",
        returns=listed["items"],
        next_cursor=listed["next_cursor"],
        asked=asked,
        parties=PARTIES,
    )


@router.get("/returns/{return_id}")
async def show_return(page: SupervisorsPage, return_id: UUID) -> Response:
    """One return, line by line."""
    return await _return_page(page, return_id)


@router.post("/returns/{return_id}/decision")
async def decide_return(page: SupervisorsPage, return_id: UUID) -> Response:
    """Say who answers for what went back."""
    form = await page.form()
    body = {
        "product_code": form.text("product_code"),
        "answered_by": form.text("answered_by"),
        "comment": form.raw("comment").strip(),
    }
    try:
        await page.api.post(f"/v1/returns/{return_id}/decision", body)
    except ApiRefusal as refusal:
        return await _return_page(page, return_id, refusal)
    return page.redirect(f"/returns/{return_id}", notice="decided")


async def _return_page(page: SupervisorsPage, return_id: UUID, refusal: ApiRefusal | None = None) -> Response:
    back = await page.api.get(f"/v1/returns/{return_id}")
    versions = await page.api.get(f"/v1/returns/{return_id}/versions")
    territory, _ = await page.territory()
    return page.render(
        "orders/return.html",
        status=refusal.status if refusal else 200,
        back=back,
        versions=versions["items"],
        parties=PARTIES,
        zone=territory["time_zone"] if territory else "UTC",
        problem=refusal,
    )
