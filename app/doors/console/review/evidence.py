"""How the evidence of each rule is shown: what is prepared of it, and by which template."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.doors.console.review.cases import DoubtCase
from app.doors.console.review.means import compared_order
from app.doors.console.review.numbers import numbered_events
from app.doors.console.review.places import RecordPlaces, apart, off_the_outlet, side_by_side
from app.doors.console.review.spans import TimeStretch, clocks, handhelds, shared_phones
from app.field.risk_signals.signals import RiskRule


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What a template shows of a doubt's evidence: `shown` is of the kind that it expects."""

    template: str
    shown: Any


@dataclass(frozen=True, slots=True)
class PlacesInTime:
    """Places side by side, and when what was in use."""

    places: RecordPlaces
    spans: Sequence[TimeStretch] = ()


Preparation = Callable[[DoubtCase], Any]

_PLACES, _CLOCKS, _FIX = "review/evidence_places.html", "review/evidence_clocks.html", "review/evidence_fix.html"
_MEAN, _NUMBERS, _FACTS = "review/evidence_mean.html", "review/evidence_numbers.html", "review/evidence_facts.html"

SHOWN: Mapping[str, tuple[str, Preparation]] = {
    RiskRule.AVERAGED_ORDER: (_MEAN, compared_order),
    RiskRule.IMPOSSIBLE_SPEED: (_PLACES, lambda case: PlacesInTime(side_by_side(case, "before"))),
    RiskRule.ONE_SPOT: (_PLACES, lambda case: PlacesInTime(apart(case, "earlier"))),
    RiskRule.REMOTE_ORDER: (_PLACES, lambda case: PlacesInTime(off_the_outlet(case, "check_in"))),
    RiskRule.TWO_DEVICES: (_PLACES, lambda case: PlacesInTime(side_by_side(case, "before", "after"), handhelds(case))),
    RiskRule.SHARED_DEVICE: (_PLACES, lambda case: PlacesInTime(off_the_outlet(case), shared_phones(case))),
    RiskRule.CLOCK_CHANGED: (_CLOCKS, clocks),
    RiskRule.UNPROVEN_TIME: (_CLOCKS, clocks),
    RiskRule.UNSEEN_BOOT: (_CLOCKS, clocks),
    RiskRule.SEQUENCE_GAP: (_NUMBERS, numbered_events),
    RiskRule.COUNTER_RESTARTED: (_NUMBERS, numbered_events),
    RiskRule.MOCK_LOCATION: (_FIX, off_the_outlet),
    RiskRule.STALE_FIX: (_FIX, off_the_outlet),
    RiskRule.REPEATED_FIX: (_FIX, lambda case: side_by_side(case, "first")),
    RiskRule.NO_POSITION: (_FIX, off_the_outlet),
}
"""By rule: the template, and what prepares the evidence for it. A rule without a line is shown by what it saw."""

_WITHOUT_EVIDENCE = frozenset({RiskRule.MOCK_LOCATION})
"""Rules whose evidence may be empty where nothing is out of sight: a position that is forgotten."""


def view_of(case: DoubtCase) -> EvidenceView:
    """The evidence of a doubt, as it is shown."""
    rule = case.signal["rule"]
    template, prepare = SHOWN.get(rule, (_FACTS, facts))
    if not case.evidence and rule not in _WITHOUT_EVIDENCE:
        template, prepare = _FACTS, facts
    return EvidenceView(template, prepare(case))


def facts(case: DoubtCase) -> list[tuple[str, str]]:
    """What a rule saw, member by member; what is no single value as JSON."""
    return [(name, _text(value)) for name, value in case.evidence.items()]


def _text(value: Any) -> str:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
