"""A visit's records in the order in which things happened, as the server believes."""

from dataclasses import dataclass
from typing import Any

from app.doors.console.api_calls import Json


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """Something that happened: when, what kind of record tells of it, and the record."""

    at: str
    kind: str
    record: Any


def story_of(visit: Json) -> list[StoryEntry]:
    """The entries of a visit, oldest first; what has no instant of its own stands where it was recorded."""
    entries = [StoryEntry(each["corrected_at"], "check_in", each) for each in visit["check_ins"]]
    entries += [StoryEntry(each["corrected_at"], "order", each) for each in visit["orders"]]
    entries += [
        StoryEntry(each["cancelled_at"], "order_cancelled", each) for each in visit["orders"] if each["cancelled_at"]
    ]
    entries += [StoryEntry(each["booked_at"], "points", each) for each in visit["points"]]
    entries += [StoryEntry(each["raised_at"], "signal", each) for each in visit["risk_signals"] or ()]
    entries += [
        StoryEntry(each["review"]["reviewed_at"], "review", each)
        for each in visit["risk_signals"] or ()
        if each["review"]
    ]
    if visit["no_order"]:
        entries.append(StoryEntry(visit["no_order"]["corrected_at"], "no_order", visit["no_order"]))
    if visit["excuse"]:
        entries.append(StoryEntry(visit["excuse"]["excused_at"], "excuse", visit["excuse"]))
    return sorted(entries, key=lambda entry: entry.at)
