"""Outlets as plain values, and decisions about where they are."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class MustStock:
    """A product that the outlet agreed to keep: at least so many units an order (M1)."""

    product_code: str
    min_quantity: Decimal


@dataclass(frozen=True, slots=True)
class FieldOutlet:
    """An outlet as a rep's day needs it: its current location and terms.

    `location_version` is 0 where it has no location; else it has a circle (`radius_m`) around (`lat`, `lon`), degrees,
    or a `polygon` (GeoJSON), and then `lat`, `lon` are its centroid.
    """

    id: int
    code: str
    name: str
    territory_id: int
    active: bool
    channel: str | None
    location_version: int
    lat: float | None
    lon: float | None
    radius_m: float | None
    polygon: dict[str, Any] | None
    order_due_time: time | None
    must_stock: tuple[MustStock, ...]
    min_order_value: Decimal | None
    credit_hold: bool
