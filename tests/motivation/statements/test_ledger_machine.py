"""The ledger under everything that may happen to it, by a state machine over real tables (P1, P5, P6).

Bookings, corrections, appeals, caps, closes and reopenings come in any order, in two territories between which reps
have moved. After each step the balances are what a plain model of the facts says, and every statement is the sum of its
entries.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.months.service import close_month
from app.ground import clock
from app.ground.audit.models import AuditEntry
from app.ground.db.session import Database
from app.ground.web.months import month_after
from app.masters.territories import service as territories
from app.motivation.points import service as points
from app.motivation.points.models import PointsEntry, PointsPolicy
from app.motivation.points.rules import BOOKINGS, PointsEntryKind
from app.motivation.points.service import PointsFinding, PointsRule, SourceType
from app.motivation.statements import service as statements
from app.motivation.statements.models import MonthClosing, RepStatement
from tests.factories.territories import make_rep, make_territory

MONTHS = [date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MOVED_AT = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
CAP = 40
CAPPED = PointsRule.DELIVERY_MATCHED
POINTS = {
    PointsRule.MISSED_ORDER: -10,
    PointsRule.ORDER_ON_TIME: 1,
    PointsRule.DELIVERY_MATCHED: 2,
    PointsRule.DELIVERY_MISMATCH: -5,
    PointsRule.DUMPED_ORDER: -10,
}
SPACE = UUID("11111111-2222-4333-8444-555555555555")
BOOKED = Counter[str]()
"""What all machines of this run have done, to hold that it was enough."""

_machines = count()
Sources = dict[tuple[int, PointsRule, int, date], bool]
"""By rep, rule, number and day, whether the rule counts for the source."""


class LedgerMachine(RuleBasedStateMachine):
    """Two territories, each with a rep who stays and one who moves to the other in July, and what should stand in their
    ledgers.
    """

    database: Database
    run: Callable[[Awaitable[Any]], Any]

    def __init__(self) -> None:
        super().__init__()
        self.number = next(_machines)
        self.facts: Sources = {}
        self.settled: set[tuple[int, PointsRule, int, date]] = set()
        self.closed: tuple[list[date], list[date]] = ([], [])
        self.run(self._make_company())

    async def _make_company(self) -> None:
        """Nobody works on any day, so that months can be closed without days."""
        async with self.database.transaction() as session:
            both = [await make_territory(session, created_at=LONG_AGO, working_weekdays=[]) for _ in range(2)]
            self.members: list[dict[int, list[date]]] = [{}, {}]
            for here, there in (0, 1), (1, 0):
                stays = await make_rep(session, both[here], created_at=LONG_AGO)
                moves = await make_rep(session, both[there], created_at=LONG_AGO)
                session.add(_move(moves.code, both[here].code, both[there].code))
                self.members[here] |= {stays.id: MONTHS, moves.id: MONTHS[:1]}
                self.members[there] |= {moves.id: MONTHS[1:]}
            self.territories = [await territories.territory_facts(session, each.id) for each in both]
        self.reps = sorted(self.members[0].keys() | self.members[1].keys())

    def source_id(self, key: tuple[int, PointsRule, int, date]) -> UUID:
        return uuid5(SPACE, f"{self.number} {key}")

    async def _find(self, session: AsyncSession, keys: list[tuple[int, PointsRule, int, date]]) -> None:
        """What an appeal has settled would be charged again by these facts."""
        for source_type in SourceType:
            findings = [
                PointsFinding(
                    key[1],
                    self.source_id(key),
                    key[0],
                    key[3],
                    counts=key in self.settled or self.facts[key],
                    note="test",
                )
                for key in keys
                if BOOKINGS[key[1]].source_type is source_type
            ]
            await points.bring_about(session, findings, clock.now())

    @rule(seed=st.integers(0, 2**32), size=st.sampled_from([1, 30, 600, 2_500]))
    def facts_come(self, seed: int, size: int) -> None:
        """New sources, and others of which something else is known now."""
        random = Random(seed)
        keys = list(
            {
                (
                    random.choice(self.reps),
                    random.choice(list(POINTS)),
                    random.randrange(4_000),
                    random.choice(MONTHS) + timedelta(days=random.randrange(28)),
                ): None
                for _ in range(size)
            }
        )
        for key in keys:
            if key not in self.settled:
                self.facts[key] = random.random() < 0.7
            self.facts.setdefault(key, False)
        self.run(self._in_transaction(lambda session: self._find(session, keys)))
        BOOKED["facts"] += len(keys)

    @precondition(lambda self: self.facts)
    @rule(seed=st.integers(0, 2**32), share=st.sampled_from([0.01, 0.3, 1.0]))
    def facts_are_corrected(self, seed: int, share: float) -> None:
        """What is known turns out otherwise, of a part of the sources."""
        random = Random(seed)
        keys = [key for key in self.facts if key not in self.settled and random.random() < share]
        for key in keys:
            self.facts[key] = random.random() < 0.5
        self.run(self._in_transaction(lambda session: self._find(session, keys)))
        BOOKED["corrections"] += len(keys)

    @precondition(lambda self: any(self.facts.values()))
    @rule(seed=st.integers(0, 2**32))
    def an_appeal_is_granted(self, seed: int) -> None:
        """Against a penalty that counts: it is settled for good."""
        costly = [
            key
            for key, counts in self.facts.items()
            if counts and key not in self.settled and BOOKINGS[key[1]].kind is PointsEntryKind.PENALTY
        ]
        if costly:
            key = Random(seed).choice(sorted(costly, key=str))
            self.facts[key] = False
            self.settled.add(key)
            self.run(self._in_transaction(lambda session: self._pardon(session, key)))
            BOOKED["appeals"] += 1

    async def _pardon(self, session: AsyncSession, key: tuple[int, PointsRule, int, date]) -> None:
        query = select(PointsEntry.id).where(PointsEntry.source_id == self.source_id(key), PointsEntry.rule == key[1])
        entry_id = (await session.scalars(query)).one()
        await points.pardon(session, entry_id, appeal_id=self.source_id(key), at=clock.now())

    @precondition(lambda self: min(map(len, self.closed)) < len(MONTHS))
    @rule(where=st.sampled_from([0, 1]))
    def the_next_month_of_a_territory_is_closed(self, where: int) -> None:
        closed = self.closed[where]
        if len(closed) < len(MONTHS):
            month = month_after(closed[-1]) if closed else MONTHS[0]
            self.run(close_month(self.database, self.territories[where], month, by="test"))
            closed.append(month)
            BOOKED["closes"] += 1

    @precondition(lambda self: any(self.closed))
    @rule(where=st.sampled_from([0, 1]))
    def the_last_month_of_a_territory_is_reopened(self, where: int) -> None:
        if self.closed[where]:
            month = self.closed[where].pop()
            self.run(self._in_transaction(lambda session: self._reopen(session, where, month)))
            BOOKED["reopenings"] += 1

    async def _reopen(self, session: AsyncSession, where: int, month: date) -> None:
        await statements.reopen(session, self.territories[where], month, reason="test", by="test", at=clock.now())

    @invariant()
    def balances_are_what_the_facts_come_to(self) -> None:
        assert self.run(self._balances()) == self._expected()

    def _expected(self) -> dict[int, int]:
        expected = dict.fromkeys(self.reps, 0)
        capped = Counter[tuple[int, date]]()
        for (rep_id, of_rule, _, day), counts in self.facts.items():
            if counts and of_rule is CAPPED:
                capped[rep_id, day.replace(day=1)] += POINTS[of_rule]
            elif counts:
                expected[rep_id] += POINTS[of_rule]
        for (rep_id, _), earned in capped.items():
            expected[rep_id] += min(CAP, earned)
        return expected

    async def _balances(self) -> dict[int, int]:
        query = select(PointsEntry.rep_id, func.sum(PointsEntry.points)).where(PointsEntry.rep_id.in_(self.reps))
        async with self.database.read_only() as session:
            rows = await session.execute(query.group_by(PointsEntry.rep_id))
            return dict.fromkeys(self.reps, 0) | {rep_id: int(total) for rep_id, total in rows}

    @invariant()
    def every_statement_is_the_sum_of_its_entries(self) -> None:
        self.run(self._hold_statements())

    async def _hold_statements(self) -> None:
        of_closing = MonthClosing.id == RepStatement.closing_id
        not_void = select(RepStatement).join(MonthClosing, of_closing).where(MonthClosing.reopened_at.is_(None))
        months = select(PointsEntry.rep_id, PointsEntry.month, func.sum(PointsEntry.points))
        months = months.where(PointsEntry.rep_id.in_(self.reps)).group_by(PointsEntry.rep_id, PointsEntry.month)
        async with self.database.read_only() as session:
            query = not_void.where(RepStatement.rep_id.in_(self.reps))
            standing = (await session.scalars(query.order_by(RepStatement.month, RepStatement.rep_id))).all()
            sums = {(rep_id, month): int(total) for rep_id, month, total in await session.execute(months)}
        for statement in standing:
            rep_id, month = statement.rep_id, statement.month
            own = sums.get((rep_id, month), 0)
            assert statement.opening == sum(sums.get((rep_id, earlier), 0) for earlier in MONTHS if earlier < month)
            assert statement.closing - statement.opening == own == sum(line["points"] for line in statement.lines)
        stated = [
            (month, rep_id) for where in (0, 1) for month in self.closed[where] for rep_id in self._were(where, month)
        ]
        assert [(each.month, each.rep_id) for each in standing] == sorted(stated)

    def _were(self, where: int, month: date) -> list[int]:
        """The reps who were in a territory at a month's end."""
        return [rep_id for rep_id, months in self.members[where].items() if month in months]

    async def _in_transaction(self, work: Callable[[AsyncSession], Awaitable[object]]) -> None:
        async with self.database.transaction() as session:
            await work(session)


