"""How far what other systems tell of records may go: back in time, and in corrections (D1, D4, decision 75)."""

from datetime import date, datetime, timedelta
from typing import Protocol

from app.ground.errors import FieldProblem

LOOKS_BACK = timedelta(days=400)
"""So far back something new may be told of: a year, and the month in which it is reviewed. All of it is still kept."""
MOST_VERSIONS = 100
"""As many versions a record may have: each telling reads the digests of all, and one answer holds them."""

NO_LONGER_KEPT = FieldProblem("/id", "no_longer_kept", "What was recorded under this id is no longer kept.")
"""Its receipt outlives the month that it was filed under."""


class CorrectedRecord(Protocol):
    """A record that is here, and would be corrected."""

    @property
    def business_date(self) -> date:
        """What it is filed under."""

    @property
    def version(self) -> int:
        """Of what stands."""


def day_problems(pointer: str, day: date | None, at: datetime, standing: CorrectedRecord | None) -> list[FieldProblem]:
    """What is wrong with the local day of what is told; a record may stay as old as it is."""
    earliest = (at - LOOKS_BACK).date()
    if standing is not None:
        earliest = min(earliest, standing.business_date)
    if day is None or day >= earliest:
        return []
    return [FieldProblem(pointer, "too_long_ago", f"Nothing can be told of what happened before {earliest}.")]


def version_problems(standing: CorrectedRecord | None) -> list[FieldProblem]:
    """What stands against one more correction."""
    if standing is None or standing.version < MOST_VERSIONS:
        return []
    return [FieldProblem("/id", "too_many_versions", f"A record may have {MOST_VERSIONS} versions.")]
