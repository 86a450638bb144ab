"""Why a visit cost `late_order`."""

from app.closing.cutoff.settlement_rules import Standing
from app.closing.explanations.explainers.clearing import (
    obstacle_change,
    obstacle_facts,
    obstacle_records,
    obstacle_sentence,
    would_have_been_in_time,
)
from app.closing.explanations.explainers.parts import (
    came,
    check_in_sentence,
    cutoff_of,
    order_text,
    planned,
    points_of,
    unseen,
    visit_facts,
    visit_records,
)
from app.closing.explanations.explanation import Explanation
from app.closing.explanations.records import SeenOrder, SeenVisit, World
from app.closing.explanations.rules import Obstacle, deciding_order, obstacles, settled_by
from app.closing.explanations.wording import Wording, outlet_text, points_text, sentence, wording_of
from app.motivation.points.rules import PointsRule


def explain(world: World) -> Explanation:
    """An order of the day came after the cutoff, and nothing proves that it was taken on the spot before it (C4)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen(world)
    at = world.entry.step.booked_at
    order = settled_by(world, Standing.LATE, at) or deciding_order(world, at)
    held_back = obstacles(world, order, at) if order is not None else []
    text = [
        sentence(f"{planned(visit)}, and no order of the outlet was in the system at {cutoff_of(visit, words)}"),
        *_order_sentences(order, held_back, visit, words),
        check_in_sentence(world, words),
        *_in_place_of(world),
    ]
    shown = order if order is not None and order.in_sight else None
    facts = visit_facts(
        world,
        words,
        order_id=str(shown.id) if shown else None,
        obstacles=[obstacle_facts(each, words) for each in held_back] if shown else [],
    )
    records = visit_records(world, [shown] if shown else [])
    if shown:
        records += obstacle_records(world, held_back)
    return Explanation(text, facts, records, _changes(shown, held_back, visit, words))


def _order_sentences(order: SeenOrder | None, held_back: list[Obstacle], visit: SeenVisit, words: Wording) -> list[str]:
    if order is None:
        return ["An order of the day came after it, which does not count any more."]
    text = [sentence(f"{order_text(order, words)} {came(order, words)}, after the cutoff")]
    if order.in_sight:
        text += [obstacle_sentence(each, order, visit, words) for each in held_back]
    return text


def _in_place_of(world: World) -> list[str]:
    missed = points_of(world, PointsRule.MISSED_ORDER)
    if missed is None:
        return []
    late = points_text(world.entry.step.points)
    return [sentence(f"a late order costs {late} instead of the {points_text(missed)} of a missed one")]


def _changes(order: SeenOrder | None, held_back: list[Obstacle], visit: SeenVisit, words: Wording) -> list[str]:
    if order is None:
        return [sentence(f"an order of {outlet_text(visit.outlet)} in the system by {cutoff_of(visit, words)}")]
    changes = would_have_been_in_time(order, visit, words)
    return changes + list(dict.fromkeys(obstacle_change(each, order, visit, words) for each in held_back))
