"""Why what an order earned or cost was taken back, or counts again."""

from app.closing.explanations.explainers.parts import order_facts, order_text
from app.closing.explanations.explainers.reversals import opening, unseen_reversal
from app.closing.explanations.explanation import ExplainedRecordType, Explanation
from app.closing.explanations.links import link_to
from app.closing.explanations.records import World
from app.closing.explanations.wording import outlet_text, sentence, wording_of
from app.sales.orders.amendment_rules import OrderChangeKind


def not_dumped(world: World) -> Explanation:
    """No confirmed doubt about the order stands any more (P4)."""
    return _of_order(world, "no confirmed doubt about the order stands any more", "A doubt that somebody confirms.")


def dumped_again(world: World) -> Explanation:
    """A doubt about the order stands again, and is confirmed (P4)."""
    return _of_order(world, "a confirmed doubt about the order stands again", "A review that dismisses the doubt.")


def earned_by_a_dumped_order(world: World) -> Explanation:
    """What was found to be dumped earns nothing (P4)."""
    why = "a doubt that it was not taken from the outlet was confirmed, so it earns nothing"
    return _of_order(world, why, "A review that dismisses the doubt.")


def delivery_concluded_anew(world: World) -> Explanation:
    """The order was changed (O4), or what was delivered or who answers for a difference is known otherwise (D1)."""
    if world.order_change is OrderChangeKind.CANCELLED:
        return _of_order(world, "the order was cancelled, so nothing of it was to come", "The order not cancelled.")
    if world.order_change is not None:
        why = "the order was amended, and what was delivered is compared with what it says since"
        return _of_order(world, why, "The order as it was before.")
    why = "what was delivered of the order, or who answers for a difference, is known otherwise by now"
    return _of_order(world, why, "Deliveries, and decisions about them, that had stayed as they were.")


def _of_order(world: World, why: str, change: str) -> Explanation:
    words, order = wording_of(world), world.order(world.entry.source_id)
    if order is None or world.outlet is None:
        return unseen_reversal(world, words)
    text = [
        opening(world, words),
        sentence(f"it is about {order_text(order, words)} for {outlet_text(world.outlet)}: {why}"),
    ]
    facts = {**world.facts, "outlet_code": world.outlet.code, "order": order_facts(order, words)}
    return Explanation(text, facts, [link_to(ExplainedRecordType.ORDER, order.id)], [change])
