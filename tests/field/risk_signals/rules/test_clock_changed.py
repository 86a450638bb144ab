from app.field.risk_signals.rules.clock_changed import changed_clocks
from tests.field.risk_signals.events import event, found


def test_a_changed_clock_is_doubted() -> None:
    assert found(changed_clocks([event(1, clock_changed=True, trusted=False)])) == [("clock_changed", 1)]


def test_a_clock_without_evidence_is_not_doubted() -> None:
    assert changed_clocks([event(1, trusted=False)]) == []
