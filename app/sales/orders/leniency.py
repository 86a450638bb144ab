"""What the office changed or mended meanwhile costs nobody an order (O2): pure functions of plain values.

A rule refuses a form only where it is broken both as of the capture and as of the arrival (decision 42).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.masters.catalogue.rules import Offer
from app.masters.outlets.rules import FieldOutlet
from app.sales.orders.rules import OrderDecision, OrderForm, OrderWarning


@dataclass(frozen=True, slots=True)
class MasterView:
    """The masters at one moment. `outlet`, or an offer, None: not made yet; `rep_territory_id` None: nobody's form."""

    outlet: FieldOutlet | None
    offers: Mapping[str, Offer | None]
    rep_territory_id: int | None

    @property
    def in_territory(self) -> bool:
        """Whether the outlet is the rep's to visit."""
        if self.rep_territory_id is None:
            return True
        return self.outlet is not None and self.outlet.territory_id == self.rep_territory_id


@dataclass(frozen=True, slots=True)
class EasedMasters:
    """Masters by which a form breaks a rule only where it does at both moments."""

    outlet: FieldOutlet
    offers: Mapping[str, Offer]
    rep_territory_id: int | None


def eased(
    form: OrderForm, agreed: FieldOutlet, now: MasterView, then: MasterView, offers: Mapping[str, Offer]
) -> EasedMasters:
    """The masters that are held against a form: of each rule those of the moment that is kinder to it.

    `agreed`: the outlet with the terms that held at the capture, by which everything else is told; `offers`: as they
    stand.
    """
    served = [view.outlet.active for view in (now, then) if view.outlet is not None]
    on_hold = agreed.credit_hold and (now.outlet is None or now.outlet.credit_hold)
    outlet = replace(agreed, active=any(served), credit_hold=on_hold)
    rep_territory_id = None if now.in_territory or then.in_territory else now.rep_territory_id
    quantities = {line.product_code: line.quantity for line in form.lines}
    kinder = {code: _kinder(offer, then.offers.get(code), quantities.get(code)) for code, offer in offers.items()}
    return EasedMasters(outlet, kinder, rep_territory_id)


def warned_of_changes(strict: OrderDecision, lenient: OrderDecision) -> OrderDecision:
    """The lenient decision; accepted, it is told which rules the form breaks at one of the two moments."""
    if not lenient.accepted:
        return lenient
    changes = tuple(
        OrderWarning(
            "changed_since_capture",
            problem.pointer,
            f"Accepted, for it was not so both when the order was captured and when it came: {problem.message}",
            {"rule": problem.code},
        )
        for problem in strict.problems
    )
    return replace(lenient, warnings=lenient.warnings + changes)


def _kinder(now: Offer, then: Offer | None, quantity: Decimal | None) -> Offer:
    if then is None:
        return now
    then_in_packs = quantity is not None and quantity % now.pack_size and not quantity % then.pack_size
    return replace(now, active=now.active or then.active, pack_size=then.pack_size if then_in_packs else now.pack_size)
