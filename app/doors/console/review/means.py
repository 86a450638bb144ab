"""An order beside the mean of its outlet's last orders, product by product (O6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.doors.console.api_calls import Json
from app.doors.console.review.cases import DoubtCase
from app.doors.console.review.places import RecordPlaces, off_the_outlet

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MeanLine:
    """A product: what each earlier order had of it (None: that order is out of sight), their mean, what this one has.

    `packs_off`: by how many packs it differs from the mean, more with a plus.
    """

    product_code: str
    product_name: str | None
    earlier: Sequence[Decimal | None]
    mean: Decimal
    quantity: Decimal
    packs_off: Decimal


@dataclass(frozen=True, slots=True)
class ComparedOrder:
    """The order and the mean. `days`: of the earlier orders, in the order of time; `left_out`: lines not told."""

    days: Sequence[str]
    lines: Sequence[MeanLine]
    left_out: int
    places: RecordPlaces


def compared_order(case: DoubtCase) -> ComparedOrder:
    """What `averaged_order` has compared."""
    earlier = sorted(case.evidence["mean_of"], key=lambda order: (order["business_date"], order["id"]))
    orders = [case.record(order["id"]) for order in earlier]
    names = {product["product_code"]: product["name"] for product in case.signal["products"]}
    lines = [_line(line, orders, names.get(line["product_code"])) for line in case.evidence["lines"]]
    places = off_the_outlet(DoubtCase(_captured(case), case.outlets, case.devices), "check_in")
    left_out = case.evidence["products"] - len(lines)
    return ComparedOrder([order["business_date"] for order in earlier], lines, left_out, places)


def _captured(case: DoubtCase) -> Json:
    """The doubt with the evidence of where the order was captured."""
    return {**case.signal, "evidence": case.evidence["captured"]}


def _line(line: Json, orders: Sequence[Json | None], name: str | None) -> MeanLine:
    mean, quantity = Decimal(line["mean"]), Decimal(line["quantity"])
    return MeanLine(
        product_code=line["product_code"],
        product_name=name,
        earlier=[None if order is None else _quantity(order, line["product_code"]) for order in orders],
        mean=mean,
        quantity=quantity,
        packs_off=(quantity - mean) / Decimal(line["pack_size"]),
    )


def _quantity(order: Json, product_code: str) -> Decimal:
    """What an order has of a product; of one that was amended since, what it has now."""
    return sum((Decimal(line["quantity"]) for line in order["lines"] if line["product_code"] == product_code), NOTHING)
