from datetime import timedelta

import pytest

from app.field.risk_signals.rules.stale_fix import stale_fixes
from tests.field.risk_signals.events import NINE, event, found


@pytest.mark.parametrize(("age_s", "doubted"), [(120, False), (120.5, True), (-300, False)])
def test_a_fix_older_than_120_seconds_at_capture_is_stale(age_s: float, doubted: bool) -> None:
    signals = stale_fixes([event(1, fix_at=NINE - timedelta(seconds=age_s))])

    assert found(signals) == ([("stale_fix", 1)] if doubted else [])


@pytest.mark.parametrize(
    ("captured_s", "corrected_s", "fix_s", "doubted"),
    [
        (0, 7_200, 0, False),
        (300, 0, 0, False),
        (300, 0, -121, True),
        (0, 0, -7_168 * 86_400, False),
        (0, 0, -7_168 * 86_400 - 600, True),
    ],
    ids=["by the phone", "by the server", "by neither", "weeks rolled over", "old as well"],
)
def test_a_fix_is_stale_by_every_clock_or_not_at_all(
    captured_s: float, corrected_s: float, fix_s: float, doubted: bool
) -> None:
    captured, corrected, fixed = (NINE + timedelta(seconds=s) for s in (captured_s, corrected_s, fix_s))
    signals = stale_fixes([event(1, captured_at=captured, corrected_at=corrected, fix_at=fixed)])

    assert found(signals) == ([("stale_fix", 1)] if doubted else [])
