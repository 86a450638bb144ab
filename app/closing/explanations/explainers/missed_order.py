"""Why a visit cost `missed_order`."""

from app.closing.explanations.explainers.parts import (
    check_in_sentence,
    cutoff_of,
    order_text,
    planned,
    unseen,
    visit_facts,
    visit_records,
    window_ends_at,
)
from app.closing.explanations.explanation import Explanation
from app.closing.explanations.records import SeenOrder, SeenVisit, World
from app.closing.explanations.wording import Wording, day_text, outlet_text, sentence, wording_of, words_of


def explain(world: World) -> Explanation:
    """No order of the outlet was in the system by the cutoff (C2, C3)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen(world)
    cancelled = _cancelled_by_cutoff(world, visit)
    late = _after_the_window(world, visit)
    text = [
        sentence(f"{planned(visit)}, and no order of the outlet was in the system at {cutoff_of(visit, words)}"),
        *(_cancelled_sentence(order, words) for order in cancelled),
        check_in_sentence(world, words),
        *_refused(world, words),
    ]
    if visit.no_order_reason:
        text.append(sentence(f"the reason that {words.rep} gave for no order: {words_of(visit.no_order_reason)}"))
    refusals = [
        {"id": str(each.id), "received_at": words.told(each.received_at), "problems": list(each.problems)}
        for each in world.refusals
        if each.own
    ]
    return Explanation(
        text,
        visit_facts(world, words, refused_forms=refusals),
        visit_records(world, [*cancelled, *late]),
        [*_changes(world, visit, words), *(_too_late(order, visit, words) for order in late)],
    )


def _cancelled_by_cutoff(world: World, visit: SeenVisit) -> list[SeenOrder]:
    cutoff, booked_at = visit.run.cutoff_at if visit.run else None, world.entry.step.booked_at
    return [
        order
        for order in world.orders
        if cutoff
        and order.known_at <= booked_at
        and order.cancelled_effective_at is not None
        and order.cancelled_effective_at <= cutoff
    ]


def _after_the_window(world: World, visit: SeenVisit) -> list[SeenOrder]:
    until = window_ends_at(visit)
    return [order for order in world.orders if until is not None and order.accepted_at > until]


def _cancelled_sentence(order: SeenOrder, words: Wording) -> str:
    if not order.in_sight or order.cancelled_effective_at is None:
        return sentence("an order of the outlet was cancelled before the cutoff, so it does not count")
    at = words.time(order.cancelled_effective_at)
    return sentence(f"{order_text(order, words)} was cancelled at {at}, before the cutoff, so it does not count")


def _refused(world: World, words: Wording) -> list[str]:
    return [
        sentence(
            f"the order form that {words.rep} sent, and that came at {words.time(each.received_at)}, was refused: "
            f"{' '.join(each.problems)}"
        )
        for each in world.refusals
        if each.own
    ]


def _changes(world: World, visit: SeenVisit, words: Wording) -> list[str]:
    changes = [sentence(f"an order of {outlet_text(visit.outlet)} in the system by {cutoff_of(visit, words)}")]
    until = window_ends_at(visit)
    if any(each.own and each.still_refused for each in world.refusals) and until is not None:
        refused = next(each for each in world.refusals if each.own and each.still_refused)
        came = words.time(refused.received_at)
        verb = "can still be" if world.now <= until else "could have been"
        changes.append(
            sentence(
                f"the refused form of {came} without its problems: it {verb} sent again with the same content, and "
                f"where it is accepted by {words.moment(until)}, it counts from {came}"
            )
        )
    return [*changes, *_within_the_window(world, visit, words)]


def _within_the_window(world: World, visit: SeenVisit, words: Wording) -> list[str]:
    """What could have come after the cutoff, once that is over; until then `outlook` tells what may (C4)."""
    until = window_ends_at(visit)
    if until is None or world.now <= until:
        return []
    by, cutoff, here = words.moment(until), cutoff_of(visit, words), outlet_text(visit.outlet)
    return [
        sentence(
            f"an order captured at {here} by {cutoff} that came by {by}, with proof of the place: it would have cost "
            "nothing"
        ),
        sentence(f"any other order of {day_text(visit.visit_date)} that came by {by}: it would have cost less"),
    ]


def _too_late(order: SeenOrder, visit: SeenVisit, words: Wording) -> str:
    until = window_ends_at(visit)
    if until is None or not order.in_sight:
        return sentence("a late order that comes within 72 hours of the cutoff: one came after that")
    came, limit = words.moment(order.accepted_at), words.moment(until)
    return sentence(f"{order_text(order, words)} coming within 72 hours of the cutoff, by {limit}: it came at {came}")
