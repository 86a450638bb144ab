"""What has become of an entry by now, and what may still change it: the end of every explanation (C4, P4, P5)."""

from datetime import datetime

from app.closing.explanations.explainers.parts import cutoff_of, window_ends_at
from app.closing.explanations.records import SilentDevice, World
from app.closing.explanations.wording import Wording, day_text, outlet_text, sentence, words_of
from app.motivation.appeals.rules import APPEAL_WITHIN, FIRST, AppealStatus
from app.motivation.points.rules import FAMILIES, PROVISIONAL_FOR, PointsEntryKind, PointsRule

_OF_MISSING_ORDERS = FAMILIES[PointsRule.MISSED_ORDER]
_EXCUSABLE = {*_OF_MISSING_ORDERS, PointsRule.PAST_DUE_ORDER}
"""What an excuse takes back."""
_FINAL_BECAUSE = {
    "watermark_passed": "every handheld that could hold an order had told everything up to the cutoff",
    "after_72h": "72 hours had passed since the cutoff",
}


def is_provisional(world: World) -> bool:
    """Whether a penalty may still be reversed by what comes (C4), as the ledger says it."""
    entry, visit = world.entry, world.visit
    if entry.step.kind is not PointsEntryKind.PENALTY or not entry.counts:
        return False
    if entry.held:
        return True
    waits = entry.step.provisional and entry.step.final_at is None
    return waits and visit is not None and visit.run is not None and world.now <= visit.run.cutoff_at + PROVISIONAL_FOR


def appeal_until(world: World) -> datetime | None:
    """Until when the entry may be appealed; None where it cost nothing, was reversed, or has been appealed (P5)."""
    entry, step = world.entry, world.entry.step
    costs = step.points < 0 and step.kind is not PointsEntryKind.AWARD
    possible = costs and entry.reversed_by is None and entry.appeal is None
    return step.booked_at + APPEAL_WITHIN if possible else None


def standing_sentences(world: World, words: Wording) -> list[str]:
    """What has become of the entry since it was booked."""
    entry = world.entry
    text = []
    if entry.month != entry.business_date.replace(day=1):
        text.append(f"It counts in {entry.month:%B %Y}, because the month of its day was closed when it was booked.")
    if (reversal := entry.reversed_by) is not None:
        cause = f" ({words_of(reversal.note)})" if reversal.note else ""
        text.append(sentence(f"it was taken back at {words.moment(reversal.booked_at)}{cause}"))
        text.append("That was itself taken back, so it counts." if entry.counts else "It does not count any more.")
    elif is_provisional(world):
        text += _why_provisional(world, words)
    elif entry.step.final_at is not None:
        because = _FINAL_BECAUSE.get(entry.step.final_because or "", words_of(entry.step.final_because or ""))
        text.append(sentence(f"the penalty is final since {words.moment(entry.step.final_at)}: {because}"))
    return [*text, *_appealed(world, words)]


def may_still_change(world: World, words: Wording) -> list[str]:
    """What may still change the entry, and until when; nothing that cannot happen any more."""
    return [*_orders_to_come(world, words), *_excuse(world), *_appeal(world, words), *_second_instance(world, words)]


def _why_provisional(world: World, words: Wording) -> list[str]:
    visit = world.visit
    text = []
    if world.entry.held:
        text.append("The penalty is provisional: a doubt about the proof against it is still to be reviewed.")
    if visit is None or visit.run is None:
        return text
    until = words.moment(visit.run.cutoff_at + PROVISIONAL_FOR)
    cutoff = words.time(visit.run.cutoff_at)
    text += [
        sentence(f"the penalty is provisional: {_silent(device, words)} {cutoff} yet{_told(device, words)}")
        for device in world.silent
    ]
    if any(refusal.still_refused for refusal in world.refusals):
        text.append("The penalty is provisional: an order form that was refused may still be sent again.")
    if not text:
        text.append("The penalty is provisional.")
    return [*dict.fromkeys(text), f"It is final at {until} at the latest."] if not world.entry.held else text


def _silent(device: SilentDevice, words: Wording) -> str:
    whose = f"{words.reps} handheld" if device.own else "the handheld of a colleague who had the outlet in plan, too,"
    return f"{whose} has not told everything up to"


def _told(device: SilentDevice, words: Wording) -> str:
    return "" if device.watermark_at is None else f", only up to {words.time(device.watermark_at)}"


def _orders_to_come(world: World, words: Wording) -> list[str]:
    """Orders count that come within 72 hours; they take the penalty back where they clear the visit (C4)."""
    visit, rule = world.visit, world.entry.step.rule
    until = None if visit is None else window_ends_at(visit)
    if visit is None or until is None or world.now > until or rule not in _OF_MISSING_ORDERS or not _stands(world):
        return []
    by, cutoff = words.moment(until), cutoff_of(visit, words)
    changes = []
    if is_provisional(world) and world.silent:
        own = any(device.own for device in world.silent)
        whose = f"{words.reps} handheld" if own else "a colleague's handheld"
        changes.append(
            sentence(
                f"still possible: an order captured at {outlet_text(visit.outlet)} by {cutoff} that waits on {whose}; "
                f"coming by {by}, with proof of the place, it takes the penalty back"
            )
        )
    if rule is PointsRule.MISSED_ORDER:
        day = day_text(visit.visit_date)
        changes.append(sentence(f"still possible: any other order of {day} that comes by {by}; it costs less"))
    return changes


def _excuse(world: World) -> list[str]:
    visit = world.visit
    possible = visit is not None and visit.excused_at is None and (visit.run is None or visit.run.voided_at is None)
    if not possible or world.entry.step.rule not in _EXCUSABLE or not _stands(world):
        return []
    return ["Still possible: an excuse of the visit by a supervisor; it takes the penalty back."]


def _stands(world: World) -> bool:
    return world.entry.counts and world.entry.step.kind is PointsEntryKind.PENALTY


def _appealed(world: World, words: Wording) -> list[str]:
    """Where an appeal against the entry stands; one that was granted is told by the reversal."""
    appeal = world.entry.appeal
    if appeal is None or appeal.status is AppealStatus.GRANTED:
        return []
    submitted = f"{words.rep} appealed it at {words.moment(appeal.submitted_at)}"
    judge = "a supervisor" if appeal.instance == FIRST else "an admin"
    if appeal.decided_at is None:
        return [sentence(f"{submitted}, and {judge} is to decide")]
    return [sentence(f"{submitted}, and {judge} rejected that at {words.moment(appeal.decided_at)}")]


def _second_instance(world: World, words: Wording) -> list[str]:
    appeal = world.entry.appeal
    if appeal is None or world.entry.reversed_by is not None:
        return []
    if appeal.status is AppealStatus.OPEN:
        return ["Still possible: a decision that grants the appeal; it takes the points back."]
    if appeal.status is not AppealStatus.REJECTED or appeal.instance != FIRST or appeal.decided_at is None:
        return []
    until = appeal.decided_at + APPEAL_WITHIN
    if world.now > until:
        return [f"The appeal could be taken to an admin until {words.moment(until)}."]
    return [f"Still possible: taking the appeal to an admin, until {words.moment(until)}."]


def _appeal(world: World, words: Wording) -> list[str]:
    until = appeal_until(world)
    if until is None:
        return []
    if world.now <= until:
        return [f"Still possible: an appeal, until {words.moment(until)}."]
    return [f"It could be appealed until {words.moment(until)}."]
