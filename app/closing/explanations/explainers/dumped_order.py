"""Why an order cost `dumped_order`."""

from collections.abc import Sequence

from app.closing.explanations.explainers.parts import order_facts, order_text, unseen
from app.closing.explanations.explanation import ExplainedRecordType, Explanation
from app.closing.explanations.links import link_to, link_to_doubt
from app.closing.explanations.records import SeenDoubt, World
from app.closing.explanations.rules import dumping_confirmed
from app.closing.explanations.wording import Wording, day_text, listed, outlet_text, sentence, wording_of
from app.field.risk_signals.signals import RiskRule

_MEANING = {
    RiskRule.AVERAGED_ORDER.value: "its lines are the mean of the outlet's last orders, and it was not taken there",
    RiskRule.REMOTE_ORDER.value: "it was taken far from the outlet, or with no check-in there",
}
_CHANGE = {
    RiskRule.AVERAGED_ORDER.value: "quantities that the outlet asked for, or an order captured inside its fence",
    RiskRule.REMOTE_ORDER.value: "a check-in at the outlet, and the order captured there",
}


def explain(world: World) -> Explanation:
    """Somebody has confirmed a doubt that the order was not taken from the outlet (P4)."""
    words, order = wording_of(world), world.order(world.entry.source_id)
    if order is None or world.outlet is None:
        return unseen(world)
    doubts = dumping_confirmed(world, order.id, world.entry.step.booked_at)
    rules = [doubt.rule for doubt in doubts] or world.entry.step.note.split(", ")
    text = [
        sentence(
            f"{order_text(order, words)} for {outlet_text(world.outlet)} on {day_text(world.entry.business_date)} was "
            f"found to be dumped: {listed([_MEANING.get(rule, rule) for rule in rules])}"
        ),
        *(_review(doubt, world, words) for doubt in doubts),
        "A doubt costs nothing by itself; a confirmed one of this kind does.",
    ]
    facts = {
        "time_zone": words.zone.key,
        "outlet_code": world.outlet.code,
        "outlet_name": world.outlet.name,
        "order": order_facts(order, words),
        "doubts": [_doubt_facts(doubt, world, words) for doubt in doubts],
    }
    records = [link_to(ExplainedRecordType.ORDER, order.id), *(link_to_doubt(world, doubt) for doubt in doubts)]
    return Explanation(text, facts, records, _changes(rules))


def _review(doubt: SeenDoubt, world: World, words: Wording) -> str:
    reviewed = "" if doubt.reviewed_at is None else f" at {words.time(doubt.reviewed_at)}"
    by = f" by {doubt.reviewed_by}" if world.reader.is_staff and doubt.reviewed_by else ""
    remark = f' with the remark "{doubt.comment}"' if world.reader.is_staff and doubt.comment else ""
    return sentence(f"the doubt was confirmed{reviewed}{by}{remark}. {doubt.explanation}")


def _doubt_facts(doubt: SeenDoubt, world: World, words: Wording) -> dict[str, object]:
    facts: dict[str, object] = {
        "rule": doubt.rule,
        "explanation": doubt.explanation,
        "raised_at": words.told(doubt.raised_at),
        "confirmed_at": words.told(doubt.reviewed_at),
    }
    return facts | ({"reviewed_by": doubt.reviewed_by} if world.reader.is_staff else {})


def _changes(rules: Sequence[str]) -> list[str]:
    changes = [sentence(_CHANGE[rule]) for rule in rules if rule in _CHANGE]
    return [*changes, "A review that dismisses the doubt."]
