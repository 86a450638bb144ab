"""Routes of targets (MX1)."""

from typing import Annotated, Any

from fastapi import Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import answer_put
from app.ground.web.versions import IfMatch, set_etag
from app.masters.territories.visible import territory_in_sight
from app.motivation.assortment_mix import target_queries as queries
from app.motivation.assortment_mix.errors import AssortmentTargetsNotFound
from app.motivation.assortment_mix.rules import Quarter
from app.motivation.assortment_mix.target_queries import ListedTargets, TargetsFilter
from app.motivation.assortment_mix.target_schemas import (
    AssortmentTargetsAnswer,
    AssortmentTargetsBody,
    PutAssortmentTargetsAnswer,
    QuarterName,
)
from app.motivation.assortment_mix.targets import put_targets

router = make_router("assortment mix")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.STATEMENTS_READ)]
TheQuarter = Annotated[QuarterName, Path()]
OfTerritory = Annotated[Code | None, Query(description="whose targets; without it the company's")]
MADE: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": PutAssortmentTargetsAnswer}}
LAST_ID = 2**63 - 1


def row_id(part: str) -> int:
    """The last part of a cursor. Raises ValueError for what no row can have."""
    number = int(part)
    if not 0 <= number <= LAST_ID:
        raise ValueError(part)
    return number


@router.put(
    "/assortment-targets/{quarter}",
    operation_id="put_assortment_targets",
    summary="Make or replace the targets of a quarter",
    responses=MADE | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_assortment_targets(
    quarter: TheQuarter,
    body: AssortmentTargetsBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN)],
    condition: IfMatch,
    response: Response,
) -> PutAssortmentTargetsAnswer:
    """Of a territory, or without `territory_code` of the company: they hold where a territory has none of its own.

    Made (201) or changed (200), as a new version; what is left out stays as it is. Shares that do not sum to 1 are
    refused with their sum; within 0.0001 of it they count in proportion. A statement keeps the targets that it was made
    by.
    """
    named = Quarter.named(quarter)
    outcome = await put_targets(session, named, body, clock.now(), author_of(caller))
    answer_put(outcome, condition, response)
    listed = await _current(session, named, caller, body.territory_code)
    groups = set(listed.row.shares or ())
    without = sorted(groups - await queries.groups_of_products(session, groups))
    return PutAssortmentTargetsAnswer(
        **AssortmentTargetsAnswer.of(listed).model_dump(), groups_without_products=without
    )


@router.get(
    "/assortment-targets",
    operation_id="list_assortment_targets",
    summary="Targets as they stand",
    responses=problems(401, 403, 422),
)
async def list_assortment_targets(
    session: ReadSession,
    caller: Reader,
    paging: Paging,
    quarter: Annotated[QuarterName | None, Query()] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Page[AssortmentTargetsAnswer]:
    """The newest version of each, what was changed last first: the company's, and those of the caller's territories."""
    key = paging.key(row_id)
    targets_filter = TargetsFilter(caller.territory_ids, Quarter.named_if(quarter), territory_code)
    rows = await queries.page(session, targets_filter, key[0] if key else None, paging.limit)
    page, cursor = paging.page(rows, lambda listed: [listed.row.id])
    return Page(items=[AssortmentTargetsAnswer.of(listed) for listed in page], next_cursor=cursor)


@router.get(
    "/assortment-targets/{quarter}",
    operation_id="get_assortment_targets",
    summary="The targets of a quarter",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_assortment_targets(
    quarter: TheQuarter,
    session: ReadSession,
    caller: Reader,
    response: Response,
    territory_code: OfTerritory = None,
) -> AssortmentTargetsAnswer:
    """As they were put, with their version as `ETag`. What holds for a territory `GET /v1/assortment-mix` says."""
    listed = await _current(session, Quarter.named(quarter), caller, territory_code)
    set_etag(response, listed.row.version)
    return AssortmentTargetsAnswer.of(listed)


@router.get(
    "/assortment-targets/{quarter}/versions",
    operation_id="list_assortment_targets_versions",
    summary="What the targets of a quarter were",
    responses=problems(401, 403, 404, 422),
)
async def list_assortment_targets_versions(
    quarter: TheQuarter,
    session: ReadSession,
    caller: Reader,
    paging: Paging,
    territory_code: OfTerritory = None,
) -> Page[AssortmentTargetsAnswer]:
    """Every version, the newest first, with who put it and when."""
    key = paging.key(row_id)
    territory_id = await _owner(session, caller, territory_code)
    before = key[0] if key else None
    rows = await queries.versions(session, Quarter.named(quarter), territory_id, before, paging.limit)
    page, cursor = paging.page(rows, lambda listed: [listed.row.version])
    return Page(items=[AssortmentTargetsAnswer.of(listed) for listed in page], next_cursor=cursor)


async def _owner(session: AsyncSession, caller: Caller, territory_code: str | None) -> int | None:
    return None if territory_code is None else (await territory_in_sight(session, territory_code, caller)).id


async def _current(
    session: AsyncSession, quarter: Quarter, caller: Caller, territory_code: str | None
) -> ListedTargets:
    territory_id = await _owner(session, caller, territory_code)
    rows = await queries.versions(session, quarter, territory_id, None, 1)
    if not rows:
        raise AssortmentTargetsNotFound
    return rows[0]
