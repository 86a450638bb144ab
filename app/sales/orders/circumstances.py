"""What stands around an order form, and what it is warned of because of that (O2): pure functions of plain values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.ground.values import value
from app.ground.web.amounts import decimal_text
from app.masters.catalogue.rules import Offer
from app.sales.orders.rules import OrderForm, OrderWarning

TIMES_THE_MEAN = 10
"""A quantity above so many times the outlet's mean is told: a slip, or a barcode in the wrong cell."""
MOST_WITHOUT_HISTORY = Decimal(1_000_000)
"""From here on a quantity is told whatever the outlet has ordered: barcodes of eight digits lie above it."""
SAME_LINES_WITHIN = timedelta(minutes=10)

_ZERO = Decimal(0)

Quantities = Mapping[str, Decimal]
"""By product code."""


class FormAround(NamedTuple):
    """A form, as far as its circumstances are asked for. `large`: a quantity may be more than the outlet's mean."""

    place: int
    id: UUID
    digest: bytes
    territory_id: int
    outlet_id: int
    business_date: date
    delivery_date: date
    lines_digest: int | None
    large: bool


@value(frozen=True, slots=True)
class OtherOrder:
    """Another order of the outlet's that day, that stands. `times`: when it was captured, as told and corrected."""

    id: UUID
    times: Sequence[datetime]
    lines_digest: int | None


@value(frozen=True, slots=True)
class Circumstances:
    """What stands around a form.

    `others`: the outlet's other orders of that day, by id. `alike`: those of them that have the same lines.
    `usual`: the quantities of the outlet's last orders, in units and in packs, where they were asked for.
    `first_received_at`: when the very same form had come before, and was refused.
    """

    delivery_on_day_off: bool = False
    others: Sequence[UUID] = ()
    alike: Sequence[OtherOrder] = ()
    usual: Sequence[tuple[Quantities, Quantities]] = ()
    first_received_at: datetime | None = None


NOTHING_AROUND = Circumstances()


def large_quantities(offers: Mapping[str, Offer]) -> dict[str, Decimal]:
    """By code: beyond which quantity a line may be over ten times the outlet's mean, which is a pack at least."""
    return {code: TIMES_THE_MEAN * offer.pack_size for code, offer in offers.items()}


def is_large(form: OrderForm, limits: Mapping[str, Decimal]) -> bool:
    """Whether a quantity may be over ten times the outlet's mean: only then is that read."""
    for line in form.lines:
        limit = limits.get(line.product_code)
        if limit is not None and line.quantity > limit:
            return True
    return False


def warnings_around(
    form: OrderForm,
    offers: Mapping[str, Offer],
    around: Circumstances,
    *,
    times: Sequence[datetime],
    received_date: date,
    lines_digest: int | None,
    large: bool,
) -> list[OrderWarning]:
    """What a form is warned of because of what stands around it. `received_date`: the local day of its arrival.

    `times`: when it was captured, as told and corrected. The same lines near by either are worth a warning.
    `lines_digest`: of its lines. `large`: whether a quantity of it is (`is_large`).
    """
    warnings = _of_delivery(form, around, received_date)
    if around.others:
        warnings += _of_others(around, times, lines_digest)
    for number, line in enumerate(form.lines if large else ()):
        offer = offers.get(line.product_code)
        # the mean of what is ordered in packs is one at least
        if offer is not None and line.quantity > TIMES_THE_MEAN * offer.pack_size:
            warning = _of_quantity(number, line.product_code, line.quantity, offer.pack_size, around)
            warnings += [warning] if warning else []
    return warnings


def _of_delivery(form: OrderForm, around: Circumstances, received_date: date) -> list[OrderWarning]:
    warnings = []
    details = {"delivery_date": form.delivery_date.isoformat()}
    if form.delivery_date < received_date:
        message = f"The delivery date had passed when the order came, on {received_date}."
        warnings.append(OrderWarning("delivery_date_passed", "/delivery_date", message, details))
    if around.delivery_on_day_off:
        message = f"{form.delivery_date} is a day off in the outlet's territory."
        warnings.append(OrderWarning("delivery_on_day_off", "/delivery_date", message, details))
    return warnings


def _of_others(around: Circumstances, times: Sequence[datetime], lines_digest: int | None) -> list[OrderWarning]:
    """How many there are, and not which: they may be a colleague's, whom the sender may not look at."""
    message = "Another order of this outlet stands for the same day: both will be delivered."
    warnings = [OrderWarning("another_order_that_day", "/outlet_code", message, {"orders": len(around.others)})]
    same = sum(
        other.lines_digest == lines_digest
        and any(abs(theirs - own) <= SAME_LINES_WITHIN for theirs, own in zip(other.times, times, strict=True))
        for other in around.alike
    )
    if same:
        message = "An order with the same lines was captured within ten minutes: this may be the same one again."
        warnings.append(OrderWarning("same_lines", "/lines", message, {"orders": same}))
    return warnings


def _of_quantity(
    number: int, code: str, quantity: Decimal, pack_size: Decimal, around: Circumstances
) -> OrderWarning | None:
    """A quantity over ten times the mean of the product in the outlet's last orders that had it.

    Of a product that none of them had, the packs are held against the outlet's mean packs of a line. Without any order
    before, only what no outlet orders is told.
    """
    details = {"product_code": code, "quantity": decimal_text(quantity)}
    place = f"/lines/{number}/quantity"
    of_product = [quantities[code] for quantities, _ in around.usual if code in quantities]
    of_lines = [packs for _, order in around.usual for packs in order.values()]
    if of_product:
        mean = sum(of_product, _ZERO) / len(of_product)
    elif of_lines:
        mean = sum(of_lines, _ZERO) / len(of_lines) * pack_size
    elif quantity >= MOST_WITHOUT_HISTORY:
        return OrderWarning("implausible_quantity", place, "No outlet is known to order so much.", details)
    else:
        return None
    if quantity <= TIMES_THE_MEAN * mean:
        return None
    usual = decimal_text(mean.quantize(Decimal("0.01")))
    message = f"The quantity is more than {TIMES_THE_MEAN} times what this outlet orders, {usual} on average."
    return OrderWarning("implausible_quantity", place, message, details | {"mean": usual})
