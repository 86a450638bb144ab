"""Plays days on the database, through the doors that phones and the office use.

Several days are played at once: what reaches the server within the same moment is recorded together, as uploads are.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.previews import Preview
from app.doors.handheld.upload.service import record_uploads
from app.doors.order_taking import amendments
from app.ground import clock
from app.ground.errors import Conflict
from app.ground.web.versions import Precondition
from tests.factories.visits import MONDAY
from tests.simulation.deliveries import EditRequest, Upload
from tests.simulation.requests import amendment_of, cancellation_of, upload_of
from tests.simulation.stages import AFTER_ALL, Stage, instant


@dataclass(frozen=True)
class Closed:
    """A run, and what a dry run had said just before. `flagged`: the visits of its report, with their causes."""

    run: CutoffRun
    preview: Preview
    flagged: dict[UUID, str]


News = tuple[float, Stage, Upload | EditRequest | str | tuple[int, int]]


async def play(
    session: AsyncSession,
    stages: Sequence[Stage],
    news: Sequence[Sequence[Upload | EditRequest]],
    runs_at: Sequence[float],
) -> list[Closed]:
    """Play the days of stages, each with its news, and closed at its minute."""
    happenings: list[News] = []
    for stage, own, run_at in zip(stages, news, runs_at, strict=True):
        happenings += [(each.received_at, stage, each) for each in own]
        happenings += [(minute, stage, visit) for visit, minute in stage.facts.excuses.items()]
        happenings.append((run_at, stage, "close"))
    closed: dict[int, Closed] = {}
    with clock.fixed(instant(0)) as the_clock:
        for minute, at_once in groupby(sorted(happenings, key=lambda each: each[0]), key=lambda each: each[0]):
            the_clock.move_to(instant(minute))
            now = list(at_once)
            await _upload(session, [(stage, what) for _, stage, what in now if isinstance(what, Upload)])
            for _, stage, what in now:
                if what == "close":
                    closed[stage.territory.id] = await close(session, stage)
                elif isinstance(what, EditRequest):
                    await _edit(session, stage, what)
                elif isinstance(what, tuple):
                    visit_id = stage.visits[what]
                    await cutoff.excuse_visit(session, visit_id, None, reason_code="rep_ill", comment="", by="user:s")
        the_clock.move_to(instant(AFTER_ALL))
        await cutoff.finalise_after_72h(session, clock.now())
        # what nobody has reviewed by the month's close was the company's to clear (P4)
        rep_ids = [rep.id for stage in stages for rep in stage.reps]
        await cutoff.settle_waiting(session, rep_ids, MONDAY, MONDAY, clock.now())
    return [closed[stage.territory.id] for stage in stages]


async def close(session: AsyncSession, stage: Stage) -> Closed:
    """Close a day, and ask what would be flagged just before."""
    async with session.begin_nested() as trial:
        preview = await cutoff.preview(session, stage.territory.id, MONDAY)
        await trial.rollback()
    run = await cutoff.close_day(session, stage.territory.id, MONDAY, triggered_by="simulation")
    rows = await session.execute(
        select(MissingOrder.visit_id, MissingOrder.cause).where(MissingOrder.run_id == run.id, ~MissingOrder.supplement)
    )
    return Closed(run, preview, {row.visit_id: row.cause for row in rows})


async def _upload(session: AsyncSession, uploads: Sequence[tuple[Stage, Upload]]) -> None:
    """Record uploads together, those of one rep one after the other."""
    waiting = [upload_of(stage, upload) for stage, upload in uploads]
    while waiting:
        group = {upload.reporter.rep_id: upload for upload in reversed(waiting)}
        outcomes = await record_uploads(session, list(group.values()))
        assert None not in outcomes
        together = {id(upload) for upload in group.values()}
        waiting = [upload for upload in waiting if id(upload) not in together]


async def _edit(session: AsyncSession, stage: Stage, request: EditRequest) -> None:
    edit = request.edit
    caller = stage.office() if edit.by_office else stage.handheld(stage.facts.tap(edit.order).phone)
    async with session.begin_nested():
        order = await amendments.order_in_sight(session, caller, edit.order)
        if order is None:
            return  # it is lost
        with suppress(Conflict):  # it came too late, or was cancelled: the order stays as it is
            if edit.quantity is None:
                body = cancellation_of(stage, request)
                await amendments.cancel_order(session, caller, order, body, Precondition())
            else:
                form = amendment_of(stage, request)
                await amendments.amend_order(session, caller, order, form, Precondition())
