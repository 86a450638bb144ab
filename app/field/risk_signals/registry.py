"""The rules of V6, each declared once: what it looks at, and the function that judges (decision 7).

A new rule that looks at days is a file in `rules/` and a line in `RULES`: uploads judge by it from then on, and its
signals are withdrawn where they no longer hold. A rule's class is its scope: what is judged in full at a time, so that
an open signal within it that is not found again no longer holds.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from app.field.risk_signals.rules.averaged_order import AwayOrder, OrderContent, averaged_orders, away_orders
from app.field.risk_signals.rules.clock_changed import changed_clocks
from app.field.risk_signals.rules.counter_restarted import counter_restarted
from app.field.risk_signals.rules.impossible_speed import impossible_speeds
from app.field.risk_signals.rules.mock_location import mock_locations
from app.field.risk_signals.rules.no_position import no_positions
from app.field.risk_signals.rules.one_spot import one_spots
from app.field.risk_signals.rules.remote_order import remote_orders
from app.field.risk_signals.rules.repeated_fix import repeated_fixes
from app.field.risk_signals.rules.sequence_gap import sequence_gap
from app.field.risk_signals.rules.shared_device import PhoneUse, SharedDevice, shared_devices
from app.field.risk_signals.rules.stale_fix import stale_fixes
from app.field.risk_signals.rules.two_devices import two_devices
from app.field.risk_signals.rules.unproven_time import unproven_times
from app.field.risk_signals.rules.unseen_boot import unseen_boots
from app.field.risk_signals.signals import DeviceNumbers, FieldEvent, Position, RiskRule, Signal


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


@dataclass(frozen=True, slots=True)
class DayRule:
    """Looks at the events of whole days of one rep.

    `unplaced_orders`: whether an order without a fix may be doubted by it. Such an order changes nothing about other
    events and is judged beside the check-ins around it alone (`field_days.check_ins_around`); where its rep has had
    several devices, beside its whole day like everything else (`service.RecordedEvents.changes_others`).
    `contents_of`: the orders whose contents the rule needs (`RepDays.contents`).
    """

    name: RiskRule
    judge: Callable[[RepDays], Collection[Signal]]
    unplaced_orders: bool = False
    contents_of: Callable[[RepDays], Iterable[FieldEvent]] | None = None


@dataclass(frozen=True, slots=True)
class TwinRule:
    """Looks at all events of a rep within 30 days that have the same fix."""

    name: RiskRule
    judge: Callable[[Collection[FieldEvent]], Collection[Signal]]


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


Rule = DayRule | TwinRule | DeviceRule | ProofRule | ComparedRule

RULES: tuple[Rule, ...] = (
    DayRule(RiskRule.MOCK_LOCATION, lambda rep: mock_locations(rep.events)),
    DayRule(RiskRule.STALE_FIX, lambda rep: stale_fixes(rep.events)),
    TwinRule(RiskRule.REPEATED_FIX, repeated_fixes),
    DayRule(RiskRule.IMPOSSIBLE_SPEED, lambda rep: impossible_speeds(rep.events)),
    DayRule(RiskRule.CLOCK_CHANGED, lambda rep: changed_clocks(rep.events), unplaced_orders=True),
    DeviceRule(RiskRule.SEQUENCE_GAP, sequence_gap),
    DayRule(RiskRule.REMOTE_ORDER, lambda rep: remote_orders(rep.events, rep.positions), unplaced_orders=True),
    DayRule(
        RiskRule.AVERAGED_ORDER,
        lambda rep: averaged_orders(rep.away_orders, rep.contents),
        unplaced_orders=True,
        contents_of=lambda rep: [away.order for away in rep.away_orders],
    ),
    DayRule(RiskRule.TWO_DEVICES, lambda rep: two_devices(rep.events)),
    ComparedRule(RiskRule.SHARED_DEVICE, shared_devices),
    DayRule(RiskRule.ONE_SPOT, lambda rep: one_spots(rep.events, rep.positions)),
    DayRule(RiskRule.NO_POSITION, lambda rep: no_positions(rep.events)),
    DayRule(RiskRule.UNPROVEN_TIME, lambda rep: unproven_times(rep.events), unplaced_orders=True),
    DayRule(RiskRule.UNSEEN_BOOT, lambda rep: unseen_boots(rep.events), unplaced_orders=True),
    ProofRule(RiskRule.COUNTER_RESTARTED, counter_restarted),
)

_DAY_RULES = [rule for rule in RULES if isinstance(rule, DayRule)]
_ORDER_RULES = [rule for rule in _DAY_RULES if rule.unplaced_orders]
_CONTENTS_OF = [rule.contents_of for rule in _DAY_RULES if rule.contents_of]
_TWIN_RULES = [rule for rule in RULES if isinstance(rule, TwinRule)]
_DEVICE_RULES = [rule for rule in RULES if isinstance(rule, DeviceRule | ProofRule)]
_COMPARED_RULES = [rule for rule in RULES if isinstance(rule, ComparedRule)]


def names_of(scope: type[Rule]) -> list[str]:
    """The rules of one scope by name."""
    return [rule.name.value for rule in RULES if isinstance(rule, scope)]


def contents_wanted(rep: RepDays) -> list[FieldEvent]:
    """The orders whose contents a rule needs."""
    return [order for contents_of in _CONTENTS_OF for order in contents_of(rep)]


def judge_days(rep: RepDays) -> list[Signal]:
    """Every doubt about a rep's days, but for those about fixes that recur."""
    return [signal for rule in _DAY_RULES for signal in rule.judge(rep)]


def judge_orders(rep: RepDays, orders: Collection[FieldEvent]) -> list[Signal]:
    """Every doubt about `orders`, orders without a fix among the events of `rep`; none about the others."""
    ids = {order.id for order in orders}
    return [signal for rule in _ORDER_RULES for signal in rule.judge(rep) if signal.subject_id in ids]


def judge_twins(events: Collection[FieldEvent]) -> list[Signal]:
    """Every doubt about events that have the same fix as another."""
    return [signal for rule in _TWIN_RULES for signal in rule.judge(events)]


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
