"""One search for all: outlets, reps, products, orders and deliveries that a person may see."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import AnyonesPage, ConsolePage, console_router
from app.ground.web.access import Role

router = console_router()

SHOWN = 8
OF_ALL: dict[str, tuple[str, dict[str, Any]]] = {
    "outlets": ("/v1/outlets", {"q": "{q}"}),
    "orders": ("/v1/orders", {"q": "{q}"}),
}
OF_SUPERVISORS: dict[str, tuple[str, dict[str, Any]]] = {
    "reps": ("/v1/reps", {"q": "{q}"}),
    "products": ("/v1/products", {"q": "{q}"}),
    "deliveries": ("/v1/deliveries", {"number": "{q}"}),
}
"""By what is found: where it is asked for, and how."""


@router.get("/search")
async def search(page: AnyonesPage, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What there is by this name, code or number; the only hit is gone to at once."""
    text = q.strip()
    hits = await _hits(page, text) if text else {}
    addresses = [address_of(kind, hit) for kind, items in hits.items() for hit in items]
    if len(addresses) == 1:
        return page.redirect(addresses[0])
    return page.render("search/search.html", q=text, hits=hits, address_of=address_of)


async def _hits(page: ConsolePage, text: str) -> dict[str, list[Json]]:
    lists = OF_ALL if page.role is Role.OPERATOR else OF_ALL | OF_SUPERVISORS
    hits = {}
    for kind, (path, query) in lists.items():
        asked = {name: value.replace("{q}", text) for name, value in query.items()}
        hits[kind] = await _found(page, path, asked)
    if _is_id(text) and not hits["orders"]:
        hits["orders"] = await _order(page, text)
    return {kind: items for kind, items in hits.items() if items}


async def _found(page: ConsolePage, path: str, query: dict[str, Any]) -> list[Json]:
    try:
        items: list[Json] = (await page.api.get(path, limit=SHOWN, **query))["items"]
    except ApiRefusal as refusal:
        if refusal.status != 422:  # a text that cannot be a number, or is too short to be looked for
            raise
        return []
    return items


async def _order(page: ConsolePage, text: str) -> list[Json]:
    try:
        return [await page.api.get(f"/v1/orders/{text}")]
    except ApiRefusal as refusal:
        if refusal.status != 404:
            raise
        return []


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def address_of(kind: str, hit: Json) -> str:
    """The page of a hit."""
    match kind:
        case "outlets":
            return f"/console/outlets/{hit['code']}"
        case "reps":
            return f"/console/reports/points/{hit['code']}"
        case "products":
            return f"/console/orders?product_code={hit['code']}"
    return f"/console/{kind}/{hit['id']}"
