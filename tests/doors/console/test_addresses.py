"""Addresses in templates: any sign may stand in a code, and one that means something in an address must not."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.doors.console.rendering import ROOT, rendered

TEMPLATES = sorted(ROOT.rglob("*.html"))
_ADDRESS = re.compile(r'\b(?:href|action|formaction|src|hx-get|hx-post|sse-connect|data-[\w-]*url)="([^"]*)"')
_NAMED_IN_ONE = re.compile(r"[=/]\{\{ ?([\w.]+) ?\}\}")
_JOINED_TO_ONE = re.compile(r"""["'](?:[^"']*=|/console/[^"']*)["'] ~ \(?([\w.]+)(?![\w.(]| ?\|)""")
_QUOTED = re.compile(r"set (\w+) = [\w.]+\|(?:segment|urlencode)\b")
_IDS = [
    "id",
    "visit_id",
    "order_id",
    "call_task_id",
    "client_id",
    "cutoff_run_id",
    "delivery_id",
    "covered_by_order_id",
    "resolved_by_order_id",
]
_DAYS = [
    "date",
    "day",
    "day_after",
    "day_before",
    "visit_date",
    "first",
    "last",
    "month",
    "quarter",
    "week",
    "iso_week",
    "after",
    "before",
]
_WORDS = [
    "gap",
    "group_by",
    "kind",
    "kpi",
    "name",
    "rule",
    "shown",
    "standing",
    "status",
    "path",
    "page_of_kind",
    "address",
]
PLAIN = {*_IDS, *_DAYS, *_WORDS}
"""What needs no quoting: ids, days, words of our own, whole addresses. All else may hold any sign."""
CODE = 'Κ+1, A&B #2/%41 "x"'
QUOTED = "%CE%9A%2B1%2C%20A%26B%20%232%2F%2541%20%22x%22"
COUNTS = ("planned", "visited", "verified", "ordered", "missed_so_far")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_code_stands_quoted_in_every_address(path: Path) -> None:
    template = path.read_text("utf-8")
    named = [name for address in _ADDRESS.findall(template) for name in _NAMED_IN_ONE.findall(address)]
    named += _JOINED_TO_ONE.findall(template)
    quoted = set(_QUOTED.findall(template))
    assert [name for name in named if name.rpartition(".")[2] not in PLAIN | quoted] == []


def test_the_numbers_of_a_rep_open_that_reps_visits_whatever_the_code() -> None:
    day = {"cutoff_run_id": None}
    line: dict[str, Any] = dict.fromkeys((*COUNTS, "open_signals", "rejected_events", "points"), 1)
    line |= {"rep_code": CODE, "territory_code": CODE, "rep_name": "Nikos", "date": "2026-11-27", "devices": 0}
    line |= dict.fromkeys(("progress", "last_seen", "next", "last_sync_at"))
    row = rendered("en", "today/rep_row_alone.html", {"line": line, "day": day, "zone": "UTC"})
    assert f'<tr id="rep-{QUOTED}" sse-swap="rep-{QUOTED}"' in row
    for count in COUNTS:
        query = f"date=2026-11-27&amp;territory_code={QUOTED}&amp;rep_code={QUOTED}&amp;counted_as={count}"
        assert f'href="/console/visits?{query}"' in row
    assert f'href="/console/reports/points/{QUOTED}?from=2026-11-27' in row
