"""Whether a rep stood at an outlet when an order was captured: one rule for the cutoff (C4) and for doubts (V6)."""

from datetime import datetime, timedelta
from typing import Protocol

ON_THE_DOORSTEP = timedelta(minutes=5)
"""How long after a departure an order still counts as captured at the outlet."""


class Seen(Protocol):
    """A check-in as proof of where the rep was. `inside`: its verdict is INSIDE."""

    @property
    def outlet_id(self) -> int:
        """Where the rep said to be."""

    @property
    def arrival(self) -> bool:
        """Whether the rep came; else it went."""

    @property
    def inside(self) -> bool:
        """Whether the fix lay within the outlet's fence."""

    @property
    def trusted(self) -> bool:
        """Whether its clock can be believed (T2)."""

    @property
    def corrected_at(self) -> datetime:
        """When it was."""


def speaks_for(check_in: Seen | None, outlet_id: int, at: datetime) -> bool:
    """Whether a rep's last check-in before `at` shows that the rep was INSIDE the outlet's fence then.

    It must be a trusted one INSIDE this outlet's fence: an arrival, or a departure at most 5 minutes ago.
    """
    if check_in is None or check_in.outlet_id != outlet_id or not (check_in.trusted and check_in.inside):
        return False
    return check_in.arrival or at - check_in.corrected_at <= ON_THE_DOORSTEP
