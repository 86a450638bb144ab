"""Whatever a simulated day books can be explained, by facts that agree with what the oracle knows of the day (P8)."""

import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.explanations import service as explanations
from app.closing.explanations.service import ExplainedPoints
from app.ground import clock
from app.motivation.points.models import PointsEntry
from tests.simulation.days import CUTOFF, Facts
from tests.simulation.deliveries import contacts, deliver
from tests.simulation.drawing import draw
from tests.simulation.play import play
from tests.simulation.stages import AFTER_ALL, Stage, instant, make_stage
from tests.simulation.stories import story

FIRST = int(os.environ.get("FIELDPROOF_FIRST_SIMULATED_DAY", "8"))
LAST = FIRST + int(os.environ.get("FIELDPROOF_SIMULATED_DAYS", "4"))
RUN_AT = CUTOFF + 0.5


async def test_every_entry_of_a_simulated_day_is_explained_by_the_days_facts(session: AsyncSession) -> None:
    days = {seed: draw(seed) for seed in range(FIRST, LAST)}
    stages = [await make_stage(session, facts) for facts in days.values()]
    news = [contacts(facts) + deliver(facts, seed) for seed, facts in days.items()]
    await play(session, stages, news, [RUN_AT] * len(stages))
    seen = set()
    for seed, stage in zip(days, stages, strict=True):
        for rep_number, entries in enumerate([await _entries(session, rep.id) for rep in stage.reps]):
            phone = next(number for number, each in enumerate(stage.facts.phones) if each.rep == rep_number)
            for entry in entries:
                with clock.fixed(instant(AFTER_ALL)):
                    explained = await explanations.explain(session, stage.handheld(phone), entry.id)
                seen.add((entry.rule, entry.kind, entry.note))
                hold_that_it_agrees(stage, explained, story(seed))
    assert {rule for rule, _, _ in seen} == {"missed_order", "late_order", "order_on_time"}, seen
    assert {note for _, kind, note in seen if kind == "REVERSAL"} >= {"late_order", "captured_before_cutoff"}, seen


async def _entries(session: AsyncSession, rep_id: int) -> Sequence[PointsEntry]:
    rows = await session.scalars(select(PointsEntry).where(PointsEntry.rep_id == rep_id).order_by(PointsEntry.id))
    return rows.all()


def hold_that_it_agrees(stage: Stage, explained: ExplainedPoints, told: str) -> None:
    """It names its visit; the order that it goes by is one of the visit's outlet, and says of itself what happened."""
    entry, facts = explained.entry, dict(explained.explanation.facts)
    (visit,) = [visit for visit, id_ in stage.visits.items() if id_ == entry.source_id]
    assert facts["visit_id"] == str(entry.source_id), told
    assert facts["outlet_code"] == stage.outlets[visit[1]].code, told
    assert datetime.fromisoformat(facts["cutoff_at"]) == instant(CUTOFF), told
    assert "visit" in [record.type for record in explained.explanation.records], told
    if entry.counts:
        hold_that_its_order_agrees(stage.facts, visit, explained, told)


def hold_that_its_order_agrees(facts: Facts, visit: tuple[int, int], explained: ExplainedPoints, told: str) -> None:
    """Of what counts in the end: the order by which it is explained is what the oracle would have gone by."""
    step, said = explained.entry.step, explained.explanation.facts
    named = said.get("order_id")
    order = None if named is None else facts.tap(UUID(named))
    if order is not None:
        assert (order.kind, order.outlet) == ("order", visit[1]), told
    match step.rule.value, step.kind.value, step.note:
        case "missed_order", "PENALTY", _:
            assert not said["orders"] or all(each["cancelled_at"] for each in said["orders"]), told
        case "late_order", "PENALTY", _:
            kinds = {each["kind"] for each in said["obstacles"]}
            assert order is not None, told
            assert order.id not in facts.in_time, told
            assert kinds, told
            anchored = facts.boot_of(order).anchored
            assert ("captured_after_cutoff" in kinds) is (anchored and order.minute > CUTOFF), told
            assert ("clock_not_trusted" in kinds) is not anchored, told
        case _, "REVERSAL", "captured_before_cutoff":
            assert order is not None, told
            assert order.minute <= CUTOFF, told
            assert facts.boot_of(order).anchored, told
        case "order_on_time", "AWARD", _:
            assert order is not None, told
            assert said["in_the_system_by_the_cutoff"] is (order.id in facts.in_time), told
            assert facts.phones[order.phone].rep == visit[0], told
