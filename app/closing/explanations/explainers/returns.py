"""Why a month earned `returns_within_limit`, or cost `returns_over_limit` (D5)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.closing.explanations.explanation import Explanation
from app.closing.explanations.links import link_to_month, return_links
from app.closing.explanations.records import World
from app.closing.explanations.wording import Wording, month_words, sentence, wording_of
from app.ground.web.amounts import decimal_text


def explain_within(world: World) -> Explanation:
    """Returns that the rep answers for were within the limit."""
    return _explain(world, "within", "More returns than the limit allows would have earned nothing.")


def explain_over(world: World) -> Explanation:
    """They were over it."""
    return _explain(world, "over", "Returns within the limit, or returns that somebody else answers for.")


def _explain(world: World, side: str, change: str) -> Explanation:
    words, facts = wording_of(world), world.facts
    month = month_words(world.entry.business_date)
    limit = world.entry.policy.rate_limit if world.entry.policy is not None else None
    what = f"in {month} the accepted returns that {_answering(words)} for were {side} the limit"
    text = [sentence(what + (f" of {_percent(limit)} of what was delivered" if limit is not None else ""))]
    text += _figures(facts) if world.facts_in_sight else ["The figures of what came back are outside of your sight."]
    details = {
        **facts,
        "month": f"{world.entry.business_date:%Y-%m}",
        "limit": None if limit is None else decimal_text(limit),
    }
    return Explanation(text, details, [link_to_month(world), *return_links(world)], [change])


def _figures(facts: Mapping[str, Any]) -> list[str]:
    returned, delivered = facts.get("returned_value"), facts.get("delivered_value")
    if returned is None or delivered is None:
        return []
    rate = Decimal(str(returned)) / Decimal(str(delivered)) if Decimal(str(delivered)) else None
    share = f": that is {_percent(rate)}" if rate is not None else ""
    return [f"Returned: {returned}, delivered: {delivered}{share}."]


def _answering(words: Wording) -> str:
    return "you answer" if words.is_rep else "the rep answers"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).quantize(Decimal('0.01')).normalize():f} %"
