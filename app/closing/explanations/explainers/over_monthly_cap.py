"""Why a month has an entry of `over_monthly_cap`."""

from datetime import date

from app.closing.explanations.explanation import Explanation
from app.closing.explanations.links import link_to_month
from app.closing.explanations.records import World
from app.closing.explanations.wording import day_text, month_words, plural, sentence, wording_of, words_of


def explain(world: World) -> Explanation:
    """A rule has earned more in a month than its cap allows (P2)."""
    words, facts, month = wording_of(world), world.facts, month_words(world.entry.business_date)
    rule = words_of(facts.get("rule", world.entry.step.note))
    text = [sentence(f"in {month} {words.rep} earned more by {rule} than a month can bring")]
    if {"earned", "monthly_cap", "over"} <= facts.keys():
        earned, cap, over = (plural(facts[name], "point") for name in ("earned", "monthly_cap", "over"))
        text.append(f"Earned: {earned}; at most: {cap}; so {over} are taken off.")
    if "capped_from" in facts:
        since = day_text(date.fromisoformat(facts["capped_from"]))
        text.append(f"The cap holds from {since} on: what was earned before counts towards it, and stays.")
    changes = [f"A higher cap for {rule} in the policy of that month; fewer awards by it that month."]
    return Explanation(text, {"month": f"{world.entry.business_date:%Y-%m}", **facts}, [link_to_month(world)], changes)
