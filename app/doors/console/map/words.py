"""The words of a map's legend and popups, which static/map/words.js has in English."""

from collections.abc import Callable, Mapping

import orjson

WORDS: Mapping[str, str] = {
    "map": "Map",
    "legend": "Legend",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "close": "Close",
    "loading_failed": "The map's data could not be read. What is shown may be old.",
    "without_location": "{count} without a location",
    "open": "Open",
    "sequence": "Stop {sequence}",
    "expected": "Expected at {time}",
    "not_planned": "Not planned today",
    "planned": "Planned",
    "verified": "Visited, verified",
    "unverified": "Visited, not verified",
    "missed": "Missed",
    "excused": "Excused",
    "ordered": "Ordered",
    "flagged": "Order missing",
    "route": "Planned route",
    "track": "Where the phone was",
    "arrival": "Arrival",
    "departure": "Departure",
    "INSIDE": "Check-in inside the fence",
    "OUTSIDE": "Check-in outside the fence",
    "UNCERTAIN": "Check-in uncertain",
    "NO_OUTLET_LOCATION": "Check-in where no place is known",
}
"""By key, in English."""


def words_for(label: Callable[[str, str], str]) -> str:
    """The words as JSON, as a map's data-words has them. `label`: says a code of a table in the person's language."""
    return orjson.dumps({key: label(key, "map") for key in WORDS}).decode()
