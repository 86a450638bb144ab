"""What stands around an order form, and what it is warned of because of that (O2): pure functions of plain values."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
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

MOST_ALIKE = 100
"""Of more orders with the same lines no more are counted."""

_ZERO = Decimal(0)
_FIRST_ID = UUID(int=0)
_Moment = tuple[datetime, UUID]

Quantities = Mapping[str, Decimal]
"""By product code."""


OutletDay = tuple[int, date]
"""An outlet's id, and a business date."""


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
    """An order of the outlet's that day, that stands. `times`: when it was captured, as told and corrected."""

    id: UUID
    times: Sequence[datetime]
    lines_digest: int | None


class DayOrders:
    """An outlet's orders of a day that stand, as far as forms of that day are to be told of them.

    `standing`: how many; `repeats`: which of the forms are among them; `alike`: those with the
    lines of one of the forms.
    """

    def __init__(self, standing: int = 0, repeats: Iterable[UUID] = (), alike: Iterable[OtherOrder] = ()) -> None:
        self._standing = standing
        self._repeats = set(repeats)
        self._by_lines: dict[int | None, tuple[list[_Moment], ...]] = {}
        for order in alike:
            self._file(order)

    def besides(self, id_: UUID) -> int:
        """How many there are but for that one."""
        return self._standing - (id_ in self._repeats)

    def alike(self, id_: UUID, times: Sequence[datetime], lines_digest: int | None) -> int:
        """How many others have the same lines and were captured within ten minutes, by either clock: up to 100."""
        near: set[UUID] = set()
        for at, moments in zip(times, self._by_lines.get(lines_digest, ()), strict=False):
            first = bisect_left(moments, (at - SAME_LINES_WITHIN, _FIRST_ID))
            for then, other_id in islice(moments, first, None):
                if then > at + SAME_LINES_WITHIN or len(near) > MOST_ALIKE:
                    break
                near.add(other_id)
        return min(len(near - {id_}), MOST_ALIKE)

    def add(self, order: OtherOrder) -> None:
        """One more, which came by the same batch; none where it was among them."""
        if order.id not in self._repeats:
            self._repeats.add(order.id)
            self._standing += 1
            self._file(order)

    def _file(self, order: OtherOrder) -> None:
        of_lines = self._by_lines.setdefault(order.lines_digest, ([], []))
        for at, moments in zip(order.times, of_lines, strict=True):
            insort(moments, (at, order.id))


@value(frozen=True, slots=True)
class Circumstances:
    """What stands around a form.

    `usual`: the quantities of the outlet's last orders, in units and in packs, where they were asked for.
    `first_received_at`: when the very same form had come before, and was refused.
    """

    delivery_on_day_off: bool = False
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
    day: DayOrders,
    *,
    times: Sequence[datetime],
    received_date: date,
    lines_digest: int | None,
    large: bool,
) -> list[OrderWarning]:
    """What a form is warned of because of what stands around it. `received_date`: the local day of its arrival.

    `day`: the outlet's orders of the form's day. `times`: when it was captured, as told and corrected. The same lines
    near by either are worth a warning. `lines_digest`: of its lines. `large`: whether a quantity is (`is_large`).
    """
    warnings = _of_delivery(form, around, received_date)
    if others := day.besides(form.id):
        warnings += _of_others(others, day.alike(form.id, times, lines_digest))
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


def _of_others(others: int, alike: int) -> list[OrderWarning]:
    """How many there are, and not which: they may be a colleague's, whom the sender may not look at."""
    message = "Another order of this outlet stands for the same day: both will be delivered."
    warnings = [OrderWarning("another_order_that_day", "/outlet_code", message, {"orders": others})]
    if alike:
        message = "An order with the same lines was captured within ten minutes: this may be the same one again."
        warnings.append(OrderWarning("same_lines", "/lines", message, {"orders": alike}))
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
