"""A doubt with all that its evidence is shown with: pure, of what the API has answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.doors.console.api_calls import Json
from app.masters.outlets.geodesy import distance_m


@dataclass(frozen=True, slots=True)
class DoubtCase:
    """A doubt with its records (`GET /v1/risk-signals/{signal_id}`), its outlets by code and handhelds by id.

    Outlets and handhelds are those that the reader may see.
    """

    signal: Json
    outlets: Mapping[str, Json] = field(default_factory=dict)
    devices: Mapping[str, Json] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        """What the rule saw."""
        evidence: dict[str, Any] = self.signal["evidence"]
        return evidence

    def record(self, id_: str) -> Json | None:
        """A check-in or an order of the doubt; None where it is out of sight, or a handheld."""
        records = (*self.signal["check_ins"], *self.signal["orders"])
        return next((record for record in records if record["id"] == id_), None)

    @property
    def subject(self) -> Json | None:
        """What is doubted, as it was recorded."""
        return self.record(self.signal["subject"]["id"])

    def location(self, outlet_code: str | None) -> Json | None:
        """Where an outlet is: `lat`, `lon`, and `radius_m` or `fence`; None where nobody knows, or may tell."""
        outlet = self.outlets.get(outlet_code or "")
        location = outlet and outlet["location"]
        return location if location and location["lat"] is not None else None


def outlet_codes_of(signal: Json) -> list[str]:
    """The outlets of a doubt and of its records, each once."""
    codes = (signal["outlet_code"], *(record["outlet_code"] for record in (*signal["check_ins"], *signal["orders"])))
    return list(dict.fromkeys(code for code in codes if code is not None))


def distance_between(position: Json | None, other: Json | None) -> float | None:
    """Metres between two positions; None where one of them is unknown."""
    if position is None or other is None:
        return None
    return distance_m(position["lat"], position["lon"], other["lat"], other["lon"])
