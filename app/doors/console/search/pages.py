"""One search for all: the outlet, the rep, the product or the order of this code or number, where one may see it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Response

from app.doors.console.api_calls import ApiRefusal, Json, segment
from app.doors.console.pages import AnyonesPage, ConsolePage, console_router
from app.ground.web.access import Role

router = console_router()

OF_ALL = {"outlets": "/v1/outlets", "orders": "/v1/orders"}
OF_SUPERVISORS = {"reps": "/v1/reps", "products": "/v1/products", "deliveries": "/v1/deliveries"}
"""By what is found: where one of a code, or of an id, is asked for."""


@router.get("/search")
async def search(page: AnyonesPage, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What there is by this code or number; the only hit is gone to at once."""
    text = q.strip()
    hits = await _hits(page, text) if text else {}
    if len(hits) == 1:
        [(kind, hit)] = hits.items()
        return page.redirect(address_of(kind, hit))
    return page.render("search/search.html", q=text, hits=hits, address_of=address_of)


async def _hits(page: ConsolePage, text: str) -> dict[str, Json]:
    paths = OF_ALL if page.role is Role.OPERATOR else OF_ALL | OF_SUPERVISORS
    hits = {kind: await _hit(page, f"{path}/{segment(text)}") for kind, path in paths.items()}
    return {kind: hit for kind, hit in hits.items() if hit is not None}


async def _hit(page: ConsolePage, path: str) -> Json:
    try:
        return await page.api.get(path)
    except ApiRefusal as refusal:
        if refusal.status not in {404, 422}:  # 422: a text that can be no code, or no id
            raise
        return None


def address_of(kind: str, hit: Json) -> str:
    """The page of a hit."""
    match kind:
        case "outlets":
            return f"/console/outlets/{quote(hit['code'], safe='')}"
        case "reps":
            return f"/console/reports/points/{quote(hit['code'], safe='')}"
        case "products":
            return f"/console/setup/products/{quote(hit['code'], safe='')}"
    return f"/console/{kind}/{hit['id']}"