def _move(code: str, before: str, after: str) -> AuditEntry:
    """A rep's change of territory in July, as the audit trail tells it."""
    places = {"before": {"territory_code": before}, "after": {"territory_code": after}}
    return AuditEntry(at=MOVED_AT, actor="user:anna", channel="api", kind="rep", code=code, **places)


@contextmanager
def machine_on(url: str) -> Iterator[type[LedgerMachine]]:
    """The machine on a database, with an event loop of its own: Hypothesis calls its steps without one."""
    with asyncio.Runner() as runner:
        database = Database(url, pool_size=2)
        policy = {"version": 2, "rule": CAPPED.value, "points": POINTS[CAPPED], "monthly_cap": CAP}

        async def cap() -> None:
            async with database.transaction() as session:
                session.add(PointsPolicy(**policy, valid_from=MONTHS[0], created_at=NOW, created_by="test"))

        runner.run(cap())
        yield type("LedgerMachineHere", (LedgerMachine,), {"database": database, "run": staticmethod(runner.run)})
        runner.run(database.close())


@pytest.mark.usefixtures("the_clock")
def test_balances_are_sums_whatever_happens(committed_url: str) -> None:
    with clock.fixed(NOW), machine_on(committed_url) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=8,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert BOOKED["facts"] + BOOKED["corrections"] >= 100_000
    assert min(BOOKED["appeals"], BOOKED["closes"], BOOKED["reopenings"]) >= 5
