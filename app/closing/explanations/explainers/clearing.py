"""Why an order that came late did not count as one in time, and what would have made it one (C4, V7, P4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.closing.explanations.explainers.parts import cutoff_of, order_text, place_text
from app.closing.explanations.explanation import ExplainedRecordType, RecordLink
from app.closing.explanations.links import link_to, link_to_doubt
from app.closing.explanations.records import SeenDoubt, SeenOrder, SeenVisit, World
from app.closing.explanations.rules import Obstacle, ObstacleKind
from app.closing.explanations.wording import Wording, minutes_text, outlet_text, sentence, words_of
from app.field.check_ins.presence import ON_THE_DOORSTEP, PRESENCE_LASTS

_HOURS = f"{PRESENCE_LASTS // timedelta(hours=1)} hours"


def obstacle_sentence(obstacle: Obstacle, order: SeenOrder, visit: SeenVisit, words: Wording) -> str:
    """Why an order does not count as captured on the spot in time."""
    return sentence(_of_order(obstacle, order, visit, words) or _of_place(obstacle, order, visit, words))


def _of_order(obstacle: Obstacle, order: SeenOrder, visit: SeenVisit, words: Wording) -> str | None:
    """What lies with the order itself: when it was captured and came, how it came, where its own position is."""
    cutoff, here = cutoff_of(visit, words), outlet_text(visit.outlet)
    match obstacle.kind:
        case ObstacleKind.CAPTURED_AFTER_CUTOFF:
            return f"it was captured {minutes_text(obstacle.late_by or timedelta())} after the cutoff at {cutoff}"
        case ObstacleKind.CLOCK_NOT_TRUSTED:
            return "nothing proves when it was captured: the handheld's clock could not be checked"
        case ObstacleKind.DEVICE_HAD_TOLD_EVERYTHING:
            return f"before it came, its handheld had said that nothing from before {cutoff} was left to send"
        case ObstacleKind.OTHER_DOOR:
            return f"it was not taken on a handheld, so nothing shows that somebody was at {here} by the cutoff"
        case ObstacleKind.ORDER_OUTSIDE:
            return f"its own position lies outside of the fence of {here}{_far(order)}"
    return None


def _of_place(obstacle: Obstacle, order: SeenOrder, visit: SeenVisit, words: Wording) -> str:
    """What lies with the check-ins before the order, and with doubts about the proof."""
    captured, here = words.time(order.corrected_at), outlet_text(visit.outlet)
    at = "" if obstacle.check_in is None else words.time(obstacle.check_in.corrected_at)
    rule = "" if obstacle.doubt is None else words_of(obstacle.doubt.rule)
    match obstacle.kind:
        case ObstacleKind.WENT_ELSEWHERE:
            elsewhere = outlet_text(obstacle.check_in.outlet if obstacle.check_in else None)
            return f"the last check-in before it was at {elsewhere} at {at}, not at {here}"
        case ObstacleKind.DEPARTED:
            return f"{words.rep} had left {here} at {at}, more than {minutes_text(ON_THE_DOORSTEP)} before {captured}"
        case ObstacleKind.SEEN_OUTSIDE:
            where = place_text(obstacle.check_in) if obstacle.check_in else "outside of the fence"
            return f"the last check-in before it, at {at}, was {where}"
        case ObstacleKind.NOT_SURELY_INSIDE:
            return f"no check-in of the {_HOURS} before {captured} was surely inside the fence of {here}"
        case ObstacleKind.NO_CHECK_IN:
            return f"there is no check-in at {here} in the {_HOURS} before {captured}"
    state = "had not been reviewed" if obstacle.kind is ObstacleKind.DOUBT_OPEN else "was confirmed"
    return f"a doubt about what proves the place ({rule}) {state}"


def obstacle_change(obstacle: Obstacle, order: SeenOrder, visit: SeenVisit, words: Wording) -> str:
    """What would have made the order count, as far as this obstacle is concerned."""
    cutoff, captured = cutoff_of(visit, words), words.time(order.corrected_at)
    here = outlet_text(visit.outlet)
    match obstacle.kind:
        case ObstacleKind.CAPTURED_AFTER_CUTOFF:
            late_by = minutes_text(obstacle.late_by or timedelta())
            text = f"an order captured {late_by} earlier, by {cutoff}, with {words.rep} at {here}"
        case ObstacleKind.CLOCK_NOT_TRUSTED:
            text = (
                "a time that can be proved: the handheld has to reach the system once between being switched on and "
                f"being switched off, before or after the order of {captured}"
            )
        case ObstacleKind.DEVICE_HAD_TOLD_EVERYTHING:
            text = "the order coming no later than the upload by which its handheld said that nothing was left"
        case ObstacleKind.OTHER_DOOR:
            text = f"an order on {words.reps} own handheld, captured at {here} by {cutoff}"
        case ObstacleKind.ORDER_OUTSIDE:
            text = f"a position of the order itself inside the fence of {here}"
        case ObstacleKind.DOUBT_OPEN:
            text = _review(obstacle.doubt, words)
        case ObstacleKind.DOUBT_CONFIRMED:
            text = "a proof without a doubt that somebody confirms"
        case _:
            text = (
                f"an arrival inside the fence of {here} in the {_HOURS} before {captured}, and no check-in elsewhere "
                "or departure after it; or a position of the order itself inside the fence"
            )
    return sentence(text)


def _review(doubt: SeenDoubt | None, words: Wording) -> str:
    """What a review of the doubt does, or has found by now (P4)."""
    if doubt is not None and doubt.reviewed_at is not None:
        return f"the review of the doubt, by which it was {doubt.outcome} at {words.moment(doubt.reviewed_at)}"
    if doubt is not None and doubt.rep_closed_at is not None:
        return "the review of the doubt: nobody had reviewed it when the month was closed"
    return (
        "the review of the doubt: dismissed, the penalty is taken back; confirmed, it stays. Where nobody has reviewed "
        "it when the month is closed, the penalty is taken back"
    )


def obstacle_facts(obstacle: Obstacle, words: Wording) -> dict[str, Any]:
    """An obstacle as data; a doubt by its rule alone."""
    facts: dict[str, Any] = {"kind": obstacle.kind.value}
    if obstacle.late_by is not None:
        facts["late_by_s"] = round(obstacle.late_by.total_seconds())
    if obstacle.check_in is not None and obstacle.check_in.readable:
        facts |= {"check_in_id": str(obstacle.check_in.id), "at": words.told(obstacle.check_in.corrected_at)}
    if obstacle.doubt is not None:
        facts["doubt"] = obstacle.doubt.rule
    return facts


def obstacle_records(world: World, obstacles: Sequence[Obstacle]) -> list[RecordLink]:
    """The check-ins and doubts by which they are obstacles."""
    links = [
        link_to(ExplainedRecordType.CHECK_IN, each.check_in.id)
        for each in obstacles
        if each.check_in and each.check_in.readable
    ]
    return links + [link_to_doubt(world, each.doubt) for each in obstacles if each.doubt]


def would_have_been_in_time(order: SeenOrder, visit: SeenVisit, words: Wording) -> list[str]:
    """How much earlier an order that was captured in time had to come."""
    if not order.in_sight or visit.run is None or order.corrected_at > visit.run.cutoff_at:
        return []
    earlier = minutes_text(order.arrived_at - visit.run.cutoff_at)
    what = order_text(order, words)
    return [sentence(f"{earlier} earlier, {what} would have been in the system by {cutoff_of(visit, words)}")]


def _far(order: SeenOrder) -> str:
    return "" if order.distance_m is None else f", {order.distance_m:.0f} m away"
