"""Routes of terms: those of channels, and what an outlet's were (M1)."""

from typing import Annotated, Any, TypeVar

from fastapi import Path, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code, TradeChannel
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import answer_put
from app.ground.web.versions import IfMatch, set_etag
from app.masters.outlets import channel_queries as queries
from app.masters.outlets import listings
from app.masters.outlets.channel_terms import channel_history, outlet_history, put_channel_terms, shown
from app.masters.outlets.errors import ChannelTermsNotFound, OutletNotFound
from app.masters.outlets.terms_schemas import (
    ChannelTermsAnswer,
    ChannelTermsBody,
    ChannelTermsVersionAnswer,
    TermsVersionAnswer,
)

router = make_router("outlets")

V = TypeVar("V", ChannelTermsVersionAnswer, TermsVersionAnswer)

Writer = Annotated[Caller, allow(Role.ADMIN, scope="master:write")]
READ = allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope="master:read")
Reader = Annotated[Caller, READ]
ChannelName = Annotated[TradeChannel, Path(description="a trade channel as outlets name it, percent-encoded")]
MADE: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": ChannelTermsAnswer}}


@router.get(
    "/channel-terms",
    operation_id="list_channel_terms",
    summary="Terms by channel",
    dependencies=[READ],
    responses=problems(401, 403, 422),
)
async def list_channel_terms(session: ReadSession, paging: Paging) -> Page[ChannelTermsAnswer]:
    """The terms that outlets have where they have none of their own, by channel."""
    rows = await queries.current_page(session, paging.after_code(), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.channel])
    return Page(items=[shown(row) for row in page], next_cursor=cursor)


@router.get(
    "/channel-terms/{channel}",
    operation_id="get_channel_terms",
    summary="The terms of a channel",
    dependencies=[READ],
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_channel_terms(channel: ChannelName, session: ReadSession, response: Response) -> ChannelTermsAnswer:
    """The channel's terms, with their version as `ETag`."""
    terms = await queries.current(session, channel)
    if terms is None:
        raise ChannelTermsNotFound
    set_etag(response, terms.version)
    return shown(terms)


@router.put(
    "/channel-terms/{channel}",
    operation_id="put_channel_terms",
    summary="Make or replace the terms of a channel",
    responses=MADE | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_channel_terms_of(
    channel: ChannelName,
    body: ChannelTermsBody,
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
) -> ChannelTermsAnswer:
    """They hold from now on, for every outlet of the channel, in each term that it has not agreed on by itself.

    Made (201) or changed (200); what is left out stays as it is, null takes a term away. What was ordered before is
    judged by the terms of its time; versions are only added.
    """
    outcome = await put_channel_terms(session, channel, body, clock.now(), author_of(caller))
    answer_put(outcome, condition, response)
    terms = await queries.current(session, channel)
    if terms is None:
        raise ChannelTermsNotFound
    return shown(terms)


@router.get(
    "/channel-terms/{channel}/versions",
    operation_id="list_channel_terms_versions",
    summary="What the terms of a channel were",
    dependencies=[READ],
    responses=problems(401, 403, 422),
)
async def list_channel_terms_versions(
    channel: ChannelName, session: ReadSession, paging: Paging
) -> Page[ChannelTermsVersionAnswer]:
    """Every version, the newest first: who changed what, from when."""
    rows = await queries.versions(session, channel, _before(paging), paging.limit)
    return _page(paging, channel_history(rows))


@router.get(
    "/outlets/{code}/terms",
    operation_id="list_outlet_terms",
    summary="What the terms of an outlet were",
    responses=problems(401, 403, 404, 422),
)
async def list_outlet_terms(
    code: Annotated[Code, Path()], session: ReadSession, caller: Reader, paging: Paging
) -> Page[TermsVersionAnswer]:
    """Every version of the terms that held, the newest first: who changed what, from when, and where each was from."""
    rows = await listings.terms_versions(session, code, caller.territory_ids, _before(paging), paging.limit)
    if rows is None:
        raise OutletNotFound
    return _page(paging, outlet_history(rows))


def _before(paging: Paging) -> int | None:
    key = paging.key(_version)
    return key[0] if key else None


def _version(part: str) -> int:
    number = int(part)
    if not 0 <= number < 2**31:
        raise ValueError(part)
    return number


def _page(paging: Paging, history: list[V]) -> Page[V]:
    """One row more than the page's and the next was read, for what the last one of the page has changed."""
    page, cursor = paging.page(history[: paging.limit + 1], lambda row: [row.version])
    return Page(items=page, next_cursor=cursor)
