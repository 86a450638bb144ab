"""Days in words, for whoever has to find out what went wrong."""

from collections.abc import Sequence

from tests.simulation.days import Edit, Facts, Tap
from tests.simulation.deliveries import EditRequest, Upload
from tests.simulation.drawing import draw
from tests.simulation.oracle import expected_outcomes


def story(seed: int, news: Sequence[Upload | EditRequest] = (), run_at: float | None = None) -> str:
    """What happened on a day, what should have come of it, and, of one delivery, what reached the server when."""
    facts = draw(seed)
    lines = [f"day {seed}: planned {sorted(facts.visits)}, excused {facts.excuses}", *map(str, facts.phones)]
    lines += [_told(facts, tap) for tap in sorted(facts.taps, key=lambda tap: tap.minute)]
    lines += [_changed(facts, edit) for edit in sorted(facts.edits, key=lambda edit: edit.minute)]
    lines += [f"expected: {visit} {outcome}" for visit, outcome in sorted(expected_outcomes(facts).items())]
    lines += [f"the day is closed at {run_at}"] if run_at is not None else []
    return "\n".join([*lines, *(_received(one) for one in sorted(news, key=lambda one: one.received_at))])


def _told(facts: Facts, tap: Tap) -> str:
    phone, boot = facts.phones[tap.phone], facts.boot_of(tap)
    arrives = next(
        (word for word in ("lost", "too_late", "prompt", "in_time") if tap.id in getattr(facts, word)), "late"
    )
    return (
        f"{tap.minute:7.2f} rep {phone.rep} phone {tap.phone} #{tap.sequence} {tap.kind} at {tap.outlet} {tap.place}, "
        f"{arrives}{'' if boot.anchored else ', undated'}, clock {phone.ahead_at(tap.minute):+} {tap.id.hex[:8]}"
    )


def _changed(facts: Facts, edit: Edit) -> str:
    who = "the office" if edit.by_office else f"phone {facts.tap(edit.order).phone}"
    what = "cancels" if edit.quantity is None else f"amends to {edit.quantity}"
    return f"{edit.minute:7.2f} {who} {what} {edit.order.hex[:8]}{', heard at once' if edit.at_once else ''}"


def _received(news: Upload | EditRequest) -> str:
    if isinstance(news, Upload):
        what = f"phone {news.phone} brings {[id_.hex[:8] for id_ in news.taps]}"
    else:
        what = f"{'cancellation' if news.edit.quantity is None else 'amendment'} of {news.edit.order.hex[:8]}"
    return f"{news.received_at:7.2f} received, made at {news.built_at:.2f}: {what}"
