"""Lists: `limit`, an opaque `cursor`, `next_cursor`, and a `Link` to the next page."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from app.ground.errors import FieldProblem, Invalid
from app.ground.web.fields import FIRST_YEAR, LAST_YEAR
from app.ground.web.paths import sent_path

T = TypeVar("T")

DEFAULT_LIMIT = 50
MOST = 500


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(
        default=None,
        description="send it as `cursor` for the next page; null on the last",
        examples=["WyJQQVQtMDA0MiJd"],
    )

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Its name in the contract: a page of `OrderAnswer` is an `OrderPageAnswer`."""
        return f"{params[0].__name__.removesuffix('Answer')}PageAnswer"


def encode_cursor(key: Sequence[Any]) -> str:
    """The sort key of the last row of a page, opaque."""
    return base64.urlsafe_b64encode(orjson.dumps([str(part) for part in key])).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> list[str]:
    """The sort key inside of a cursor, as strings. Raises Invalid where it is none of ours."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not isinstance(key, list) or not key or not all(isinstance(part, str) and "\x00" not in part for part in key):
        raise bad_cursor()
    return key


def bad_cursor() -> Invalid:
    """What to raise where a cursor does not fit the list it was sent to."""
    return Invalid(
        "The cursor is not one of this list.",
        errors=[FieldProblem("/query/cursor", "cursor", "Send the next_cursor of an earlier answer, unchanged.")],
    )


def instant_part(part: str) -> datetime:
    """An instant within a sort key. Raises ValueError for what no row of ours can have."""
    instant = datetime.fromisoformat(part)
    if instant.tzinfo is None or not FIRST_YEAR <= instant.year <= LAST_YEAR + 1:
        raise ValueError("no instant of ours")
    return instant


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for. `limit` rows after `after` (a decoded sort key, None for the first page)."""

    limit: int
    after: list[str] | None
    request: Request
    response: Response

    def key(self, *parse: Callable[[str], Any]) -> list[Any] | None:
        """The sort key to go on after, each part parsed. Raises Invalid where it does not fit."""
        if self.after is None:
            return None
        if len(self.after) != len(parse):
            raise bad_cursor()
        try:
            return [read(part) for read, part in zip(parse, self.after, strict=True)]
        except (ValueError, ArithmeticError) as error:
            raise bad_cursor() from error

    def after_code(self) -> str | None:
        """The code to go on after, where a list is ordered by code alone."""
        key = self.key(str)
        return key[0] if key else None

    def page(self, rows: Sequence[T], key: Callable[[T], Sequence[Any]]) -> tuple[list[T], str | None]:
        """Cut `rows`, read up to `limit` + 1, to the page; sets the `Link` header."""
        if len(rows) <= self.limit:
            return list(rows), None
        page = list(rows[: self.limit])
        cursor = encode_cursor(key(page[-1]))
        query = self.request.url.include_query_params(cursor=cursor).query
        self.response.headers["Link"] = f'<{sent_path(self.request.scope)}?{query}>; rel="next"'
        return page, cursor


async def page_request(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="rows a page")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before")] = None,
) -> PageRequest:
    """The dependency of every list."""
    return PageRequest(limit, decode_cursor(cursor) if cursor else None, request, response)


Paging = Annotated[PageRequest, Depends(page_request)]
