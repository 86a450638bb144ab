"""Why something was taken back, or counts again, whatever it is about: the words that all reversals share."""

from app.closing.explanations.explainers.parts import planned, unseen, visit_facts, visit_records
from app.closing.explanations.explanation import ExplainedRecordType, Explanation
from app.closing.explanations.links import link_to, link_to_month, return_links
from app.closing.explanations.records import LedgerStep, World
from app.closing.explanations.wording import Wording, month_words, points_text, sentence, wording_of, words_of


def reversed_step(world: World) -> LedgerStep | None:
    """The entry that this reversal takes back."""
    return next((step for step in world.entry.steps if step.id == world.entry.step.reverses_id), None)


def opening(world: World, words: Wording) -> str:
    """This takes back the −10 points of missed order of 17:00."""
    step = reversed_step(world)
    if step is None:
        return "This takes back an entry."
    rule, at = words_of(step.rule), words.time(step.booked_at)
    if step.reverses_id is None:
        return f"This takes back the {points_text(step.points)} by {rule}, booked at {at}."
    return f"What had been taken back at {at} counts again: {points_text(world.entry.step.points)} by {rule}."


def unseen_reversal(world: World, words: Wording) -> Explanation:
    """Of a reversal whose records are not for the reader, or no longer kept."""
    explanation = unseen(world)
    return Explanation([opening(world, words), *explanation.text[1:]], explanation.facts)


def appeal_granted(world: World) -> Explanation:
    """An appeal was granted (P5)."""
    words, visit = wording_of(world), world.visit
    text = [
        opening(world, words),
        *([sentence(planned(visit))] if visit is not None else []),
        "An appeal against it was granted. No fact that comes later charges this again.",
    ]
    details = {"appeal_id": None if world.entry.appeal_id is None else str(world.entry.appeal_id)}
    facts = visit_facts(world, words, **details) if visit is not None else {**world.facts, **details}
    appeal = [link_to(ExplainedRecordType.APPEAL, world.entry.appeal_id)] if world.entry.appeal_id is not None else []
    return Explanation(text, facts, [*visit_records(world), *appeal], ["Without the appeal it would have stood."])


def within_cap(world: World) -> Explanation:
    """What was over a monthly cap is another sum by now (P2)."""
    words, month = wording_of(world), month_words(world.entry.business_date)
    rule = words_of(world.entry.step.note)
    text = [
        opening(world, words),
        sentence(
            f"what {words.rep} earned by {rule} in {month} has become another sum, so what is over the cap has, too"
        ),
    ]
    return Explanation(text, dict(world.facts), [link_to_month(world)], ["The same awards as before."])


def returns_concluded_anew(world: World) -> Explanation:
    """The month's returns or deliveries are known otherwise by now (D5)."""
    words, month = wording_of(world), month_words(world.entry.business_date)
    text = [opening(world, words), f"The returns or the deliveries of {month} are known otherwise by now."]
    changes = ["Returns, deliveries and decisions about them that had stayed as they were."]
    return Explanation(text, dict(world.facts), [link_to_month(world), *return_links(world)], changes)


def by_its_note(world: World) -> Explanation:
    """A cause that has no words of its own yet: told as it was noted."""
    words = wording_of(world)
    note = f"The cause that was noted: {words_of(world.entry.step.note)}." if world.entry.step.note else ""
    return Explanation([opening(world, words), *([note] if note else [])], dict(world.facts))
