"""Why a visit cost `past_due_order`."""

from datetime import datetime

from app.closing.explanations.explainers.parts import (
    cutoff_of,
    order_text,
    planned,
    unseen,
    visit_facts,
    visit_records,
)
from app.closing.explanations.explanation import Explanation
from app.closing.explanations.records import SeenOrder, World
from app.closing.explanations.rules import first_received
from app.closing.explanations.wording import Wording, minutes_text, outlet_text, sentence, wording_of


def explain(world: World) -> Explanation:
    """The order was in time for the cutoff, and late for the outlet's own due time (C2, P2)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None or visit.due_at is None:
        return unseen(world)
    first = first_received(world, world.entry.step.booked_at)
    order = world.order(first.id) if first is not None else None
    due, here = words.zoned(visit.due_at), outlet_text(visit.outlet)
    text = [
        sentence(f"{planned(visit)}, and the outlet has an order due time of its own: {due}"),
        _order_sentence(order, visit.due_at, words),
        sentence(f"it was in time for the cutoff at {cutoff_of(visit, words)}, so the visit is not a missed one"),
    ]
    shown = order if order is not None and order.in_sight else None
    late_by = order.arrived_at - visit.due_at if order is not None else None
    facts = visit_facts(
        world,
        words,
        due_at=words.told(visit.due_at),
        order_id=str(shown.id) if shown else None,
        late_by_s=round(late_by.total_seconds()) if late_by is not None and shown else None,
    )
    earlier = f"{minutes_text(late_by)} earlier, " if late_by is not None and shown else ""
    changes = [sentence(f"{earlier}an order of {here} in the system by {due} would have cost nothing")]
    return Explanation(text, facts, visit_records(world, [shown] if shown else []), changes)


def _order_sentence(order: SeenOrder | None, due_at: datetime, words: Wording) -> str:
    if order is None or not order.in_sight:
        return "The first order of the outlet came after that."
    late_by = minutes_text(order.arrived_at - due_at)
    return sentence(f"{order_text(order, words)} was in the system at {words.time(order.arrived_at)}, {late_by} later")
