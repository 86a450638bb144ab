"""A day's route as files for maps and navigators: GeoJSON (RFC 7946) and GPX 1.1."""

from datetime import UTC, date
from typing import Any

from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint

from app.ground.plain_text import plain
from app.planning.routing.travel_times import Place
from app.planning.week_plans.answers import visits_answer
from app.planning.week_plans.plan_content import DayPlan
from app.planning.week_plans.schemas import PlannedVisitAnswer
from app.planning.week_plans.service import PlanView

CREATOR = "Fieldproof"


def geojson_of(view: PlanView, day: date) -> dict[str, Any]:
    """A day's visits as points in their order, and the line through them from the start to the end.

    An outlet that nobody knows the place of is a feature without geometry. The line is straight from stop to stop.
    """
    visits = _visits(view, day)
    features = [_point(view, visit) for visit in visits]
    line = [*_place_of_start(view, day), *_places(view, visits), *_place_of_end(view, day)]
    if len(line) > 1:
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [[place.lon, place.lat] for place in line]},
                "properties": {"rep_code": view.week.rep.code, "date": day.isoformat()},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def gpx_of(view: PlanView, day: date) -> str:
    """A day's route with a point for each stop, from the start to the end; its time is when the visit begins."""
    visits = _visits(view, day)
    located = [(place, visit) for visit in visits if (place := _place_of(view, visit)) is not None]
    route = GPXRoute(name=f"{view.week.rep.code} {day.isoformat()}")
    route.points += [_route_point(place, "Start") for place in _place_of_start(view, day)]
    for place, visit in located:
        point = _route_point(place, plain(f"{visit.sequence} {visit.outlet_name}"))
        point.comment = visit.outlet_code
        point.time = visit.expected_at.astimezone(UTC) if visit.expected_at else None  # GPX knows no other zone
        route.points.append(point)
    route.points += [_route_point(place, "End") for place in _place_of_end(view, day)]
    file = GPX()
    file.creator = CREATOR
    file.routes.append(route)
    return file.to_xml(version="1.1")


def _visits(view: PlanView, day: date) -> list[PlannedVisitAnswer]:
    """The visits of a day that are driven to."""
    return [visit for visit in visits_answer(view) if visit.visit_date == day and not visit.withdrawn]


def _point(view: PlanView, visit: PlannedVisitAnswer) -> dict[str, Any]:
    place = _place_of(view, visit)
    return {
        "type": "Feature",
        "geometry": None if place is None else {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": {
            "sequence": visit.sequence,
            "outlet_code": visit.outlet_code,
            "outlet_name": visit.outlet_name,
            "arrival_at": visit.arrival_at.isoformat() if visit.arrival_at else None,
            "waiting_minutes": visit.waiting_minutes,
            "expected_at": visit.expected_at.isoformat() if visit.expected_at else None,
            "expected_until": visit.expected_until.isoformat() if visit.expected_until else None,
        },
    }


def _places(view: PlanView, visits: list[PlannedVisitAnswer]) -> list[Place]:
    return [place for visit in visits if (place := _place_of(view, visit)) is not None]


def _place_of(view: PlanView, visit: PlannedVisitAnswer) -> Place | None:
    outlet = next(candidate for candidate in view.outlets.values() if candidate.code == visit.outlet_code)
    return None if outlet.lat is None or outlet.lon is None else Place(outlet.lat, outlet.lon)


def _place_of_start(view: PlanView, day: date) -> list[Place]:
    planned = _planned(view, day)
    return [planned.start] if planned and planned.stops and planned.start else []


def _place_of_end(view: PlanView, day: date) -> list[Place]:
    planned = _planned(view, day)
    return [planned.end] if planned and planned.stops and planned.end else []


def _planned(view: PlanView, day: date) -> DayPlan | None:
    return view.content.by_day().get(day)


def _route_point(place: Place, name: str) -> GPXRoutePoint:
    return GPXRoutePoint(place.lat, place.lon, name=name)
