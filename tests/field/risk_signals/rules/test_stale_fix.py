from datetime import timedelta

import pytest

from app.field.risk_signals.rules.stale_fix import stale_fixes
from tests.field.risk_signals.events import NINE, event, found


@pytest.mark.parametrize(("age_s", "doubted"), [(120, False), (120.5, True), (-300, False)])
def test_a_fix_older_than_120_seconds_at_capture_is_stale(age_s: float, doubted: bool) -> None:
    signals = stale_fixes([event(1, fix_at=NINE - timedelta(seconds=age_s))])

    assert found(signals) == ([("stale_fix", 1)] if doubted else [])


def test_the_age_of_a_fix_is_by_the_devices_own_clock() -> None:
    assert stale_fixes([event(1, corrected_at=NINE + timedelta(hours=2))]) == []
