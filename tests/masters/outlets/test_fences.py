import math

import numpy as np
import pytest

from app.masters.outlets.fences import CircleFence, parse_polygon

SQUARE = [[21.7, 38.2], [21.701, 38.2], [21.701, 38.201], [21.7, 38.201], [21.7, 38.2]]
HOLE = [[21.7003, 38.2003], [21.7006, 38.2003], [21.7006, 38.2006], [21.7003, 38.2006], [21.7003, 38.2003]]


def polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def circle_of(vertices: int) -> list[list[float]]:
    angles = [2 * math.pi * i / (vertices - 1) for i in range(vertices - 1)]
    ring = [[21.7 + 0.001 * math.cos(angle), 38.2 + 0.001 * math.sin(angle)] for angle in angles]
    return [*ring, ring[0]]


def test_a_polygon_with_a_hole_is_read_and_written_back() -> None:
    fence = parse_polygon(polygon(SQUARE, HOLE))

    assert len(fence.rings) == 2
    assert fence.rings[0][1] == (21.701, 38.2)
    assert parse_polygon(fence.as_geojson()) == fence


def test_altitudes_are_dropped() -> None:
    assert parse_polygon(polygon([[*position, 12.5] for position in SQUARE])) == parse_polygon(polygon(SQUARE))


def test_an_outline_has_its_interior_to_the_left_whichever_way_it_was_drawn() -> None:
    for rings in ((SQUARE, HOLE), (SQUARE[::-1], HOLE), (SQUARE, HOLE[::-1]), (SQUARE[::-1], HOLE[::-1])):
        edges = parse_polygon(polygon(*rings)).outline
        doubled = edges.start_x * edges.end_y - edges.start_y * edges.end_x

        assert np.sum(doubled[:4]) / 2 == pytest.approx(9719, rel=0.01)
        assert np.sum(doubled[4:]) / 2 == pytest.approx(-9719 * 0.09, rel=0.01)


def test_a_polygon_across_the_180_meridian_is_one_small_area() -> None:
    ring = [[179.9995, -17.0], [-179.9995, -17.0], [-179.9995, -16.999], [179.9995, -16.999], [179.9995, -17.0]]
    edges = parse_polygon(polygon(ring)).outline

    assert np.max(np.hypot(edges.end_x, edges.end_y)) < 200


def test_a_polygon_may_have_500_vertices_and_no_more() -> None:
    parse_polygon(polygon(circle_of(500)))

    with pytest.raises(ValueError, match="more than 500 vertices"):
        parse_polygon(polygon(circle_of(501)))


def ring_with(position: object) -> list[object]:
    return [SQUARE[0], position, *SQUARE[2:]]


@pytest.mark.parametrize(
    ("geojson", "message"),
    [
        (None, 'type "Polygon"'),
        ([], 'type "Polygon"'),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]]}, 'type "Polygon"'),
        ({"type": "Polygon"}, "no rings"),
        (polygon(), "no rings"),
        ({"type": "Polygon", "coordinates": "x"}, "no rings"),
        (polygon("x"), "the outer ring is not a list"),
        (polygon([]), "the outer ring has 0 positions"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), "the outer ring has 3 positions"),
        (polygon(SQUARE, [HOLE[0], HOLE[1], HOLE[0]]), "hole 1 has 3 positions"),
        (polygon(SQUARE[:-1]), "not closed"),
        (polygon(ring_with([21.701])), r"not \[longitude, latitude\]"),
        (polygon(ring_with("x")), r"not \[longitude, latitude\]"),
        (polygon(ring_with([21.701, "38.2"])), "not a number"),
        (polygon(ring_with([True, 38.2])), "not a number"),
        (polygon(ring_with([21.701, None])), "not a number"),
        (polygon(ring_with([21.701, math.nan])), "not a finite number"),
        (polygon(ring_with([math.inf, 38.2])), "not a finite number"),
        (polygon(ring_with([10**400, 38.2])), "not a finite number"),
        (polygon(ring_with([181, 38.2])), "longitude outside"),
        (polygon(ring_with([21.701, -90.1])), "latitude outside"),
        (
            polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]),
            "self-intersection 4. m east and 5. m north",
        ),
        (polygon(SQUARE, [[p[0] + 1, p[1]] for p in HOLE]), "too wide"),
        (polygon(SQUARE, [[p[0] + 0.01, p[1]] for p in HOLE]), "not a simple area: hole lies outside"),
        (polygon(SQUARE, HOLE, HOLE), "not a simple area"),
        (polygon([SQUARE[0], SQUARE[0], SQUARE[0], SQUARE[0]]), "not a simple area|area is 0"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0]]), "not a simple area|area is 0"),
        (polygon([[21.7, 38.2], [21.70002, 38.2], [21.70002, 38.20002], [21.7, 38.2]]), "at least 10 m²"),
        (polygon([[21.7, 38.2], [21.85, 38.2], [21.85, 38.31], [21.7, 38.31], [21.7, 38.2]]), "at most 100 km²"),
        (polygon([[21.7, 38.2], [22.7, 38.2], [22.7, 39.2], [21.7, 38.2]]), "too wide"),
        (polygon([[-120.0, 80.0], [0.0, 80.0], [120.0, 80.0], [-120.0, 80.0]]), "too wide"),
    ],
)
def test_what_is_no_fence_is_refused_with_a_clear_message(geojson: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_polygon(geojson)


@pytest.mark.parametrize(
    ("lat", "lon", "radius_m"),
    [
        (91.0, 0.0, 50.0),
        (math.nan, 0.0, 50.0),
        (0.0, 180.1, 50.0),
        (0.0, 0.0, 0.0),
        (0.0, 0.0, math.nan),
        (0, 0, math.inf),
    ],
)
def test_a_circle_needs_a_position_and_a_radius(lat: float, lon: float, radius_m: float) -> None:
    with pytest.raises(ValueError, match=r"position on the earth|greater than 0 m"):
        CircleFence(lat, lon, radius_m)
