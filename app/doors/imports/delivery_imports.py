"""Use case of the import of deliveries: rows become deliveries, each judged as a whole, and answered row by row."""

from collections.abc import Hashable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.schemas import DeliveryRowBody
from app.doors.fulfilment.service import take_deliveries
from app.doors.imports.files import FileRow
from app.doors.imports.row_groups import RowGroup, fates_of, groups_of
from app.doors.imports.service import must_be_whole, told
from app.ground.errors import FieldProblem
from app.ground.receipts.forms import FormFate, FormOutcome
from app.ground.web.upserts import Upserted, UpsertStatus
from app.sales.deliveries.rules import DeliveryForm

_STATUS = {
    FormFate.RECORDED: UpsertStatus.CREATED,
    FormFate.CORRECTED: UpsertStatus.UPDATED,
    FormFate.UNCHANGED: UpsertStatus.UNCHANGED,
}


async def import_deliveries(
    session: AsyncSession, rows: Sequence[FileRow], by: str, at: datetime, *, atomic: bool = False
) -> list[Upserted]:
    """Record what is sound, by a fixed number of statements; each row's fate, in the order given.

    With `atomic` one rejected row raises RowsRejected, so that nothing is committed.
    """
    groups = groups_of(rows, _head)
    sound = [place for place, group in enumerate(groups) if not group.problems]
    outcomes = await take_deliveries(session, [_form(rows, groups[place]) for place in sound], by, at)
    done: list[Upserted | None] = [None] * len(groups)
    for place, outcome in zip(sound, outcomes, strict=True):
        done[place] = _fate(groups[place], outcome)
    fates = [told(fate) for fate in fates_of(rows, groups, done)]
    if atomic:
        must_be_whole(rows, fates)
    return fates


def _head(body: DeliveryRowBody) -> Hashable:
    return body.number, body.outlet_code, body.order_id, body.delivered_at


def _form(rows: Sequence[FileRow], group: RowGroup) -> DeliveryForm:
    bodies = [body for place in group.places if isinstance(body := rows[place].body, DeliveryRowBody)]
    return bodies[0].form(tuple(body.line() for body in bodies))


def _fate(group: RowGroup, outcome: FormOutcome[DeliveryForm]) -> Upserted | None:
    """What became of a delivery's rows; None: it is rejected."""
    if outcome.fate is FormFate.CONFLICT:
        group.refuse_record([FieldProblem("/id", "other_kind", "This id is that of another kind of record.")])
    group.refuse_record(outcome.problems)
    return None if group.problems else Upserted(_STATUS[outcome.fate], outcome.version)
