"""Imports of records whose lines are rows: rows become forms, each judged as a whole, and answered row by row."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.imports.files import FileRow
from app.doors.imports.files_of_requests import answered, rows_in, turns
from app.doors.imports.row_groups import RowGroup, fates_of, groups_of
from app.doors.imports.service import MOST_CODE, must_be_whole, told
from app.ground import clock
from app.ground.errors import FieldProblem
from app.ground.receipts.forms import FormFate, FormOutcome, FormT
from app.ground.web.upserts import Upserted, UpsertStatus

_STATUS = {
    FormFate.RECORDED: UpsertStatus.CREATED,
    FormFate.CORRECTED: UpsertStatus.UPDATED,
    FormFate.UNCHANGED: UpsertStatus.UNCHANGED,
}


class TakeForms(Protocol[FormT]):
    """Records forms, each id once among them; what became of each, in the order given."""

    def __call__(
        self, session: AsyncSession, forms: Sequence[FormT], by: str, at: datetime
    ) -> Awaitable[Sequence[FormOutcome[FormT]]]:
        """As `take_deliveries` and `take_returns` do."""


@dataclass(frozen=True, slots=True)
class RecordKind(Generic[FormT]):
    """What is imported: its rows, what all rows of a record must say alike, their form, and who records it."""

    row: type[BaseModel]
    head: Callable[[Any], Hashable]
    form: Callable[[Sequence[Any]], FormT]
    take: TakeForms[FormT]


async def answer_import(
    request: Request, session: AsyncSession, kind: RecordKind[FormT], by: str, *, atomic: bool, dry_run: bool
) -> Response:
    """Import the file of a request, and answer for every row. A dry run answers the same, and writes nothing."""
    content_type, content = request.headers.get("content-type", ""), await request.body()
    async with turns(request):
        rows = await rows_in(request, content_type, content, kind.row)
        # a savepoint, which a dry run goes back to: what it answers is what was done
        async with session.begin_nested() as savepoint:
            fates = await import_records(session, kind, rows, by, clock.now(), atomic=atomic)
            if dry_run:
                await savepoint.rollback()
        return await answered(request, rows, fates, _id_in)


async def import_records(
    session: AsyncSession, kind: RecordKind[FormT], rows: Sequence[FileRow], by: str, at: datetime, *, atomic: bool
) -> list[Upserted]:
    """Record what is sound, by a fixed number of statements; each row's fate, in the order given.

    With `atomic` one rejected row raises RowsRejected, so that nothing is committed.
    """
    groups = groups_of(rows, kind.head)
    sound = [place for place, group in enumerate(groups) if not group.problems]
    outcomes = await kind.take(session, [_form(kind, rows, groups[place]) for place in sound], by, at)
    done: list[Upserted | None] = [None] * len(groups)
    for place, outcome in zip(sound, outcomes, strict=True):
        done[place] = _fate(groups[place], outcome)
    fates = [told(fate) for fate in fates_of(rows, groups, done)]
    if atomic:
        must_be_whole(rows, fates)
    return fates


def _form(kind: RecordKind[FormT], rows: Sequence[FileRow], group: RowGroup) -> FormT:
    return kind.form([rows[place].body for place in group.places])


def _fate(group: RowGroup, outcome: FormOutcome[FormT]) -> Upserted | None:
    """What became of a record's rows; None: it is rejected."""
    if outcome.fate is FormFate.CONFLICT:
        group.refuse_record([FieldProblem("/id", "other_kind", "This id is that of another kind of record.")])
    group.refuse_record(outcome.problems)
    return None if group.problems else Upserted(_STATUS[outcome.fate], outcome.version)


def _id_in(row: FileRow) -> str | None:
    """The record's id, as the row says it."""
    id_ = row.raw.get("id")
    return id_ if isinstance(id_, str) and len(id_) <= MOST_CODE else None
