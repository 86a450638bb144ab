"""What the explanations of several rules say alike of a visit: its sentences, facts and records."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.closing.explanations.explanation import ExplainedRecordType, Explanation, RecordLink
from app.closing.explanations.links import link_to
from app.closing.explanations.records import SeenCheckIn, SeenOrder, SeenVisit, World
from app.closing.explanations.wording import Wording, day_text, listed, outlet_text, points_text, sentence, words_of
from app.field.check_ins.geofence import GeofenceVerdict
from app.motivation.points.rules import PROVISIONAL_FOR, PointsEntryKind
from app.sales.orders.rules import OrderChannel

MOST_CHECK_INS = 4
"""More of one outlet and day are told as data alone."""

_CHANNELS = {
    OrderChannel.HANDHELD.value: "by handheld",
    OrderChannel.EMAIL.value: "by mail",
    OrderChannel.CALL_CENTRE.value: "by the call centre",
    OrderChannel.API.value: "by another system",
}


def unseen(world: World) -> Explanation:
    """Of an entry whose records are not for the reader, or no longer kept: what the entry's own columns tell.

    Its facts were taken from those records.
    """
    entry = world.entry
    rule, day = words_of(entry.step.rule), day_text(entry.business_date)
    text = f"{points_text(entry.step.points)} by the rule {rule}, for {day}."
    why = "What it was booked for is outside of your sight, or no longer kept."
    noted = [f"Its note is: {words_of(entry.step.note)}."] if entry.step.note else []
    return Explanation([text, *noted, why], {"in_sight": False})


def planned(visit: SeenVisit) -> str:
    """The visit to Kiosk Nikos (PAT-0042) was planned for Monday 23 November."""
    return f"the visit to {outlet_text(visit.outlet)} was planned for {day_text(visit.visit_date)}"


def cutoff_of(visit: SeenVisit, words: Wording) -> str:
    """17:00 (Europe/Athens)."""
    return "its cutoff" if visit.run is None else words.zoned(visit.run.cutoff_at)


def window_ends_at(visit: SeenVisit) -> datetime | None:
    """Until when what comes late still counts (C4)."""
    return None if visit.run is None else visit.run.cutoff_at + PROVISIONAL_FOR


def order_text(order: SeenOrder, words: Wording) -> str:
    """Which order: your order of 16:58, an order by the call centre of 17:40."""
    if not order.in_sight:
        return "an order that is outside of your sight"
    if order.own and order.channel == OrderChannel.HANDHELD:
        return f"{words.reps} order of {words.time(order.corrected_at)}"
    return f"an order {_CHANNELS.get(order.channel, 'by another way')} of {words.time(order.corrected_at)}"


def came(order: SeenOrder, words: Wording) -> str:
    """When it came, where that may be told."""
    return f"came at {words.time(order.arrived_at)}" if order.in_sight else "came later"


def place_text(check_in: SeenCheckIn) -> str:
    """Where a check-in was, as far as its fix tells."""
    match check_in.verdict:
        case "INSIDE":
            return "inside the outlet's fence"
        case "OUTSIDE" if check_in.distance_m is not None:
            return f"{check_in.distance_m:.0f} m from the shop"
        case "OUTSIDE":
            return "outside of the outlet's fence"
        case "NO_FIX":
            return "without a position"
        case "NO_OUTLET_LOCATION":
            return "at an outlet whose place is not known"
    return "where the position does not tell surely whether that was inside the outlet's fence"


def own_check_ins(world: World) -> list[SeenCheckIn]:
    """The rep's arrivals at the visit's outlet on its day, as far as they may be told."""
    if world.visit is None:
        return []
    outlet_id = world.visit.outlet.id
    return [seen for seen in world.check_ins if seen.own and seen.readable and seen.outlet_id == outlet_id]


def check_in_sentence(world: World, words: Wording) -> str:
    """You checked in at 11:20, 430 m from the shop."""
    arrivals = [seen for seen in own_check_ins(world) if seen.arrival]
    if not arrivals:
        return sentence(f"no check-in of {words.reps} visit there is known")
    parts = [f"at {words.time(seen.corrected_at)}, {place_text(seen)}{_late(world, seen, words)}" for seen in arrivals]
    more = len(parts) - MOST_CHECK_INS
    times = listed([*parts[:MOST_CHECK_INS], *([f"{more} times more"] if more > 0 else [])])
    return sentence(f"{words.rep} checked in {times}")


def proof_sentence(order: SeenOrder, world: World, words: Wording) -> str | None:
    """What shows that a late order was captured at the outlet; None where that may not be told."""
    if not order.in_sight or world.visit is None:
        return None
    if order.verdict == GeofenceVerdict.INSIDE:
        return sentence(f"its own position lies inside the fence of {outlet_text(world.visit.outlet)}")
    return check_in_sentence(world, words) if order.own else None


def _late(world: World, seen: SeenCheckIn, words: Wording) -> str:
    run = world.visit.run if world.visit is not None else None
    if run is None or seen.received_at <= run.cutoff_at:
        return ""
    return f" (that reached the system at {words.time(seen.received_at)})"


def visit_facts(world: World, words: Wording, **more: Any) -> dict[str, Any]:
    """The visit as data, with the check-ins and orders of its outlet and day that may be told."""
    visit = world.visit
    if visit is None:
        return {"in_sight": False, **more}
    run = visit.run
    return {
        "visit_date": visit.visit_date.isoformat(),
        "visit_id": str(visit.id),
        "rep_code": world.entry.rep_code,
        "outlet_code": visit.outlet.code,
        "outlet_name": visit.outlet.name,
        "time_zone": words.zone.key,
        "cutoff_at": words.told(run.cutoff_at) if run else None,
        "counts_until": words.told(window_ends_at(visit)),
        "cause": visit.cause,
        "no_order_reason": visit.no_order_reason,
        "excused_at": words.told(visit.excused_at),
        **_recorded(world, words),
        **more,
    }


def _recorded(world: World, words: Wording) -> dict[str, Any]:
    """Check-ins and orders as they were known when the entry was booked, and what has come since (decision 72)."""
    booked_at = world.entry.step.booked_at
    seen, orders = own_check_ins(world), [order for order in world.orders if order.in_sight]
    return {
        "check_ins": [check_in_facts(each, words) for each in seen if each.received_at <= booked_at],
        "orders": [order_facts(order, words) for order in orders if order.known_at <= booked_at],
        "orders_out_of_sight": len(world.orders) - len(orders),
        "came_later": {
            "check_ins": [check_in_facts(each, words) for each in seen if each.received_at > booked_at],
            "orders": [order_facts(order, words) for order in orders if order.known_at > booked_at],
        },
    }


def check_in_facts(seen: SeenCheckIn, words: Wording) -> dict[str, Any]:
    """A check-in as data."""
    return {
        "check_in_id": str(seen.id),
        "kind": "arrival" if seen.arrival else "departure",
        "outlet_code": None if seen.outlet is None else seen.outlet.code,
        "at": words.told(seen.corrected_at),
        "received_at": words.told(seen.received_at),
        "trusted": seen.trusted,
        "verdict": seen.verdict,
        "distance_m": None if seen.distance_m is None else round(seen.distance_m, 1),
    }


def order_facts(order: SeenOrder, words: Wording) -> dict[str, Any]:
    """An order as data."""
    return {
        "order_id": str(order.id),
        "channel": order.channel,
        "own": order.own,
        "captured_at": words.told(order.corrected_at),
        "arrived_at": words.told(order.arrived_at),
        "trusted": order.trusted,
        "verdict": order.verdict,
        "cancelled_at": words.told(order.cancelled_effective_at),
    }


def visit_records(world: World, orders: Sequence[SeenOrder] = ()) -> list[RecordLink]:
    """The visit, its run, the rep's check-ins there, and these orders."""
    visit = world.visit
    if visit is None:
        return []
    links = [link_to(ExplainedRecordType.VISIT, visit.id)]
    if visit.run is not None:
        links.append(link_to(ExplainedRecordType.CUTOFF_RUN, visit.run.id))
    links += [link_to(ExplainedRecordType.ORDER, order.id) for order in orders if order.in_sight]
    return links + [link_to(ExplainedRecordType.CHECK_IN, seen.id) for seen in own_check_ins(world)]


def points_of(world: World, rule: str) -> int | None:
    """What a rule has booked about the same source; None: nothing."""
    booked = (step for step in world.entry.steps if step.rule == rule and step.kind is not PointsEntryKind.REVERSAL)
    return next((step.points for step in booked), None)
