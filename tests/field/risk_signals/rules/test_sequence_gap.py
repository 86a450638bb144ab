from uuid import UUID

from app.field.risk_signals.rules.sequence_gap import sequence_gap
from app.field.risk_signals.signals import DeviceNumbers, RiskRule
from tests.field.risk_signals.events import NINE


def test_a_gap_in_the_sequence_is_doubted_with_what_is_missing() -> None:
    device = UUID(int=77)
    signal = sequence_gap(DeviceNumbers(device, NINE.date(), 12, ((4, 6), (9, 10))))

    assert signal is not None
    assert (signal.rule, signal.subject_type, signal.subject_id) == (RiskRule.SEQUENCE_GAP, "device", device)
    assert signal.evidence == {"missing": [[4, 5], [9, 9]], "missing_count": 3, "sequence_to": 12}
    assert "3 of them never arrived (numbers 4–5, 9)" in signal.explanation


def test_a_sequence_without_a_gap_is_not_doubted() -> None:
    assert sequence_gap(DeviceNumbers(UUID(int=77), NINE.date(), 12)) is None
