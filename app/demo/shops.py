"""The 89 real shops, and what kind each of them is."""

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

METRES_A_DEGREE = 111_320.0


class ShopKind(StrEnum):
    """What kind of shop: the channel by which its terms are agreed."""

    SUPERMARKET = "supermarket"
    GROCERY = "grocery"
    KIOSK = "kiosk"


_CHAINS = (
    *("lidl", "σκλαβενίτης", "ανδρικόπουλος", "ανδρικοπουλος", "βασιλόπουλος", "βασιλοπουλος", "my market", "mymarket"),
    *(
        "kronos",
        "κρόνος",
        "κρονος",
        "μασούτης",
        "3a",
        "3α",
        "spar",
        "γαλαξίας",
        "super market",
        "supermarket",
        "the mart",
    ),
    "cash and carry",
)
_KIOSKS = ("kiosk", "περίπτερο")


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
    features = json.loads((files("app.demo") / "data" / "patras_shops.geojson").read_text("utf-8"))["features"]
    return [
        Shop(
            f"PAT-{number:04}",
            _name(feature["properties"]["name"], number),
            feature["properties"]["address"],
            feature["geometry"]["coordinates"][1],
            feature["geometry"]["coordinates"][0],
        )
        for number, feature in enumerate(features, 1)
    ]


def _name(name: str, number: int) -> str:
    """A shop that OpenStreetMap knows without a name is told from the others by its number."""
    return f"Shop {number}" if name == "Unknown" else name


def kind_of(shop: Shop) -> ShopKind:
    """What kind of shop it is, by its name."""
    name = shop.name.casefold()
    if any(part.casefold() in name for part in _KIOSKS):
        return ShopKind.KIOSK
    return ShopKind.SUPERMARKET if any(part.casefold() in name for part in _CHAINS) else ShopKind.GROCERY


def address_of(shop: Shop) -> str:
    """The mail address that a shop of the demo orders from."""
    return f"{shop.code.lower()}@shops.example"
