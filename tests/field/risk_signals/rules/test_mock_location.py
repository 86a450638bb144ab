from app.field.risk_signals.rules.mock_location import mock_locations
from tests.field.risk_signals.events import event, found


def test_a_simulated_position_is_doubted() -> None:
    assert found(mock_locations([event(1), event(2, at_s=60, mock=True)])) == [("mock_location", 2)]
