"""What passes between the cutoff's queries and its services."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClosingDay:
    """What the statements of one run need to know. `may_be_provisional`: its 72 h are not over."""

    territory_id: int
    business_date: date
    cutoff_at: datetime
    may_be_provisional: bool
    synced_rep_ids: tuple[int, ...] = ()

    def parameters(self, **more: Any) -> dict[str, Any]:
        """Bind parameters of the day, and more."""
        return {
            "territory_id": self.territory_id,
            "day": self.business_date,
            "cutoff_at": self.cutoff_at,
            **more,
        }


@dataclass(frozen=True, slots=True)
class MissingVisit:
    """A missing order's key, and its outlet."""

    visit_id: UUID
    business_date: date
    outlet_id: int
