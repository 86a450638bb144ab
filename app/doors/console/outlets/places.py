"""Where an outlet is, as a map draws it. Pure."""

from shapely.geometry import shape

from app.doors.console.api_calls import Json

Position = tuple[float, float]
"""Latitude and longitude in degrees."""


def centre_of(location: Json) -> Position | None:
    """The middle of a circle, or of a fence; None where nobody knows the place."""
    if location is None:
        return None
    if location["fence"] is None:
        return location["lat"], location["lon"]
    point = shape(location["fence"]).centroid
    return point.y, point.x


def feature_collection(outlet: Json) -> Json:
    """The outlet alone, as `GET /v1/outlet-map` answers a territory's."""
    centre = centre_of(outlet["location"])
    collection = {"type": "FeatureCollection", "territory_code": outlet["territory_code"], "without_location": 0}
    if centre is None:
        return collection | {"without_location": 1, "features": []}
    properties = {
        "outlet_code": outlet["code"],
        "outlet_name": outlet["name"],
        "state": "not_planned",
        "ordered": False,
        "flagged": False,
        "radius_m": outlet["location"]["radius_m"],
        "fence": outlet["location"]["fence"],
        "visits": [],
        "lines": [outlet["address"] or ""],
    }
    geometry = {"type": "Point", "coordinates": [centre[1], centre[0]]}
    return collection | {"features": [{"type": "Feature", "geometry": geometry, "properties": properties}]}
