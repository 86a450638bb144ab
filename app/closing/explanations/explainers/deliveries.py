"""Why an order earned or cost by what was delivered of it: `delivery_matched`, `delivery_mismatch`, `price_mismatch`.

What was delivered may be corrected later: the entry keeps what it rests on.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.closing.explanations.explainers.parts import order_facts, order_text, unseen
from app.closing.explanations.explanation import ExplainedRecordType, Explanation
from app.closing.explanations.links import link_to
from app.closing.explanations.records import World
from app.closing.explanations.wording import Wording, day_text, listed, outlet_text, sentence, wording_of, words_of
from app.ground.web.amounts import money_text
from app.sales.deliveries.answering_rules import AnswerBasis

_PRICE = "price_differs"
_BASES = {
    AnswerBasis.DECISION.value: "by a supervisor's decision",
    AnswerBasis.REASON.value: "by the reason given for it",
    AnswerBasis.TERMS.value: "by the outlet's terms",
}
"""Why a rep answers for a difference (D3); where nobody has said anything, a rep never does."""
_QUANTITIES = ("ordered", "shipped", "accepted")


def explain_matched(world: World) -> Explanation:
    """All of the order came, and nothing else, at its prices (D2)."""
    words = wording_of(world)
    text = "what was delivered and accepted is what was ordered, line by line, at the order's prices"
    changes = ["A quantity or a price that differs from the order would have earned nothing."]
    return _explain(world, words, [sentence(text)], (), changes)


def explain_mismatch(world: World) -> Explanation:
    """A quantity differs, and the rep answers for it (D3)."""
    words = wording_of(world)
    lines = [line for line in _lines(world.facts) if _kinds(line) - {_PRICE} and _answers(line, "answered_by")]
    text = [
        sentence(f"quantities differ, and {words.rep} {_answer(words)} for it"),
        *(_quantities(line, world, words) for line in lines),
    ]
    changes = [
        "Quantities accepted as they were ordered.",
        "A reason, or a supervisor's decision, by which somebody else answers for the difference.",
    ]
    return _explain(world, words, text, lines, changes)


def explain_price(world: World) -> Explanation:
    """A price differs, and the rep answers for it (D3)."""
    words = wording_of(world)
    lines = [line for line in _lines(world.facts) if _PRICE in _kinds(line) and _answers(line, "price_answered_by")]
    text = [
        sentence(f"prices differ, and {words.rep} {_answer(words)} for it"),
        *(_prices(line, world, words) for line in lines),
    ]
    changes = [
        "The agreed price charged: the order's, or the list's where the order had another.",
        "A reason, or a supervisor's decision, by which somebody else answers for the difference.",
    ]
    return _explain(world, words, text, lines, changes)


def _explain(
    world: World, words: Wording, why: Sequence[str], lines: Sequence[Mapping[str, Any]], changes: Sequence[str]
) -> Explanation:
    order, facts = world.order(world.entry.source_id), world.facts
    if order is None or world.outlet is None:
        return unseen(world)
    due = f", to be delivered on {_day(facts['delivery_date'])}" if "delivery_date" in facts else ""
    day = day_text(world.entry.business_date)
    text = [sentence(f"{order_text(order, words)} for {outlet_text(world.outlet)} on {day}{due}"), *why]
    if not world.facts_in_sight:
        text.append("The figures of what was delivered are outside of your sight.")
    details = {
        **facts,
        "time_zone": words.zone.key,
        "outlet_code": world.outlet.code,
        "outlet_name": world.outlet.name,
        "order": order_facts(order, words),
        "decisive_lines": [_named(line, world) for line in lines],
    }
    deliveries = [link_to(ExplainedRecordType.DELIVERY, id_) for id_ in world.deliveries]
    return Explanation(text, details, [link_to(ExplainedRecordType.ORDER, order.id), *deliveries], changes)


def _lines(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from facts.get("lines", ())


def _kinds(line: Mapping[str, Any]) -> set[str]:
    return set(line.get("mismatches", ()))


def _answers(line: Mapping[str, Any], member: str) -> bool:
    return bool(line.get(member, line.get("answered_by")) == "rep")


def _named(line: Mapping[str, Any], world: World) -> dict[str, Any]:
    product = world.product(line.get("product_id"))
    return {**line, "product_code": None if product is None else product.code}


def _quantities(line: Mapping[str, Any], world: World, words: Wording) -> str:
    kinds = listed([words_of(kind) for kind in sorted(_kinds(line) - {_PRICE})])
    details = ", ".join(f"{name} {line[name]}" for name in _QUANTITIES if line.get(name) is not None)
    return sentence(f"{_product(line, world)}: {details} ({kinds}){_because(line, 'answered_because', words)}")


def _prices(line: Mapping[str, Any], world: World, words: Wording) -> str:
    prices = f"{_agreed(line, world)}, charged {line.get('charged_price')}"
    return sentence(f"{_product(line, world)}: {prices}{_because(line, 'price_answered_because', words)}")


def _agreed(line: Mapping[str, Any], world: World) -> str:
    """The price that was agreed: the list's where the order's was another (D2), as long as the order says so yet."""
    agreed = line.get("order_price")
    of_list = next(
        (
            price
            for price in world.prices
            if price.product_id == line.get("product_id")
            and price.list_price not in {None, price.unit_price}
            and money_text(price.list_price or price.unit_price) == agreed
        ),
        None,
    )
    if of_list is None:
        return f"ordered at {agreed}"
    return f"agreed at the list price {agreed}, with {money_text(of_list.unit_price)} in the order"


def _because(line: Mapping[str, Any], member: str, words: Wording) -> str:
    because = line.get(member) or line.get("answered_because")
    return f"; {words.rep} {_answer(words)} {_BASES.get(because, words_of(because))}" if because else ""


def _product(line: Mapping[str, Any], world: World) -> str:
    product = world.product(line.get("product_id"))
    return "one product" if product is None else f"{product.name} ({product.code})"


def _answer(words: Wording) -> str:
    return "answer" if words.is_rep else "answers"


def _day(text: str) -> str:
    return day_text(date.fromisoformat(text))
