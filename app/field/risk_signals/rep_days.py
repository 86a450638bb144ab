"""Days of one rep, as the rules look at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from app.field.risk_signals.rules.averaged_order import AwayOrder, OrderContent, away_orders
from app.field.risk_signals.signals import FieldEvent, Position


@dataclass
class RepDays:
    """The events of some days of a rep, each once, and what belongs to them.

    `twins`: what has one of the fixes that are asked for, on these days and 30 days before and after. `positions`:
    (lat, lon) by outlet id, where known. `contents`: what orders say, by order id, of the orders that a rule asks for.
    """

    events: list[FieldEvent] = field(default_factory=list)
    twins: list[FieldEvent] = field(default_factory=list)
    positions: Mapping[int, Position] = field(default_factory=dict)
    contents: Mapping[UUID, OrderContent] = field(default_factory=dict)

    @cached_property
    def away_orders(self) -> list[AwayOrder]:
        """The orders that nothing shows to be captured INSIDE."""
        return away_orders(self.events)
