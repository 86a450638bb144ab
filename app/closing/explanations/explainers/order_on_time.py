"""Why a visit earned `order_on_time`."""

from app.closing.explanations.explainers.parts import (
    came,
    cutoff_of,
    order_text,
    planned,
    proof_sentence,
    unseen,
    visit_facts,
    visit_records,
)
from app.closing.explanations.explanation import Explanation
from app.closing.explanations.records import SeenOrder, SeenVisit, World
from app.closing.explanations.rules import timely_orders
from app.closing.explanations.wording import Wording, outlet_text, plural, sentence, wording_of
from app.closing.punctuality.timely_orders import was_received


def explain(world: World) -> Explanation:
    """The rep's order was in the system by the cutoff, or counts as if it had been (P3)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen(world)
    timely = timely_orders(world, world.entry.step.booked_at)
    order = world.order(timely[0].id) if timely else None
    received = bool(timely) and was_received(timely[0], visit.run.cutoff_at)
    text = [sentence(planned(visit)), _order_sentence(order, visit, words, received=received)]
    if order is not None and not received and (proof := proof_sentence(order, world, words)):
        text.append(proof)
    orders = [order] if order is not None else []
    order_id = str(order.id) if order is not None and order.in_sight else None
    facts = visit_facts(world, words, order_id=order_id, in_the_system_by_the_cutoff=received)
    return Explanation(text, facts, visit_records(world, orders), _changes(world, visit, words, received=received))


def _order_sentence(order: SeenOrder | None, visit: SeenVisit, words: Wording, *, received: bool) -> str:
    cutoff = cutoff_of(visit, words)
    if order is None:
        return sentence(f"an order of the outlet was in time for the cutoff at {cutoff}")
    what = order_text(order, words)
    if not order.in_sight:
        return sentence(f"{what} was in time for the cutoff at {cutoff}")
    if received:
        return sentence(f"{what} was in the system at {words.time(order.arrived_at)}, by the cutoff at {cutoff}")
    return sentence(
        f"{what} {came(order, words)}, and counts as if it had been in the system at {cutoff}: it was captured before "
        "that, on the spot"
    )


def _changes(world: World, visit: SeenVisit, words: Wording, *, received: bool) -> list[str]:
    cutoff, here = cutoff_of(visit, words), outlet_text(visit.outlet)
    lost = f"without an order of {here} in the system by {cutoff}, nothing would have been earned"
    if not received:
        lost = f"without proof that the order was captured at {here} by {cutoff}, nothing would have been earned"
    changes = [sentence(lost)]
    policy = world.entry.policy
    if policy is not None and policy.monthly_cap is not None:
        most = plural(policy.monthly_cap, "point")
        changes.append(sentence(f"in a month at most {most} can be earned by this rule: what is over is taken off"))
    if world.entry.counts:
        changes.append(
            "It is taken back where somebody confirms a doubt that the order was averaged, or taken from afar."
        )
    return changes
