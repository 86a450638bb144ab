"""What the demo's company sells, and lines and ids of its order forms."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """Something that the demo's company sells."""

    code: str
    name: str
    group: str
    pack: int
    price: Decimal


def line_of(product: DemoProduct, packs: int, extra_pieces: int = 0) -> dict[str, str]:
    """A line of so many packs; pieces too many spoil the form."""
    return {
        "product_code": product.code,
        "quantity": str(product.pack * packs + extra_pieces),
        "unit_price": str(product.price),
    }


def order_lines(rng: Random, products: list[DemoProduct]) -> list[dict[str, str]]:
    """Three to eight products in whole packs, as an outlet orders that is phoned."""
    return [line_of(product, rng.randint(1, 4)) for product in rng.sample(products, rng.randint(3, 8))]


def random_uuid(rng: Random) -> str:
    """An id that the same seed makes again."""
    return str(UUID(int=rng.getrandbits(128), version=4))
