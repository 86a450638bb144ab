"""The 89 real shops, dealt to four reps so that each walks one quarter of the town."""

import json
from dataclasses import dataclass
from importlib.resources import files
from math import cos, hypot, radians

METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of `patras_shops.geojson` (© OpenStreetMap contributors, ODbL 1.0)."""

    code: str
    name: str
    address: str | None
    lat: float
    lon: float


def shops() -> list[Shop]:
    """All of them, in the file's order."""
    found = json.loads((files("app.demo") / "data" / "patras_shops.geojson").read_text("utf-8"))["features"]
    return [
        Shop(
            f"PAT-{number:04}",
            _name(feature["properties"]["name"], number),
            feature["properties"]["address"],
            feature["geometry"]["coordinates"][1],
            feature["geometry"]["coordinates"][0],
        )
        for number, feature in enumerate(found, 1)
    ]


def _name(name: str, number: int) -> str:
    """A shop that OpenStreetMap knows without a name is told from the others by its number."""
    return f"Shop {number}" if name == "Unknown" else name


def metres_between(a: Shop, b: Shop) -> float:
    """Rough distance, for the order of a walk."""
    return hypot((a.lat - b.lat), (a.lon - b.lon) * cos(radians(a.lat))) * METRES_A_DEGREE


def quarters(all_shops: list[Shop], reps: int) -> list[list[Shop]]:
    """The shops from south to north in `reps` parts, each in the order of always walking to the nearest one left."""
    by_latitude = sorted(all_shops, key=lambda shop: (shop.lat, shop.code))
    size = -(-len(by_latitude) // reps)
    return [_walk(by_latitude[start : start + size]) for start in range(0, len(by_latitude), size)]


def _walk(part: list[Shop]) -> list[Shop]:
    here, left = part[0], part[1:]
    walk = [here]
    while left:
        here = min(left, key=lambda shop: (metres_between(here, shop), shop.code))
        left.remove(here)
        walk.append(here)
    return walk


def address_of(shop: Shop) -> str:
    """The mail address that a shop of the demo orders from."""
    return f"{shop.code.lower()}@shops.example"
