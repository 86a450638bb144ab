"""The registry of rules: what is declared, and what all the rules of an upload say together."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.field.risk_signals import rules
from app.field.risk_signals.registry import RULES, RepDays, contents_wanted
from app.field.risk_signals.signals import FieldEvent, RiskRule
from tests.field.risk_signals.events import NINE, OUTLETS, event, order, unplaced
from tests.field.risk_signals.whole_days import all_doubts

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_names_of_rules_are_those_of_the_registry_and_of_the_list_of_rules() -> None:
    page = (REPOSITORY / "docs/rules.md").read_text("utf-8")
    paragraph = re.search(r"- \*\*V6\*\*.*?(?=\n- \*\*|\n#)", page, re.DOTALL)
    assert paragraph
    registered = [rule.name for rule in RULES]
    assert registered == list(RiskRule)
    assert set(re.findall(r"`([a-z_]+)`", paragraph[0])) == {name.value for name in registered}


def test_every_rule_is_a_file_of_its_name() -> None:
    files = {path.stem for path in Path(rules.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == {name.value for name in RiskRule}


def test_what_an_order_says_is_asked_only_where_nothing_shows_that_it_was_captured_inside() -> None:
    day = [event(1), order(2, at_s=60), unplaced(3, at_s=60), unplaced(9, outlet=2, at_s=90)]

    assert [order.id for order in contents_wanted(RepDays(day, positions=OUTLETS))] == [UUID(int=9)]


def test_an_honest_day_raises_no_doubt() -> None:
    day = [
        event(1, outlet=1),
        order(2, outlet=1, at_s=600),
        event(3, outlet=2, at_s=1_500),
        order(4, outlet=2, at_s=1_800, lat=None, lon=None, fix_at=None),
        event(5, outlet=2, at_s=1_900),
    ]

    assert all_doubts(day, OUTLETS) == []


@st.composite
def days(draw: st.DrawFn) -> list[FieldEvent]:
    """A day of up to twelve events full of ties: few instants, few places, few outlets."""
    return [
        event(
            number,
            outlet=draw(st.integers(1, 3)),
            kind=draw(st.sampled_from(["check_in", "order"])),
            business_date=draw(st.sampled_from([NINE.date(), date(2026, 11, 24)])),
            corrected_at=NINE + timedelta(seconds=draw(st.sampled_from([0, 1, 30, 600]))),
            captured_at=NINE + timedelta(seconds=draw(st.sampled_from([0, 300]))),
            lat=draw(st.sampled_from([None, 38.21, 38.22, 38.23])),
            lon=21.7,
            fix_at=draw(st.sampled_from([None, NINE])),
            accuracy_m=draw(st.sampled_from([None, 10.0, 3_000.0])),
            mock=draw(st.booleans()),
            clock_changed=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


Shuffle = Callable[[list[FieldEvent]], None]


@given(days(), st.randoms(use_true_random=False).map(lambda random: random.shuffle))
def test_the_order_in_which_events_arrive_makes_no_difference(day: list[FieldEvent], shuffle: Shuffle) -> None:
    shuffled = list(day)
    shuffle(shuffled)
    shuffled += shuffled[:2]  # one that arrived twice is still one

    assert all_doubts(shuffled, OUTLETS) == all_doubts(day, OUTLETS)


@given(days())
def test_every_doubt_names_one_subject_once_with_evidence_for_json(day: list[FieldEvent]) -> None:
    signals = all_doubts(day, OUTLETS)
    keys = [(signal.rule, signal.subject_type, signal.subject_id) for signal in signals]

    assert len(keys) == len(set(keys))
    assert all(json.loads(json.dumps(signal.evidence, allow_nan=False)) == signal.evidence for signal in signals)
    assert all(signal.explanation.endswith(".") and "PAT-000" in signal.explanation for signal in signals)
