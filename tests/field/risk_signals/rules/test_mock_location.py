from app.field.risk_signals.rules.mock_location import mock_locations
from tests.field.risk_signals.events import event, found


def test_a_position_that_is_not_kept_is_not_told_either() -> None:
    (kept,) = mock_locations([event(1, mock=True)])
    (withheld,) = mock_locations([event(1, mock=True, lat=None, lon=None)])
    assert (set(kept.evidence), withheld.evidence) == ({"lat", "lon"}, {})


def test_a_simulated_position_is_doubted() -> None:
    assert found(mock_locations([event(1), event(2, at_s=60, mock=True)])) == [("mock_location", 2)]
