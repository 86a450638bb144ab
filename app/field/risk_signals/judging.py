"""Judging what is new, and what of the recorded it can change: by what lies around it, never by whole days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.lookups import Asked, Day, Facts, facts, first_check_ins, fixes_of
from app.field.risk_signals.neighbourhood import around
from app.field.risk_signals.order_contents import contents_of
from app.field.risk_signals.order_surroundings import AroundOrders, around_orders, last_judged
from app.field.risk_signals.queries import Judged
from app.field.risk_signals.registry import (
    FixRule,
    Reach,
    RepDays,
    ShareRule,
    contents_wanted,
    judge_events,
    judge_fixes,
    judge_neighbours,
    judge_shares,
    names_of,
    names_within,
)
from app.field.risk_signals.rules.no_position import mostly_without
from app.field.risk_signals.signals import FieldEvent, Position, Signal
from app.field.risk_signals.stretches import Neighbourhood, Stretch
from app.field.risk_signals.twins import twins_of

Events = Mapping[int, Sequence[FieldEvent]]
"""Events by rep id."""


@dataclass(slots=True)
class Doubts:
    """What was found about one rep: doubts, and whom and which days they were looked for about (`queries.Judged`)."""

    signals: dict[tuple[str, UUID], Signal] = field(default_factory=dict)
    subjects: set[tuple[str, str, UUID]] = field(default_factory=set)
    days: set[tuple[str, date]] = field(default_factory=set)

    def add(self, signals: Iterable[Signal]) -> None:
        """Doubts; one that was found twice is the same."""
        for signal in signals:
            self.signals[signal.rule.value, signal.subject_id] = signal

    def look_at(self, events: Iterable[FieldEvent], rules: Collection[str]) -> None:
        """Recorded events are judged anew by these rules: a doubt about them that is not found no longer holds."""
        self.subjects.update((rule, event.kind, event.id) for event in events for rule in rules)

    def judged(self) -> Judged:
        """The same as `queries.reconcile` takes it."""
        return Judged(list(self.signals.values()), self.subjects, self.days)


DoubtsByRep = Mapping[int, Doubts]


@dataclass(slots=True)
class _OrdersToJudge:
    """Orders of one rep beside the check-ins around them: `of`, the subjects; the rest of `rep` is what is beside."""

    rep_id: int
    rep: RepDays
    of: set[UUID]


async def judge_new(
    session: AsyncSession,
    events: Events,
    again: Events,
    positions: Mapping[int, Position],
    doubts: DoubtsByRep,
) -> None:
    """Add the doubts about new events, just recorded, and about those that they can change, and `again` beside them.

    `events` and `again`: of reps that `doubts` has. `positions`: (lat, lon) of the new events' outlets. Twelve
    statements at the most; two for most uploads, one for orders without a fix, and one more where orders are compared
    with those before.
    """
    for rep_id, of_rep in events.items():
        doubts[rep_id].add(judge_events(of_rep))
    moving = {rep_id: of_rep for rep_id, of_rep in events.items() if _changes_others(of_rep)}
    surroundings = await around(session, moving) if moving else Neighbourhood([])
    answers = await _facts(session, moving, surroundings) if moving else Facts()
    await _judge_fixes(session, moving, answers, doubts)
    await _judge_shares(session, answers, doubts)
    known_positions = {**surroundings.positions, **positions}
    _judge_lines(surroundings, known_positions, doubts)
    alone = _alone(
        [(rep_id, of_rep) for rep_id, of_rep in events.items() if rep_id not in moving]
        + _elsewhere(surroundings)
        + list(again.items())
    )
    beside = await around_orders(session, alone) if any(alone.values()) else None
    to_judge = _orders_of_stretches(surroundings, answers, known_positions)
    if beside is not None:
        to_judge += [
            _OrdersToJudge(rep_id, _beside(order, beside, known_positions), {order.id})
            for rep_id, orders in alone.items()
            for order in orders
        ]
    full = answers.full | (beside.full if beside is not None else set())
    await _leave_out_beyond(session, to_judge, full, events, doubts)
    await _judge_orders(session, to_judge, events, doubts)


def _changes_others(events: Collection[FieldEvent]) -> bool:
    """Whether events may change others: an order without a fix changes none, and is looked at alone."""
    return any(event.kind == "check_in" or event.lat is not None for event in events)


async def _facts(session: AsyncSession, events: Events, surroundings: Neighbourhood) -> Facts:
    pairs = [(rep_id, event) for rep_id, of_rep in events.items() for event in of_rep]
    check_ins = [(rep_id, event) for rep_id, event in pairs if event.kind == "check_in"]
    orders = [(rep_id, event) for rep_id, event in pairs if event.kind == "order"]
    visited = {(rep_id, event.outlet_id, event.business_date) for rep_id, event in check_ins}
    days = {(rep_id, event.business_date) for rep_id, event in orders}
    days |= {(stretch.rep_id, stretch.business_date) for stretch in surroundings.stretches if stretch.touched}
    return await facts(
        session,
        Asked(
            new=[event.id for _, event in pairs],
            days={event.business_date for _, event in pairs},
            visits={(rep_id, order.outlet_id, order.business_date) for rep_id, order in orders} - visited,
            fixes=fixes_of(events).keys(),
            shares={(rep_id, event.business_date) for rep_id, event in check_ins},
            orders=days,
        ),
    )


async def _judge_fixes(session: AsyncSession, events: Events, answers: Facts, doubts: DoubtsByRep) -> None:
    """Fixes that recur: of the new events among themselves, and beside recorded ones."""
    fixes = fixes_of(events)
    recorded = {fix: of_fix for fix, of_fix in fixes.items() if fix in answers.repeated}
    for (rep_id, _, _), of_fix in fixes.items():
        if len(of_fix) > 1 and (rep_id, of_fix[0].lat, of_fix[0].lon) not in recorded:
            doubts[rep_id].add(judge_fixes(of_fix))
    for twins in await twins_of(session, recorded) if recorded else ():
        changed = twins.changed
        subjects = {event.id for event in (*twins.events, *changed)}
        signals = judge_fixes([*twins.beside, *twins.events])
        doubts[twins.rep_id].add(signal for signal in signals if signal.subject_id in subjects)
        doubts[twins.rep_id].look_at(changed, names_of(FixRule))


async def _judge_shares(session: AsyncSession, answers: Facts, doubts: DoubtsByRep) -> None:
    """Days as such, by their first check-ins: read where a share makes a doubt."""
    for rep_id, day in answers.unplaced:
        doubts[rep_id].days.update((rule, day) for rule in names_of(ShareRule))
    doubted = [day for day, (unplaced, arrivals) in answers.unplaced.items() if mostly_without(arrivals, unplaced)]
    if doubted:
        for rep_id, check_ins in (await first_check_ins(session, doubted)).items():
            doubts[rep_id].add(judge_shares(check_ins))


def _judge_lines(surroundings: Neighbourhood, positions: Mapping[int, Position], doubts: DoubtsByRep) -> None:
    """Events beside those before them, by the rules that look back along a rep's day.

    By those that look from check-ins at check-ins only where one of these is new.
    """
    for stretch in surroundings.stretches:
        rep = RepDays(_seen(stretch), positions=positions, places=stretch.check_ins_by_place())
        new = {event.id for event in stretch.events}
        changes = {Reach.NEXT: stretch.next}
        if any(event.kind == "check_in" for event in stretch.events):
            changes[Reach.LATER] = [event for event in stretch.later if event.kind == "check_in"]
        for reach, changed in changes.items():
            subjects = new.union(event.id for event in changed)
            doubts[stretch.rep_id].add(judge_neighbours(rep, reach, subjects))
            doubts[stretch.rep_id].look_at(changed, names_within(reach))


def _seen(stretch: Stretch) -> list[FieldEvent]:
    new = {event.id for event in stretch.events}
    return [*stretch.events, *(event for event in stretch.around if event.id not in new)]


def _elsewhere(surroundings: Neighbourhood) -> list[tuple[int, list[FieldEvent]]]:
    """Orders of outlets that were visited for the first time on the day, where they lie apart from what is new."""
    return [
        (stretch.rep_id, [order for order in stretch.elsewhere if order.id not in stretch.touched])
        for stretch in surroundings.stretches
        if stretch.elsewhere
    ]


def _alone(orders: Iterable[tuple[int, Iterable[FieldEvent]]]) -> dict[int, list[FieldEvent]]:
    """Orders by rep id, each once."""
    by_rep: dict[int, dict[UUID, FieldEvent]] = {}
    for rep_id, of_rep in orders:
        by_rep.setdefault(rep_id, {}).update((order.id, order) for order in of_rep)
    return {rep_id: list(of_rep.values()) for rep_id, of_rep in by_rep.items()}


def _orders_of_stretches(
    surroundings: Neighbourhood, answers: Facts, positions: Mapping[int, Position]
) -> list[_OrdersToJudge]:
    """New orders, and those that new check-ins touch, beside the check-ins of their stretches."""
    to_judge = []
    visits = surroundings.visited | answers.visited
    for stretch in surroundings.stretches:
        of = stretch.touched.union(event.id for event in stretch.events if event.kind == "order")
        if of:
            seen = [event for event in _seen(stretch) if event.kind == "check_in" or event.id in of]
            visited = {(outlet_id, day) for rep_id, outlet_id, day in visits if rep_id == stretch.rep_id}
            to_judge.append(_OrdersToJudge(stretch.rep_id, RepDays(seen, positions=positions, visited=visited), of))
    return to_judge


def _beside(order: FieldEvent, beside: AroundOrders, positions: Mapping[int, Position]) -> RepDays:
    visited = {(order.outlet_id, order.business_date)} if order.id in beside.visited else set()
    return RepDays([*beside.check_ins[order.id], order], positions={**beside.positions, **positions}, visited=visited)


async def _leave_out_beyond(
    session: AsyncSession,
    to_judge: Sequence[_OrdersToJudge],
    full: Collection[Day],
    events: Events,
    doubts: DoubtsByRep,
) -> None:
    """Days with too many orders: those beyond the first are not judged, and some are beyond only now."""
    if not full:
        return
    new = dict.fromkeys(full, 0)
    for rep_id, of_rep in events.items():
        for event in of_rep:
            if event.kind == "order" and (rep_id, event.business_date) in new:
                new[rep_id, event.business_date] += 1
    last: dict[Day, tuple[datetime, UUID]] = {}
    for (rep_id, day), (of_day, *pushed) in (await last_judged(session, new)).items():
        last[rep_id, day] = of_day
        doubts[rep_id].subjects.update((rule, "order", id_) for _, id_ in pushed for rule in names_within(Reach.ORDERS))
    for orders in to_judge:
        orders.rep.beyond = {
            event.id
            for event in orders.rep.events
            if event.kind == "order"
            and (end := last.get((orders.rep_id, event.business_date))) is not None
            and (event.corrected_at, event.id) > end
        }


async def _judge_orders(
    session: AsyncSession, to_judge: Sequence[_OrdersToJudge], events: Events, doubts: DoubtsByRep
) -> None:
    """Orders beside check-ins. One statement, where a rule wants to know what an order says."""
    orders_by_id = {order.id: order for orders in to_judge for order in contents_wanted(orders.rep)}
    contents = await contents_of(session, list(orders_by_id.values())) if orders_by_id else {}
    new = {event.id for of_rep in events.values() for event in of_rep}
    rules = names_within(Reach.ORDERS)
    for orders in to_judge:
        orders.rep.contents = contents
        of_rep = doubts[orders.rep_id]
        of_rep.add(judge_neighbours(orders.rep, Reach.ORDERS, orders.of))
        of_rep.look_at((event for event in orders.rep.events if event.id in orders.of - new), rules)
