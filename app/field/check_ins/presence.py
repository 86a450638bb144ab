"""Whether a rep was at an outlet when an order was captured (V7): one rule for the cutoff (C4) and for doubts (O6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Protocol

from app.field.check_ins.geofence import GeofenceVerdict

PRESENCE_LASTS = timedelta(hours=2)
"""How long an arrival speaks for what the rep captures at the outlet."""
ON_THE_DOORSTEP = timedelta(minutes=5)
"""How long after a departure an order still counts as captured at the outlet."""


class Seen(Protocol):
    """A check-in as proof of where the rep was."""

    @property
    def outlet_id(self) -> int:
        """Where the rep said to be."""

    @property
    def arrival(self) -> bool:
        """Whether the rep came; else it went."""

    @property
    def verdict(self) -> str | None:
        """What its fix says of the outlet's fence."""

    @property
    def trusted(self) -> bool:
        """Whether its clock can be believed (T2)."""

    @property
    def corrected_at(self) -> datetime:
        """When it was."""


def was_there(check_ins: Iterable[Seen], outlet_id: int, at: datetime) -> bool:
    """Whether the rep's check-ins up to `at` show that it was at the outlet then (V7).

    There must be a trusted arrival INSIDE at most two hours before, and since the last of them no sign of having left:
    a check-in at another outlet, a departure more than five minutes ago, a trusted fix OUTSIDE. Other taps say nothing
    either way. At an outlet without coordinates nothing can be INSIDE: there any trusted check-in suffices, a departure
    for those five minutes.
    """
    since = at - PRESENCE_LASTS
    recent = [seen for seen in check_ins if since <= seen.corrected_at <= at]
    recent.sort(key=attrgetter("corrected_at"), reverse=True)
    return shown_there(recent, outlet_id, at)


def shown_there(latest_first: Iterable[Seen], outlet_id: int, at: datetime) -> bool:
    """`was_there`, by the check-ins of the two hours up to `at`, the latest first."""
    left_at: datetime | None = None
    for seen in latest_first:
        if left_at is not None and seen.corrected_at < left_at:
            return False
        if seen.outlet_id == outlet_id and _proves_presence(seen, at):
            return True
        if left_at is None and shows_leaving(seen, outlet_id, at):
            left_at = seen.corrected_at
    return False


def _proves_presence(seen: Seen, at: datetime) -> bool:
    """Whether a check-in at the outlet shows that the rep was there."""
    if not seen.trusted:
        return False
    if seen.verdict == GeofenceVerdict.NO_OUTLET_LOCATION:
        return seen.arrival or at - seen.corrected_at <= ON_THE_DOORSTEP
    return seen.arrival and seen.verdict == GeofenceVerdict.INSIDE


def shows_leaving(seen: Seen, outlet_id: int, at: datetime) -> bool:
    """Whether a check-in before `at` shows that the rep was at the outlet no longer."""
    if seen.outlet_id != outlet_id:
        return True
    departed = not seen.arrival and at - seen.corrected_at > ON_THE_DOORSTEP
    return departed or (seen.trusted and seen.verdict == GeofenceVerdict.OUTSIDE)
