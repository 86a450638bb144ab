"""What entries are explained by, as plain values: the entry with its steps, and what was recorded of its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.closing.cutoff.settlement_rules import Standing
from app.motivation.appeals.rules import AppealStatus
from app.motivation.points.rules import PointsEntryKind, PointsRule, SourceType
from app.sales.orders.amendment_rules import OrderChangeKind


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom an entry is explained to. `is_rep`: the rep's own handheld; `is_staff`: whom doubts are shown as a whole."""

    is_rep: bool
    is_staff: bool


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """An entry about a source, or one that reverses such an entry. `final_at`: when a penalty was made final."""

    id: int
    rule: PointsRule
    kind: PointsEntryKind
    points: int
    note: str
    booked_at: datetime
    reverses_id: int | None
    provisional: bool
    final_at: datetime | None
    final_because: str | None


@dataclass(frozen=True, slots=True)
class AppliedPolicy:
    """The version of the policy that an entry's points are by."""

    version: int
    points: int
    valid_from: date
    monthly_cap: int | None
    rate_limit: Decimal | None


@dataclass(frozen=True, slots=True)
class SeenAppeal:
    """An appeal against an entry, and where it stands (P5). `instance`: 1 the supervisor's, 2 an admin's."""

    id: UUID
    status: AppealStatus
    instance: int
    submitted_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExplainedEntry:
    """An entry, what it is about, and every step about the same.

    `source_type`, `source_id`: what the chain is about, also of a reversal. `steps`: by id, the entry among them.
    `held`: a doubt about the proof against it waits for a review. `appeal_id`: of the appeal that has settled
    its source; `appeal`: the one against this very entry.
    """

    step: LedgerStep
    rep_id: int
    rep_code: str
    territory_id: int
    source_type: SourceType
    source_id: UUID
    business_date: date
    month: date
    facts: Mapping[str, Any]
    policy: AppliedPolicy | None
    steps: tuple[LedgerStep, ...]
    held: bool
    appeal_id: UUID | None
    appeal: SeenAppeal | None = None

    @property
    def reversed_by(self) -> LedgerStep | None:
        """The step that took it back."""
        return next((step for step in self.steps if step.reverses_id == self.step.id), None)

    @property
    def counts(self) -> bool:
        """Whether it counts in the end: a reversal may have been reversed itself."""
        step, counts = self.step, True
        while later := next((each for each in self.steps if each.reverses_id == step.id), None):
            step, counts = later, not counts
        return counts


@dataclass(frozen=True, slots=True)
class ExplainedOutlet:
    """An outlet as it is called now."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ExplainedProduct:
    """A product as it is called now."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SeenDoubt:
    """A risk signal about an order or a check-in. `rep_closed_at`: when the rep's month was closed."""

    id: UUID
    rule: str
    subject_id: UUID
    explanation: str
    raised_at: datetime
    withdrawn_at: datetime | None
    outcome: str | None
    comment: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    rep_closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenCheckIn:
    """A check-in of a rep's day. `outlet` None: out of the reader's sight, as are the figures of such a one.

    `own`: of the rep whose entry it is.
    """

    id: UUID
    rep_id: int
    own: bool
    outlet_id: int
    outlet: ExplainedOutlet | None
    arrival: bool
    verdict: str
    distance_m: float | None
    trusted: bool
    corrected_at: datetime
    received_at: datetime
    readable: bool


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """An order of the outlet and day. `in_sight`: whether the reader may be told more than that there is one.

    `arrived_at`: when its form first came; `accepted_at`: when it was taken; `known_at`: when it was recorded, which is
    later for a mail. `distance_m`: of its own fix.
    """

    id: UUID
    in_sight: bool
    rep_id: int | None
    own: bool
    channel: str
    verdict: str | None
    distance_m: float | None
    trusted: bool
    corrected_at: datetime
    arrived_at: datetime
    accepted_at: datetime
    known_at: datetime
    told_until: datetime | None
    cancelled_at: datetime | None
    cancelled_effective_at: datetime | None
    cancelled_by_rep: bool


@dataclass(frozen=True, slots=True)
class SeenReturn:
    """A return that the reader may read, and its delivery, where that is known and for the reader."""

    id: UUID
    delivery_id: UUID | None


@dataclass(frozen=True, slots=True)
class OrderedPrice:
    """What a line of an order says of its price: the order's own, and the list's where that was another."""

    product_id: int
    unit_price: Decimal
    list_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form for the outlet that was refused. `still_refused`: it was not accepted since.

    `own`: of the rep whose entry it is, and the reader may be told what it said.
    """

    id: UUID
    own: bool
    received_at: datetime
    problems: Sequence[str]
    still_refused: bool


@dataclass(frozen=True, slots=True)
class SilentDevice:
    """A handheld that may still hold an order of the outlet (C4). `watermark_at`: up to when it has told everything."""

    own: bool
    watermark_at: datetime | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """One step of what became of a missing order."""

    outcome: Standing
    order_id: UUID | None
    resolved_at: datetime


@dataclass(frozen=True, slots=True)
class ClosedRun:
    """The closing of a day, that stood or was being made when the entry was booked."""

    id: UUID
    cutoff_at: datetime
    voided_at: datetime | None
    void_reason: str | None


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A planned visit with what the cutoff made of it. `cause` None: it was not flagged.

    `due_at`: the outlet's own due time, where it lies before the cutoff (C2).
    """

    id: UUID
    visit_date: date
    outlet: ExplainedOutlet
    excused_at: datetime | None
    excuse_reason: str | None
    excuse_comment: str | None
    run: ClosedRun | None
    cause: str | None
    no_order_reason: str | None
    due_at: datetime | None
    resolutions: tuple[Resolution, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Everything that an explanation may look at. `zone`: of the territory on the day; `now`: when it is told.

    `visit`, `outlet`: None where the entry is not about one, or it is not for the reader, or no longer kept.
    `facts_in_sight`: whether the records are, that the facts which the entry keeps were taken from. `deliveries`,
    `returns`: of these those that the reader may read. `order_change`: how its order was changed when it was booked.
    """

    reader: Reader
    entry: ExplainedEntry
    zone: ZoneInfo
    now: datetime
    visit: SeenVisit | None = None
    outlet: ExplainedOutlet | None = None
    orders: Sequence[SeenOrder] = ()
    check_ins: Sequence[SeenCheckIn] = ()
    doubts: Sequence[SeenDoubt] = ()
    refusals: Sequence[Refusal] = ()
    silent: Sequence[SilentDevice] = ()
    products: Sequence[ExplainedProduct] = ()
    facts_in_sight: bool = False
    deliveries: Sequence[UUID] = ()
    returns: Sequence[SeenReturn] = ()
    prices: Sequence[OrderedPrice] = ()
    order_change: OrderChangeKind | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the entry keeps of its records, as far as these are for the reader (decision 72)."""
        return self.entry.facts if self.facts_in_sight else {}

    def order(self, id_: UUID | None) -> SeenOrder | None:
        """An order by its id."""
        return next((order for order in self.orders if order.id == id_), None)

    def product(self, id_: object) -> ExplainedProduct | None:
        """A product of the entry's facts by its id."""
        return next((product for product in self.products if product.id == id_), None)
