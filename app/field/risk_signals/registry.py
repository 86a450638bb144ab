"""The rules of V6, each declared once: what it looks at, whom a new event can change, and the function that judges.

A new rule is a file in `rules/` and a line in `RULES`: uploads judge by it from then on, and its signals are withdrawn
where they no longer hold. A rule's class says what it looks at, which is bounded whatever the rep did on the day: so
what is new is judged by looking up what lies around it (decisions 7, 59).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from app.field.risk_signals.rules.averaged_order import AwayOrder, OrderContent, averaged_orders, away_orders
from app.field.risk_signals.rules.clock_changed import changed_clocks
from app.field.risk_signals.rules.counter_restarted import counter_restarted
from app.field.risk_signals.rules.impossible_speed import impossible_speeds
from app.field.risk_signals.rules.mock_location import mock_locations
from app.field.risk_signals.rules.no_position import no_positions
from app.field.risk_signals.rules.one_spot import one_spots
from app.field.risk_signals.rules.remote_order import OutletDay, remote_orders
from app.field.risk_signals.rules.repeated_fix import repeated_fixes
from app.field.risk_signals.rules.sequence_gap import sequence_gap
from app.field.risk_signals.rules.shared_device import PhoneUse, SharedDevice, shared_devices
from app.field.risk_signals.rules.stale_fix import stale_fixes
from app.field.risk_signals.rules.two_devices import DaySpans, two_devices
from app.field.risk_signals.rules.unproven_time import unproven_times
from app.field.risk_signals.rules.unseen_boot import unseen_boots
from app.field.risk_signals.signals import DeviceNumbers, FieldEvent, Position, RiskRule, Signal


class Reach(StrEnum):
    """Which recorded events a new one can make look different; what lies farther off on the day it cannot."""

    NEXT = "next"
    """The next placed event: a rule that looks back from an event at the last one before it."""
    LATER = "later"
    """The check-ins after it: a rule that looks back from a check-in at those before it."""
    ORDERS = "orders"
    """Orders around a new check-in, and those of its outlet: a rule that looks at the check-ins around an order."""


@dataclass
class RepDays:
    """A rep's events, each once: those of whole days, or those around new ones; and what else is known of them.

    `beyond`: the ids of the orders that come after a day's first `FIRST_ORDERS`. `positions`: (lat, lon) by outlet id,
    where known. `visited`: outlets and days with a check-in, beside those of `events`. `contents`: what orders say, by
    order id; of those that a rule asks for. `places`: the number of each check-in in the order of time on its day, by
    id; None where `events` has all of them.
    """

    events: list[FieldEvent] = field(default_factory=list)
    beyond: Collection[UUID] = ()
    positions: Mapping[int, Position] = field(default_factory=dict)
    visited: Collection[OutletDay] = ()
    contents: Mapping[UUID, OrderContent] = field(default_factory=dict)
    places: Mapping[UUID, int] | None = None

    @cached_property
    def orders_and_check_ins(self) -> list[FieldEvent]:
        """The events without the orders beyond the day's first."""
        return [event for event in self.events if event.id not in self.beyond]

    @cached_property
    def away_orders(self) -> list[AwayOrder]:
        """The orders that nothing shows to be captured INSIDE."""
        return away_orders(self.orders_and_check_ins)


@dataclass(frozen=True, slots=True)
class EventRule:
    """Looks at one event by itself. Nothing that is recorded later changes what it says: it is never withdrawn."""

    name: RiskRule
    judge: Callable[[Collection[FieldEvent]], Collection[Signal]]


@dataclass(frozen=True, slots=True)
class NeighbourRule:
    """Looks at an event and at so many around it on its day: `NEIGHBOURS`, `PRESENCE_CHECK_INS`, or `ON_THE_SPOT`.

    `reach`: whom a new event can change. `contents_of`: the orders whose contents it needs (`RepDays.contents`).
    """

    name: RiskRule
    judge: Callable[[RepDays], Collection[Signal]]
    reach: Reach
    contents_of: Callable[[RepDays], Iterable[FieldEvent]] | None = None


@dataclass(frozen=True, slots=True)
class FixRule:
    """Looks at the `NEIGHBOURS` events of a rep before one that have the same fix, within 30 days.

    A new event can change the `NEIGHBOURS` after it with its fix.
    """

    name: RiskRule
    judge: Callable[[Collection[FieldEvent]], Collection[Signal]]


@dataclass(frozen=True, slots=True)
class ShareRule:
    """Looks at the first `FIRST_CHECK_INS` check-ins of a rep's day. Judged whenever one of the day comes."""

    name: RiskRule
    judge: Callable[[Collection[FieldEvent]], Collection[Signal]]


@dataclass(frozen=True, slots=True)
class SpanRule:
    """Looks at the spans of time in which a rep's handhelds were used on a day: kept sums, not events.

    Judged whenever an event of a day comes, where the rep has had several handhelds.
    """

    name: RiskRule
    judge: Callable[[DaySpans, Mapping[UUID, FieldEvent]], Collection[Signal]]


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """Looks at how a device numbers what it records."""

    name: RiskRule
    judge: Callable[[DeviceNumbers], Signal | None]


@dataclass(frozen=True, slots=True)
class ProofRule:
    """Looks at what an upload proves about its device. No later fact takes that away: it is never withdrawn."""

    name: RiskRule
    judge: Callable[[DeviceNumbers], Signal | None]


