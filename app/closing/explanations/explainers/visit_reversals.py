"""Why what a visit earned or cost was taken back, or counts again: by the note of the reversal."""

from app.closing.explanations.explainers.clearing import obstacle_sentence
from app.closing.explanations.explainers.parts import (
    came,
    cutoff_of,
    order_text,
    planned,
    proof_sentence,
    visit_facts,
    visit_records,
)
from app.closing.explanations.explainers.reversals import opening, reversed_step, unseen_reversal
from app.closing.explanations.explanation import Explanation
from app.closing.explanations.links import link_to_doubt
from app.closing.explanations.records import SeenOrder, SeenVisit, World
from app.closing.explanations.rules import (
    clearing_order,
    deciding_order,
    dumped_orders,
    dumping_confirmed,
    obstacles,
    settled_by,
    timely_orders,
)
from app.closing.explanations.wording import (
    Wording,
    outlet_text,
    sentence,
    wording_of,
    words_of,
)


def captured_before_cutoff(world: World) -> Explanation:
    """An order came late that was captured in time, on the spot (C4)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    at = world.entry.step.booked_at
    order = settled_by(world, world.entry.step.note, at) or clearing_order(world, at)
    text = [opening(world, words), sentence(planned(visit)), *_clearing(order, world, visit, words)]
    changes = [
        sentence(
            f"without proof that the order was captured at {outlet_text(visit.outlet)} by {cutoff_of(visit, words)}, "
            "it would count as a late one"
        )
    ]
    return _of_visit(world, words, text, changes, order)


def received_before_cutoff(world: World) -> Explanation:
    """The form of an order had arrived by the cutoff, and was read or accepted later (T5, O2)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    at = world.entry.step.booked_at
    order = settled_by(world, world.entry.step.note, at) or deciding_order(world, at)
    what = "the form of an order" if order is None else f"the form of {order_text(order, words)}"
    when = f" at {words.time(order.arrived_at)}" if order is not None and order.in_sight else ""
    text = [
        opening(world, words),
        sentence(planned(visit)),
        sentence(f"{what} had reached the system{when}, by the cutoff at {cutoff_of(visit, words)}"),
        sentence(f"that it was read, or accepted, only later is not {words.reps} doing"),
    ]
    return _of_visit(world, words, text, ["A form that came after the cutoff would count as a late order."], order)


def late_order(world: World) -> Explanation:
    """An order of the day came after the cutoff: the smaller penalty takes the place of the bigger one (C4)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    at = world.entry.step.booked_at
    order = settled_by(world, world.entry.step.note, at) or deciding_order(world, at)
    text = [opening(world, words), sentence(planned(visit))]
    if order is not None:
        text.append(sentence(f"{order_text(order, words)} {came(order, words)}, after the cutoff"))
        if order.in_sight:
            text += [obstacle_sentence(each, order, visit, words) for each in obstacles(world, order, at)]
    text += _office(world, visit) or _smaller(world)
    changes = [f"With no order of the day within 72 hours, the visit to {outlet_text(visit.outlet)} would be missed."]
    return _of_visit(world, words, text, changes, order)


def missed_order(world: World) -> Explanation:
    """No order of the outlet and day counts any more."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    text = [
        opening(world, words),
        sentence(planned(visit)),
        *_cancellations(world, visit, words),
        *(_office(world, visit) or ["No order of the outlet counts for that day any more."]),
    ]
    changes = [sentence(f"an order of {outlet_text(visit.outlet)} that stands at {cutoff_of(visit, words)}")]
    return _of_visit(world, words, text, changes, *_cancelled(world, visit))


def excused(world: World) -> Explanation:
    """A supervisor has excused the visit (V5)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    at = f" at {words.moment(visit.excused_at)}" if visit.excused_at is not None else ""
    reason = f": {words_of(visit.excuse_reason)}" if visit.excuse_reason else ""
    remark = f" ({visit.excuse_comment})" if visit.excuse_comment else ""
    text = [
        opening(world, words),
        sentence(planned(visit)),
        sentence(f"a supervisor excused it{at}{reason}{remark}"),
        "An excused visit costs nothing, whatever orders came or come.",
    ]
    return _of_visit(world, words, text, ["Without the excuse it would have stood."])


def nobody_answers(world: World) -> Explanation:
    """The rep had left by the cutoff, or rep and outlet belonged together no longer (decision 19)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    text = [
        opening(world, words),
        sentence(planned(visit)),
        sentence(
            f"by the cutoff at {cutoff_of(visit, words)} {words.rep} had left, or belonged to another territory than "
            "the outlet, or the outlet was closed"
        ),
        "Nobody answers for such a visit: it costs nothing, and earns nothing.",
    ]
    return _of_visit(world, words, text, ["Rep and outlet in the same territory at the cutoff, both of them active."])


