"""A planned route as maps draw a rep's day: stops without check-ins. Pure."""

from typing import Any

from app.doors.console.api_calls import Json, segment

PLANNED = "planned"


def track_of(route: Json, rep_code: str, time_zone: str) -> dict[str, Any]:
    """What `GET /v1/reps/{rep_code}/tracks/{visit_date}` would answer of a day on which nothing has happened yet.

    `route`: the day as GeoJSON; outlets whose place nobody knows are left out.
    """
    points = [feature for feature in route["features"] if (feature["geometry"] or {}).get("type") == "Point"]
    return {
        "rep_code": rep_code,
        "time_zone": time_zone,
        "stops": [_stop(feature) for feature in points],
        "check_ins": [],
    }


def _stop(feature: Json) -> dict[str, Any]:
    facts = feature["properties"]
    lon, lat = feature["geometry"]["coordinates"]
    return {
        "visit_id": facts["outlet_code"],
        "sequence": facts["sequence"],
        "outlet_code": facts["outlet_code"],
        "outlet_name": facts["outlet_name"],
        "status": PLANNED,
        "expected_at": facts["expected_at"],
        "lat": lat,
        "lon": lon,
        "href": f"/console/outlets/{segment(facts['outlet_code'])}",
    }
