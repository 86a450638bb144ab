"""One search for all: outlets, reps, products, orders and deliveries, as far as one may see them."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Query, Response

from app.doors.console.pages import AnyonesPage, console_router
from app.doors.console.search.finds import MOST_SHOWN, finds_of, only_one
from app.ground.receipts.service import id_beginning
from app.ground.web.access import Role

router = console_router()


@router.get("/search")
async def search(page: AnyonesPage, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What is called so, or has this number; where that is one record alone, its page."""
    text = q.strip()
    groups = [
        finds_of(kind, (await page.api.search(path, limit=MOST_SHOWN + 1, **asked))[0]["items"], page.role)
        for kind, path, asked in _questions(page.role, text)
    ]
    target = only_one(groups, text)
    if target is not None:
        return page.redirect(target)
    return page.render("search/search.html", text=text, groups=[group for group in groups if group.shown])


def _questions(role: Role, text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What the API is asked for a text: the kind of records, the list's path, its parameters."""
    if not text:
        return
    yield "outlets", "/v1/outlets", {"search": text}
    if role is not Role.OPERATOR:
        yield "reps", "/v1/reps", {"search": text}
    yield "products", "/v1/products", {"search": text}
    if id_beginning(text) is not None:
        yield "orders", "/v1/orders", {"search": text}
    if role is not Role.OPERATOR:
        yield "deliveries", "/v1/deliveries", {"number": text}