def run_voided(world: World) -> Explanation:
    """The closing of the day was made in error (C9)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    reason = f": {visit.run.void_reason}" if visit.run.void_reason else ""
    text = [
        opening(world, words),
        sentence(planned(visit)),
        sentence(f"the closing of that day was declared void{reason}"),
        "What it had brought is taken back, what it cost and what it earned; the day may be closed anew.",
    ]
    return _of_visit(world, words, text, ["A day that is closed anew is judged anew by the same rules."])


def order_dumped(world: World) -> Explanation:
    """The order that earned was found to be dumped (P4)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    at = world.entry.step.booked_at
    dumped = dumped_orders(world, at)
    doubts = [doubt for order in dumped for doubt in dumping_confirmed(world, order.id, at)]
    text = [
        opening(world, words),
        sentence(planned(visit)),
        *(
            sentence(f"{order_text(order, words)} was found to be dumped, so it earns nothing: {doubt.explanation}")
            for order in dumped
            if order.in_sight
            for doubt in doubts
            if doubt.subject_id == order.id
        ),
        "Somebody has confirmed that the order of this visit was averaged, or taken from afar.",
    ]
    changes = ["A review that dismisses the doubt.", "Another order of the visit in time, without such a doubt."]
    explanation = _of_visit(world, words, text, changes, *dumped)
    return Explanation(
        explanation.text,
        explanation.facts,
        [*explanation.records, *(link_to_doubt(world, doubt) for doubt in doubts)],
        explanation.would_have_changed_it,
    )


def no_order_in_time(world: World) -> Explanation:
    """By what is known since, no order of the visit was in time (P3)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    order, at = deciding_order(world, world.entry.step.booked_at), world.entry.step.booked_at
    cutoff = cutoff_of(visit, words)
    text = [
        opening(world, words),
        sentence(planned(visit)),
        sentence(f"by what has become known since, no order of the visit was in time for the cutoff at {cutoff}"),
        *_cancellations(world, visit, words),
    ]
    if order is not None and order.in_sight and order.arrived_at > visit.run.cutoff_at:
        text += [obstacle_sentence(each, order, visit, words) for each in obstacles(world, order, at)]
    changes = [sentence(f"an order in the system by {cutoff} that stands, or one captured by then on the spot")]
    return _of_visit(world, words, text, changes, *([order] if order else _cancelled(world, visit)))


def not_past_due(world: World) -> Explanation:
    """By what is known since, no order came after the outlet's own due time (C2)."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    due = "its own due time" if visit.due_at is None else f"its own due time, {words.zoned(visit.due_at)}"
    text = [
        opening(world, words),
        sentence(planned(visit)),
        sentence(f"by what has become known since, no order counts that came only after {due}"),
        *_cancellations(world, visit, words),
    ]
    return _of_visit(world, words, text, ["A first order after the due time would still cost."])


def counts_again(world: World) -> Explanation:
    """By what is known since, what a rule had booked counts after all."""
    words, visit = wording_of(world), world.visit
    if visit is None or visit.run is None:
        return unseen_reversal(world, words)
    timely = timely_orders(world, world.entry.step.booked_at)
    orders = [order for each in timely if (order := world.order(each.id)) is not None]
    text = [
        opening(world, words),
        sentence(planned(visit)),
        *(sentence(f"{order_text(order, words)} counts for it") for order in orders[:1]),
        "By all that is known now the rule holds after all.",
    ]
    return _of_visit(world, words, text, ["Facts that come later may take it back once more."], *orders[:1])


def _clearing(order: SeenOrder | None, world: World, visit: SeenVisit, words: Wording) -> list[str]:
    cutoff = cutoff_of(visit, words)
    if order is None or not order.in_sight:
        return [sentence(f"an order that was captured before the cutoff at {cutoff}, on the spot, came after it")]
    came_at = sentence(
        f"{order_text(order, words)} {came(order, words)}; it was captured before the cutoff at {cutoff}"
    )
    proof = proof_sentence(order, world, words)
    return [came_at, *([proof] if proof else [])]


def _smaller(world: World) -> list[str]:
    step = reversed_step(world)
    takes_place = step is not None and step.rule == "missed_order" and step.reverses_id is None
    return ["The smaller penalty for a late order takes its place."] if takes_place else []


def _office(world: World, visit: SeenVisit) -> list[str]:
    by_office = [order for order in _cancelled(world, visit) if not order.cancelled_by_rep]
    return (
        ["The office had cancelled an order of the outlet before the cutoff: nobody is charged."] if by_office else []
    )


def _cancelled(world: World, visit: SeenVisit) -> list[SeenOrder]:
    cutoff = visit.run.cutoff_at if visit.run else None
    return [
        order
        for order in world.orders
        if cutoff is not None and order.cancelled_effective_at is not None and order.cancelled_effective_at <= cutoff
    ]


def _cancellations(world: World, visit: SeenVisit, words: Wording) -> list[str]:
    return [
        sentence(f"{order_text(order, words)} was cancelled at {words.time(order.cancelled_effective_at)}")
        for order in _cancelled(world, visit)
        if order.in_sight and order.cancelled_effective_at is not None
    ]


def _of_visit(
    world: World, words: Wording, text: list[str], changes: list[str], *orders: SeenOrder | None
) -> Explanation:
    in_sight = [order for order in orders if order is not None and order.in_sight]
    facts = visit_facts(world, words, order_id=str(in_sight[0].id) if in_sight else None)
    return Explanation(text, facts, visit_records(world, in_sight), changes)
