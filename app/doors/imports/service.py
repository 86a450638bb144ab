"""Use case of imports: judge a file's rows, upsert those that are sound as one set, answer for every row."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.imports.errors import RowsRejected
from app.doors.imports.files import MOST_PROBLEMS, FileRow
from app.doors.imports.row_sets import refused_together
from app.doors.imports.schemas import ImportKind
from app.field.visits.schemas import VisitBody
from app.ground.audit.service import ChangeAuthor
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Upserted, UpsertStatus
from app.masters.catalogue.schemas import PriceBody, ProductBody, StockBody
from app.masters.catalogue.service import upsert_prices, upsert_products, upsert_stock
from app.masters.outlets.schemas import OutletBody
from app.masters.outlets.service import upsert_outlets
from app.masters.territories.rules import CalendarStart
from app.masters.territories.schemas import RepBody, TerritoryBody
from app.masters.territories.service import upsert_reps, upsert_territories
from app.motivation.assortment_mix.target_schemas import AssortmentTargetRowBody
from app.motivation.assortment_mix.targets import import_targets
from app.planning.week_plans.visit_imports import import_visits

BODIES: dict[ImportKind, type[BaseModel]] = {
    ImportKind.TERRITORIES: TerritoryBody,
    ImportKind.REPS: RepBody,
    ImportKind.OUTLETS: OutletBody,
    ImportKind.PRODUCTS: ProductBody,
    ImportKind.PRICES: PriceBody,
    ImportKind.STOCK: StockBody,
    ImportKind.VISITS: VisitBody,
    ImportKind.ASSORTMENT_TARGETS: AssortmentTargetRowBody,
}
BY_CODE = frozenset({ImportKind.TERRITORIES, ImportKind.REPS, ImportKind.OUTLETS, ImportKind.PRODUCTS})
MOST_CODE = 64
MOST_TOLD = 5_000
"""As many problems are told of a file that was to be all or nothing; each row tells 20 of its own at most."""
TOGETHER = {ImportKind.ASSORTMENT_TARGETS: ("quarter", "territory_code")}
"""Kinds whose rows make one thing together, by the members that say which: they stand together and have one fate."""

_NAMES = {
    ImportKind.PRICES: "product_code",
    ImportKind.STOCK: "product_code",
    ImportKind.VISITS: "outlet_code",
    ImportKind.ASSORTMENT_TARGETS: "assortment_group",
}


@dataclass(frozen=True, slots=True)
class Importing:
    """How a file is imported: when, by whom, whether frozen days may be changed, and from when on calendars hold."""

    at: datetime
    author: ChangeAuthor
    override_freeze: bool = False
    effective: CalendarStart = CalendarStart.NEXT_DAY


async def import_rows(
    session: AsyncSession, kind: ImportKind, rows: Sequence[FileRow], context: Importing, *, atomic: bool = False
) -> list[Upserted]:
    """Upsert what is sound, by a fixed number of statements; each row's fate, in the order given.

    With `atomic` one rejected row raises RowsRejected, so that nothing is committed.
    """
    outcomes = refused_together([_refused(kind, row) for row in rows], rows, TOGETHER.get(kind, ()))
    places = [place for place, outcome in enumerate(outcomes) if outcome is None]
    if places:
        done = await _upsert(session, kind, [rows[place] for place in places], context)
        for place, outcome in zip(places, done, strict=True):
            outcomes[place] = outcome
    fates = [told(outcome) for outcome in outcomes if outcome is not None]
    if atomic:
        must_be_whole(rows, fates)
    return fates


def must_be_whole(rows: Sequence[FileRow], fates: Sequence[Upserted]) -> None:
    """Raise RowsRejected where a row was rejected: the import was to be all or nothing."""
    rejected = [(row, fate) for row, fate in zip(rows, fates, strict=True) if fate.status is UpsertStatus.REJECTED]
    if rejected:
        problems = (
            FieldProblem(f"/{row.line}{problem.pointer}", problem.code, problem.message)
            for row, fate in rejected
            for problem in fate.problems
        )
        message = f"{len(rejected)} of {len(rows)} rows were rejected; nothing was written."
        raise RowsRejected(message, errors=list(islice(problems, MOST_TOLD)), accepted=0, rejected=len(rejected))


def code_of(kind: ImportKind, row: FileRow) -> str | None:
    """The code that identifies a row: its own, or its product's or outlet's."""
    code = row.raw.get(_NAMES.get(kind, "code"))
    return code if isinstance(code, str) and len(code) <= MOST_CODE else None


def _refused(kind: ImportKind, row: FileRow) -> Upserted | None:
    problems = row.problems
    if not problems and kind in BY_CODE and row.raw.get("code") is None:
        problems = (FieldProblem("/code", "missing", "A row needs the code that it is known by."),)
    return Upserted(UpsertStatus.REJECTED, problems=problems) if problems else None


def told(fate: Upserted) -> Upserted:
    """A row's fate with as many problems as are told."""
    return fate if len(fate.problems) <= MOST_PROBLEMS else replace(fate, problems=fate.problems[:MOST_PROBLEMS])


async def _upsert(
    session: AsyncSession, kind: ImportKind, rows: Sequence[FileRow], context: Importing
) -> list[Upserted]:
    """The same services as the single PUTs: a PUT is an import of one row."""
    bodies: list[Any] = [row.body for row in rows]
    by_code = [(body.code, body) for body in bodies] if kind in BY_CODE else []
    upserts: dict[ImportKind, Callable[[], Awaitable[list[Upserted]]]] = {
        ImportKind.TERRITORIES: lambda: upsert_territories(
            session, by_code, context.at, context.author, context.effective
        ),
        ImportKind.REPS: lambda: upsert_reps(session, by_code, context.at, context.author),
        ImportKind.OUTLETS: lambda: upsert_outlets(session, by_code, context.at, context.author),
        ImportKind.PRODUCTS: lambda: upsert_products(session, by_code, context.at, context.author),
        ImportKind.PRICES: lambda: upsert_prices(session, bodies, context.at, context.author),
        ImportKind.STOCK: lambda: upsert_stock(session, bodies),
        ImportKind.VISITS: lambda: import_visits(
            session, bodies, context.at, context.author.actor, override_freeze=context.override_freeze
        ),
        ImportKind.ASSORTMENT_TARGETS: lambda: import_targets(session, bodies, context.at, context.author),
    }
    return await upserts[kind]()
