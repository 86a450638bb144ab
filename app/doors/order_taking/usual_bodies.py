"""Bodies as nearly every handheld writes them, read in a tenth of the time that `schemas` takes.

A reader here answers exactly what `schemas` would make of the same bytes, or None: for whatever is not plainly good,
has members that nobody knows, or has to be repaired. Then `schemas` reads it, and tells what is wrong with it. A test
holds the two together.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.doors.order_taking.events import OrderEvent
from app.doors.order_taking.evidence import LONGEST_SHORT_TEXT, LONGEST_TEXT, MOST_COUNT
from app.ground.web.requests import refuse_crowds
from app.ground.web.wall_clocks import usual_instant
from app.masters.outlets.positions import Fix
from app.masters.territories.boots import EventClock
from app.sales.orders.rules import MOST_LINES, OrderForm, OrderFormLine

Count = Annotated[int, Meta(ge=0, le=MOST_COUNT)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Comment = Annotated[str, Meta(max_length=LONGEST_TEXT)]
ShortText = Annotated[str, Meta(min_length=1, max_length=LONGEST_SHORT_TEXT)]
Amount = str | Annotated[int, Meta(ge=0, le=999_999_999)]

# several values are looked at at once, each with its end: a pattern costs more to begin than to go on
_CODES = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\n)+")
_AMOUNTS = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,4})?\n)*")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")

T = TypeVar("T")
Body = TypeVar("Body", bound=Struct)


class UnusualError(Exception):
    """This is for `schemas` to read."""


class UsualFix(Struct, forbid_unknown_fields=True, gc=False):
    """A position."""

    lat: Latitude
    lon: Longitude
    accuracy_m: float | None = None
    fix_at: str | None = None
    provider: ShortText | None = None
    mock: bool | None = False

    def fix(self) -> Fix:
        """As a plain value. Raises UnusualError."""
        fix_at = None if self.fix_at is None else instant(self.fix_at)
        return Fix(self.lat, self.lon, self.accuracy_m, fix_at, plain(self.provider), bool(self.mock))


class UsualLine(Struct, forbid_unknown_fields=True, gc=False):
    """A line of an order form."""

    product_code: str
    quantity: Amount
    unit_price: Amount | None = None


class UsualOrder(Struct, forbid_unknown_fields=True, gc=False):
    """What every order has, on its own or in an upload."""

    id: UUID
    outlet_code: str
    captured_at: str
    delivery_date: str
    lines: Annotated[list[UsualLine], Meta(max_length=MOST_LINES)]
    comment: Comment | None = ""
    sequence: Count | None = None
    monotonic_ms: Count | None = None
    boot_id: ShortText | None = None
    fix: UsualFix | None = None

    def event(self) -> OrderEvent:
        """As a plain value. Raises UnusualError."""
        lines = self.lines
        codes = [line.product_code for line in lines]
        check_codes([self.outlet_code, *codes])
        quantities = [line.quantity for line in lines]
        prices = [line.unit_price for line in lines]
        _check(_AMOUNTS, [amount for amount in (*quantities, *prices) if type(amount) is str])
        ordered = [
            OrderFormLine(code, Decimal(quantity), None if price is None else Decimal(price))
            for code, quantity, price in zip(codes, quantities, prices, strict=True)
        ]
        captured_at, comment = instant(self.captured_at), plain(self.comment) or ""
        form = OrderForm(self.id, self.outlet_code, captured_at, day(self.delivery_date), tuple(ordered), comment)
        clock = EventClock(captured_at, self.monotonic_ms, plain(self.boot_id), self.sequence)
        return OrderEvent(form, clock, None if self.fix is None else self.fix.fix())


class UsualSingleOrder(UsualOrder, forbid_unknown_fields=True, gc=False):
    """One order on its own, with the clocks of its sending."""

    type: Literal["order"] = "order"
    sent_at: str | None = None
    sent_monotonic_ms: Count | None = None


SingleOrder = tuple[OrderEvent, datetime | None, int | None]
"""An order, and when it was sent by the device's clocks."""


def read_order(body: bytes) -> SingleOrder | None:
    """One order, where it is written as usual."""
    return read(_ORDER.decode, _single_order, body)


def _single_order(body: UsualSingleOrder) -> SingleOrder:
    return body.event(), None if body.sent_at is None else instant(body.sent_at), body.sent_monotonic_ms


def read(decode: Callable[[bytes], Any], made_of: Callable[[Any], T], body: bytes) -> T | None:
    """What a reader makes of a body; None where that is for `schemas` to read."""
    try:
        refuse_crowds(body)
        return made_of(decode(body))
    except (msgspec.DecodeError, UnusualError, ValueError):
        return None


def instant(text: str) -> datetime:
    """What a wall clock shows, of these centuries. Raises UnusualError."""
    shown = usual_instant(text)
    if shown is None:
        raise UnusualError
    return shown


def day(text: str) -> date:
    """A local day of this century. Raises UnusualError, and ValueError where there is no such day."""
    if not _DAY.fullmatch(text):
        raise UnusualError
    return date.fromisoformat(text)


def plain(text: str | None) -> str | None:
    """A text that is kept to the letter. Raises UnusualError where it ends in a space or has what cannot be seen."""
    if text and not (text.isprintable() and not text[0].isspace() and not text[-1].isspace()):
        raise UnusualError
    return text


def check_codes(codes: Sequence[str]) -> None:
    """Raises UnusualError unless all are codes of plain letters, digits and signs."""
    _check(_CODES, codes)


def _check(pattern: re.Pattern[str], values: Sequence[str]) -> None:
    """Raises UnusualError unless the pattern describes these values, each with its end."""
    lines = "\n".join([*values, ""])
    if not pattern.fullmatch(lines) or lines.count("\n") > len(values):
        raise UnusualError


_ORDER = msgspec.json.Decoder(UsualSingleOrder)
