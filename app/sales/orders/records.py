"""What the domain records and what it hands out, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.ground.errors import FieldProblem
from app.ground.values import value
from app.masters.outlets.positions import KeptFix, Verdict
from app.masters.outlets.service import FieldOutlet
from app.masters.territories.field_clock import Stamp
from app.sales.orders.amendment_rules import StandingOrder
from app.sales.orders.rules import OrderChannel, OrderDecision, OrderForm

RECEIPT_KIND = "order"
"""An order's kind among the receipts of client-made ids."""


@value(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """A form as it was judged, with all that is kept of it: an order, or a refusal where there are problems (O2).

    `first_received_at`: when the very same form had come before, and was refused; None: never. `outlet` None: there is
    none of its code. `rep_id`, `device_id`: of the handheld that it came from; `fix`, `verdict`: where it was captured,
    where the handheld told it; `device_told_until`: up to when the handheld had told everything before the form came
    (C4). `read_at`: when a mail's form was read. `digest`: of its content (O3).
    """

    form: OrderForm
    decision: OrderDecision
    stamp: Stamp
    outlet: FieldOutlet | None
    channel: OrderChannel
    placed_by: str
    rep_id: int | None = None
    device_id: UUID | None = None
    device_told_until: datetime | None = None
    fix: KeptFix | None = None
    verdict: Verdict | None = None
    read_at: datetime | None = None
    first_received_at: datetime | None = None
    digest: bytes = b""

    @property
    def id(self) -> UUID:
        """The form's, which its client made."""
        return self.form.id

    @property
    def problems(self) -> Sequence[FieldProblem]:
        """Why it is refused, if it is."""
        return self.decision.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadForm:
    """A form of a handheld that cannot be read, for an outlet that can: all that is known of a refusal (T7, C3)."""

    id: UUID
    rep_id: int
    device_id: UUID
    outlet_id: int
    channel: OrderChannel
    placed_by: str
    stamp: Stamp
    problems: Sequence[FieldProblem]
    digest: bytes


@value(frozen=True, slots=True, kw_only=True)
class NoOrderRecord:
    """A no-order report as it was judged; refused where it has `problems`, and then not kept. `outlet` as above."""

    id: UUID
    stamp: Stamp
    territory_id: int
    rep_id: int
    device_id: UUID | None
    outlet: FieldOutlet | None
    reason_code: str
    comment: str = ""
    digest: bytes = b""
    problems: Sequence[FieldProblem] = ()


class OrderStatus(StrEnum):
    """Whether an accepted order stands, or was cancelled since (O4)."""

    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class OrderedLine(NamedTuple):
    """A line of an order that stands, its product by code."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    list_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVersion:
    """One version of an order that was changed, as it was (O4). Times are those of the change (T1)."""

    version: int
    change: str
    changed_by: str
    reason: str
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    trusted: bool
    delivery_date: date
    comment: str
    total_value: Decimal
    warnings: list[dict[str, Any]]
    lines: tuple[OrderedLine, ...]


@dataclass(frozen=True, slots=True)
class ChangedOrder:
    """What became of a change: the order as it was before, and the version that the change made.

    `repeated`: it was made before, and nothing was done now.
    """

    before: StandingOrder
    version: int
    warnings: Sequence[dict[str, Any]]
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """An order as the API shows it: masters by code, warnings as they were answered."""

    id: UUID
    channel: str
    outlet_code: str
    rep_code: str | None
    business_date: date
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    trusted: bool
    delivery_date: date
    comment: str
    total_value: Decimal
    warnings: list[dict[str, Any]]
    placed_by: str
    version: int
    amended_at: datetime | None
    amended_by: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancelled_effective_at: datetime | None
    first_received_at: datetime | None
    read_at: datetime | None
    lines: tuple[OrderedLine, ...]

    @property
    def status(self) -> OrderStatus:
        """Whether it stands."""
        return OrderStatus.ACCEPTED if self.cancelled_at is None else OrderStatus.CANCELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An earlier order of an outlet."""

    id: UUID
    outlet_id: int
    business_date: date
    channel: str
    total_value: Decimal
    lines: tuple[OrderedLine, ...]
