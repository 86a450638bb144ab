"""What the domain records and what it hands out, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.ground.errors import FieldProblem
from app.sales.orders.amendment_rules import StandingOrder
from app.sales.orders.rules import AcceptedLine, Channel, OrderWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedOrder:
    """An order as it is recorded, with the fix that was taken with it and that fix's verdict, where there is one.

    `rep_id` and `device_id` are those of the handheld; orders of other channels have none. Times as in T1.
    """

    business_date: date
    id: UUID
    territory_id: int
    outlet_id: int
    channel: Channel
    placed_by: str
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    delivery_date: date
    lines: Sequence[AcceptedLine]
    total_value: Decimal
    warnings: Sequence[OrderWarning] = ()
    comment: str = ""
    rep_id: int | None = None
    device_id: UUID | None = None
    skew_ms: int = 0
    trusted: bool = False
    clock_changed: bool = False
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence: int | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    fix_at: datetime | None = None
    provider: str | None = None
    mock: bool = False
    verdict: str | None = None
    p_inside: float | None = None
    distance_m: float | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedOrder:
    """A form that was refused, for an outlet that is known (O2)."""

    id: UUID
    outlet_id: int
    business_date: date
    received_at: datetime
    placed_by: str
    problems: Sequence[FieldProblem]
    rep_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOrderRecord:
    """A no-order report as it is recorded. Times as in T1."""

    business_date: date
    id: UUID
    territory_id: int
    rep_id: int
    outlet_id: int
    reason_code: str
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    device_id: UUID | None = None
    comment: str = ""
    skew_ms: int = 0
    trusted: bool = False
    clock_changed: bool = False
    monotonic_ms: int | None = None
    boot_id: str | None = None
    sequence: int | None = None


class Placement(StrEnum):
    """What became of a form that was placed."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """The answer to a form that was placed: a duplicate gets its first answer again (O3), warnings as JSON values.

    A conflict tells no more than the id; a refusal tells the problems.
    """

    status: Placement
    id: UUID
    outlet_id: int | None = None
    territory_id: int | None = None
    business_date: date | None = None
    received_at: datetime | None = None
    corrected_at: datetime | None = None
    skew_ms: int = 0
    total_value: Decimal = Decimal(0)
    warnings: Sequence[dict[str, Any]] = ()
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
    cancelled_at: datetime | None
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
