"""Routes of products, prices and stock."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code, ShortText, TradeChannel
from app.ground.web.merge_patch import MERGE_PATCH
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import answer_put, check_code
from app.ground.web.versions import IfMatch, set_etag
from app.masters.catalogue import listings, service
from app.masters.catalogue.errors import ProductNotFound
from app.masters.catalogue.listings import PriceFilter
from app.masters.catalogue.schemas import PriceAnswer, ProductAnswer, ProductBody, StockAnswer

router = make_router("catalogue")

Writer = Annotated[Caller, allow(Role.ADMIN, scope="master:write")]
READ = allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope="master:read")
SUPERVISE = allow(Role.SUPERVISOR, scope="master:read")
TheCode = Annotated[Code, Path()]
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": ProductAnswer}}


@router.get(
    "/products",
    operation_id="list_products",
    summary="Products",
    dependencies=[READ],
    responses=problems(401, 403, 422),
)
async def list_products(
    session: ReadSession,
    paging: Paging,
    active: Annotated[bool | None, Query()] = None,
    assortment_group: Annotated[ShortText | None, Query()] = None,
    search: Annotated[ShortText | None, Query(description="what the code, name or GTIN has in it, in any case")] = None,
) -> Page[ProductAnswer]:
    """The products, by code."""
    rows = await listings.product_page(
        session, paging.after_code(), paging.limit, active=active, group=assortment_group, search=search
    )
    page, cursor = paging.page(rows, lambda row: [row.code])
    return Page(items=[ProductAnswer.model_validate(row) for row in page], next_cursor=cursor)


@router.get(
    "/products/{code}",
    operation_id="get_product",
    summary="One product",
    dependencies=[READ],
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_product(code: TheCode, session: ReadSession, response: Response) -> ProductAnswer:
    """The product, with its version as `ETag`."""
    product = await listings.product(session, code)
    if product is None:
        raise ProductNotFound
    set_etag(response, product.version)
    return ProductAnswer.model_validate(product)


@router.put(
    "/products/{code}",
    operation_id="put_product",
    summary="Make or replace a product",
    responses=CREATED | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_product(
    code: TheCode, body: ProductBody, session: WriteSession, caller: Writer, condition: IfMatch, response: Response
) -> ProductAnswer:
    """Made (201) or changed (200); what is left out stays as it is.

    Products are never deleted: what is no longer sold is put with `active: false`.
    """
    check_code(code, body.code)
    outcomes = await service.upsert_products(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return ProductAnswer.model_validate(await listings.product(session, code))


@router.patch(
    "/products/{code}",
    operation_id="patch_product",
    summary="Change parts of a product",
    responses=problems(401, 403, 404, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def patch_product(
    code: TheCode,
    body: Annotated[ProductBody, MERGE_PATCH],
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
) -> ProductAnswer:
    """JSON merge patch (RFC 7396): the result must be a product that could be put."""
    existing = await listings.product(session, code, lock=True)
    if existing is None:
        raise ProductNotFound
    condition.check(existing.version)
    check_code(code, body.code)
    outcomes = await service.upsert_products(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return ProductAnswer.model_validate(await listings.product(session, code))


def _price_id(part: str) -> int:
    """The last part of a cursor. Raises ValueError for what no price can have as its id."""
    number = int(part)
    if not 0 <= number < 2**31:
        raise ValueError(part)
    return number


@router.get("/prices", operation_id="list_prices", summary="Prices", responses=problems(401, 403, 422))
async def list_prices(
    session: ReadSession,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, scope="master:read")],
    paging: Paging,
    product_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[TradeChannel | None, Query()] = None,
) -> Page[PriceAnswer]:
    """The prices of everyone, of channels, and of the outlets within the caller's sight, by product.

    They come by `POST /v1/imports/prices`. An outlet's price beats its channel's, that one everyone's, and that one the
    product's list price; of two in force, the one that came into force last.
    """
    price_filter = PriceFilter(caller.territory_ids, product_code, outlet_code, channel)
    rows = await listings.price_page(session, price_filter, paging.key(str, _price_id), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.product_code, row.id])
    return Page(items=[PriceAnswer.model_validate(row) for row in page], next_cursor=cursor)


@router.get(
    "/stock",
    operation_id="list_stock",
    summary="Stock",
    dependencies=[SUPERVISE],
    responses=problems(401, 403, 422),
)
async def list_stock(
    session: ReadSession,
    paging: Paging,
    product_code: Annotated[Code | None, Query()] = None,
    warehouse_code: Annotated[Code | None, Query()] = None,
) -> Page[StockAnswer]:
    """What each warehouse had of each product, by product. It comes by `POST /v1/imports/stock`."""
    rows = await listings.stock_page(session, product_code, warehouse_code, paging.key(str, str), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.product_code, row.warehouse_code])
    return Page(items=[StockAnswer.model_validate(row) for row in page], next_cursor=cursor)
