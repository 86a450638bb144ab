"""What happened in the field, as a client tells it: plain values, whoever has read them (`schemas`, `usual_bodies`)."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from app.field.check_ins.records import CheckInKind
from app.ground.values import value
from app.masters.outlets.positions import Fix
from app.masters.territories.boots import EventClock
from app.sales.orders.rules import OrderForm


@value(frozen=True, slots=True)
class CheckInEvent:
    """An arrival or a departure (V1). `fix` None: no position was found. `warnings`: what was repaired in it (T7)."""

    type: ClassVar[str] = "check_in"

    id: UUID
    outlet_code: str
    clock: EventClock
    kind: CheckInKind
    fix: Fix | None = None
    warnings: Sequence[dict[str, Any]] = ()

    def content(self) -> dict[str, Any]:
        """What it says, for its digest (O3)."""
        return {
            "outlet_code": self.outlet_code,
            "kind": self.kind.value,
            "captured_at": self.clock.captured_at,
            "fix": None if self.fix is None else _fix_content(self.fix),
        }


@value(frozen=True, slots=True)
class OrderEvent:
    """An order form (O1). `fix` None: the rep's last check-in tells where it was captured."""

    type: ClassVar[str] = "order"

    form: OrderForm
    clock: EventClock
    fix: Fix | None = None
    warnings: Sequence[dict[str, Any]] = ()

    @property
    def id(self) -> UUID:
        """The form's."""
        return self.form.id

    @property
    def outlet_code(self) -> str:
        """The form's."""
        return self.form.outlet_code

    def content(self) -> dict[str, Any]:
        """What it says, for its digest (O3)."""
        content = self.form.content()
        return content if self.fix is None else {**content, "fix": _fix_content(self.fix)}


@value(frozen=True, slots=True)
class NoOrderEvent:
    """Why a visit ended with no order."""

    type: ClassVar[str] = "no_order"

    id: UUID
    outlet_code: str
    clock: EventClock
    reason_code: str
    comment: str = ""
    warnings: Sequence[dict[str, Any]] = ()

    def content(self) -> dict[str, Any]:
        """What it says, for its digest (O3)."""
        return {
            "outlet_code": self.outlet_code,
            "captured_at": self.clock.captured_at,
            "reason_code": self.reason_code,
            "comment": self.comment,
        }


AnyEvent = CheckInEvent | OrderEvent | NoOrderEvent


def _fix_content(fix: Fix) -> list[Any]:
    return [fix.lat, fix.lon, fix.accuracy_m, fix.fix_at, fix.provider, fix.mock]