@dataclass(frozen=True, slots=True)
class ComparedRule:
    """Looks at the days of several reps together: judged by a job, never by an upload."""

    name: RiskRule
    judge: Callable[[Collection[PhoneUse]], Collection[SharedDevice]]


Rule = EventRule | NeighbourRule | FixRule | ShareRule | SpanRule | DeviceRule | ProofRule | ComparedRule

RULES: tuple[Rule, ...] = (
    EventRule(RiskRule.MOCK_LOCATION, mock_locations),
    EventRule(RiskRule.STALE_FIX, stale_fixes),
    FixRule(RiskRule.REPEATED_FIX, repeated_fixes),
    NeighbourRule(RiskRule.IMPOSSIBLE_SPEED, lambda rep: impossible_speeds(rep.events), Reach.NEXT),
    EventRule(RiskRule.CLOCK_CHANGED, changed_clocks),
    DeviceRule(RiskRule.SEQUENCE_GAP, sequence_gap),
    NeighbourRule(
        RiskRule.REMOTE_ORDER,
        lambda rep: remote_orders(rep.orders_and_check_ins, rep.positions, rep.visited),
        Reach.ORDERS,
    ),
    NeighbourRule(
        RiskRule.AVERAGED_ORDER,
        lambda rep: averaged_orders(rep.away_orders, rep.contents),
        Reach.ORDERS,
        contents_of=lambda rep: [away.order for away in rep.away_orders],
    ),
    SpanRule(RiskRule.TWO_DEVICES, two_devices),
    ComparedRule(RiskRule.SHARED_DEVICE, shared_devices),
    NeighbourRule(RiskRule.ONE_SPOT, lambda rep: one_spots(rep.events, rep.positions, rep.places), Reach.LATER),
    ShareRule(RiskRule.NO_POSITION, no_positions),
    EventRule(RiskRule.UNPROVEN_TIME, unproven_times),
    EventRule(RiskRule.UNSEEN_BOOT, unseen_boots),
    ProofRule(RiskRule.COUNTER_RESTARTED, counter_restarted),
)

_EVENT_RULES = [rule for rule in RULES if isinstance(rule, EventRule)]
_NEIGHBOUR_RULES = [rule for rule in RULES if isinstance(rule, NeighbourRule)]
_FIX_RULES = [rule for rule in RULES if isinstance(rule, FixRule)]
_SHARE_RULES = [rule for rule in RULES if isinstance(rule, ShareRule)]
_SPAN_RULES = [rule for rule in RULES if isinstance(rule, SpanRule)]
_DEVICE_RULES = [rule for rule in RULES if isinstance(rule, DeviceRule | ProofRule)]
_COMPARED_RULES = [rule for rule in RULES if isinstance(rule, ComparedRule)]


def names_of(scope: type[Rule]) -> list[str]:
    """The rules of one scope by name."""
    return [rule.name.value for rule in RULES if isinstance(rule, scope)]


def names_within(reach: Reach) -> list[str]:
    """The rules by which a new event changes others, by name."""
    return [rule.name.value for rule in _NEIGHBOUR_RULES if rule.reach is reach]


def contents_wanted(rep: RepDays) -> list[FieldEvent]:
    """The orders whose contents a rule needs."""
    return [order for rule in _NEIGHBOUR_RULES if rule.contents_of for order in rule.contents_of(rep)]


def judge_events(events: Collection[FieldEvent]) -> list[Signal]:
    """Every doubt about events, each by itself."""
    return [signal for rule in _EVENT_RULES for signal in rule.judge(events)]


def judge_neighbours(rep: RepDays, reach: Reach, subjects: Collection[UUID] | None = None) -> list[Signal]:
    """Every doubt about events beside those around them, by the rules of one reach; only about `subjects`, if given."""
    signals = [signal for rule in _NEIGHBOUR_RULES if rule.reach is reach for signal in rule.judge(rep)]
    return signals if subjects is None else [signal for signal in signals if signal.subject_id in subjects]


def judge_fixes(events: Collection[FieldEvent]) -> list[Signal]:
    """Every doubt about events that have the same fix as another."""
    return [signal for rule in _FIX_RULES for signal in rule.judge(events)]


def judge_shares(events: Collection[FieldEvent]) -> list[Signal]:
    """Every doubt about days as such, by their first check-ins."""
    return [signal for rule in _SHARE_RULES for signal in rule.judge(events)]


def judge_spans(spans: DaySpans, events: Mapping[UUID, FieldEvent]) -> list[Signal]:
    """Every doubt about the handhelds of a rep's days."""
    return [signal for rule in _SPAN_RULES for signal in rule.judge(spans, events)]


def judge_device(numbers: DeviceNumbers) -> list[Signal]:
    """Every doubt about a device."""
    return [signal for rule in _DEVICE_RULES if (signal := rule.judge(numbers))]


def judge_phones(uses: Collection[PhoneUse]) -> Mapping[tuple[int, int], list[Signal]]:
    """Every doubt about phones that worked for several reps, by territory and rep."""
    by_rep: dict[tuple[int, int], list[Signal]] = {}
    for rule in _COMPARED_RULES:
        for device in rule.judge(uses):
            by_rep.setdefault((device.territory_id, device.rep_id), []).append(device.signal)
    return by_rep
