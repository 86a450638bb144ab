"""The same events, replayed, reordered, split into any uploads, answers lost: always the same end state.

A rep worked offline all day; at 17:00 the day was closed with nothing known of it. Then its phone sends what it
recorded, in whatever way a bad network makes it. In the end the database must say what it says when all came in one
upload.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.closing.cutoff.service import close_day
from app.ground import clock
from app.ground.db.session import SERVER_SETTINGS, Database, asyncpg_url
from app.ground.settings import Settings
from app.main import create_app
from tests.conftest import SavepointDatabase
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_check_in, make_fix, make_no_order, make_order, make_upload
from tests.factories.identity import bearer, make_device
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

EIGHT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BACK_ONLINE = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
OUTLETS = 3
A_KILOMETRE_NORTH = 0.009
SPOT = (38.2, 21.7)


@dataclass
class World:
    """A closed day in a database of its own, and one loop to reach it from a machine that knows no coroutines."""

    runner: asyncio.Runner
    engine: AsyncEngine
    settings: Settings
    device: Any
    outlets: list[str]
    product: str


@pytest.fixture
def world(committed_url: str, tmp_path: Any) -> Iterator[World]:
    settings = Settings(home=tmp_path, token_secret="x" * 40, principal_cache_seconds=0)  # type: ignore[arg-type] # parsed
    with asyncio.Runner() as runner:
        made = runner.run(_make_world(runner, committed_url, settings))
        yield made
        runner.run(made.engine.dispose())


async def _make_world(runner: asyncio.Runner, url: str, settings: Settings) -> World:
    database = Database(url, pool_size=1)
    async with database.transaction() as session:
        territory = await make_territory(session)
        rep = await make_rep(session, territory)
        device = await make_device(session, rep)
        places = [(PATRAS[0] + n * A_KILOMETRE_NORTH, PATRAS[1]) for n in range(OUTLETS)]
        outlets = [await make_outlet(session, territory, at=place) for place in places]
        product = await make_product(session)
        for outlet in outlets[:-1]:
            await make_visit(session, rep, outlet)
        with clock.fixed(CUTOFF + timedelta(minutes=1)):
            await close_day(session, territory.id, MONDAY, triggered_by="test")
    await database.close()
    engine = create_async_engine(
        asyncpg_url(url), poolclass=NullPool, connect_args={"server_settings": SERVER_SETTINGS}
    )
    return World(runner, engine, settings, device, [outlet.code for outlet in outlets], product.code)


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What the phone recorded from eight in the morning, in the order of time."""
    minutes = sorted(draw(st.lists(st.integers(0, 600), min_size=1, max_size=9)))
    return [
        {
            "minute": minute,
            "kind": draw(st.sampled_from(["check_in", "check_in", "order", "order", "no_order", "bad"])),
            "outlet": draw(st.integers(0, OUTLETS - 1)),
            "arrival": draw(st.sampled_from([True, True, False])),
            "place": draw(st.sampled_from(["there", "there", "away", "spot", None])),
            "mock": draw(st.sampled_from([False, False, False, True])),
            "off_pack": draw(st.sampled_from([False, False, False, True])),
            "evidence": draw(st.sampled_from([True, True, True, False])),
        }
        for minute in minutes
    ]


class ReplayedUploads(RuleBasedStateMachine):
    """Delivers a day's events in any way; holds the end state against that of one upload."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.accepted: set[str] = set()
        self.watermarks: list[datetime] = []
        self.at = BACK_ONLINE
        self.connection = self.run(self._connect())

    def run(self, coroutine: Any) -> Any:
        return self.world.runner.run(coroutine)

    async def _connect(self) -> AsyncConnection:
        connection = await self.world.engine.connect()
        await connection.begin()
        return connection

    async def _forget(self) -> None:
        await self.connection.rollback()
        await self.connection.begin()

    @initialize(day=days())
    def record_a_day(self, day: list[dict[str, Any]]) -> None:
        self.events = [self._event(number, what) for number, what in enumerate(day, 1)]

    def _event(self, number: int, what: dict[str, Any]) -> dict[str, Any]:
        time = EIGHT + timedelta(minutes=what["minute"])
        outlet, place = self.world.outlets[what["outlet"]], PATRAS[0] + what["outlet"] * A_KILOMETRE_NORTH
        spots = {
            "there": (place, PATRAS[1] + number * 1e-7),
            "away": (place + 0.02, PATRAS[1]),
            "spot": SPOT,
            None: None,
        }
        spot = spots[what["place"]]
        fix = make_fix(spot, time, mock=what["mock"]) if spot else None
        match what["kind"]:
            case "check_in":
                kind = "arrival" if what["arrival"] else "departure"
                event = make_check_in(outlet, time, kind=kind, fix=fix)
            case "order":
                event = make_order(outlet, self.world.product, time=time, fix=fix if what["mock"] else None)
                if what["off_pack"]:
                    event["lines"][0]["quantity"] = "5"
            case "no_order":
                event = make_no_order(outlet, time)
            case _:
                event = make_check_in(outlet, time) | {"kind": "passing"}
        if not what["evidence"]:
            event["monotonic_ms"] = None
        return event | {"sequence": number, "id": str(UUID(int=number, version=4))}

    @rule(picks=st.lists(st.integers(0, 100), max_size=6), claims=st.booleans(), minutes=st.integers(0, 5))
    def upload(self, picks: list[int], claims: bool, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        chosen = [self.events[pick % len(self.events)] for pick in picks]
        answer = self.send(chosen, claims=claims)
        for event, result in zip(chosen, answer["results"], strict=True):
            known = event["id"] in self.accepted
            assert result["status"] in ({"duplicate"} if known else {"accepted", "rejected"})
            if result["status"] == "accepted":
                self.accepted.add(event["id"])

    @rule(pick=st.integers(0, 100))
    def change_what_was_accepted(self, pick: int) -> None:
        event = self.events[pick % len(self.events)]
        if event["id"] in self.accepted:
            other = event | {"captured_at": (EIGHT - timedelta(hours=1)).isoformat()}
            assert [result["status"] for result in self.send([other])["results"]] == ["conflict"]

    @invariant()
    def the_watermark_never_goes_back(self) -> None:
        assert self.watermarks == sorted(self.watermarks)

    def send(self, events: list[dict[str, Any]], *, claims: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = self.run(self._send(self.connection, events, claims=claims))
        if answer["watermark"] is not None:
            self.watermarks.append(datetime.fromisoformat(answer["watermark"]))
        return answer

    async def _send(self, connection: AsyncConnection, events: list[dict[str, Any]], *, claims: bool) -> dict[str, Any]:
        app: FastAPI = create_app(self.world.settings, SavepointDatabase(connection))
        body = make_upload(*events, time=self.at, sequence_to=len(self.events) if claims else None)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldproof.test") as api:
            with clock.fixed(self.at):
                response = await api.post("/v1/sync", json=body, headers=bearer(app, self.world.device))
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def teardown(self) -> None:
        try:
            self.send(self.events, claims=True)
            reached = self.run(_state(self.connection))
            self.run(self._forget())
            self.run(self._send(self.connection, self.events, claims=True))
            expected = self.run(_state(self.connection))
        finally:
            self.run(self.connection.close())
        for name, rows in expected.items():
            assert (name, reached[name]) == (name, rows)


STATE = {
    "orders": """
        SELECT id, business_date, outlet_id, total_value, corrected_at, trusted, verdict, sequence, (
            SELECT array_agg((product_id, quantity, unit_price)::text ORDER BY line_number)
            FROM order_lines l WHERE l.order_id = o.id)
        FROM orders o ORDER BY id""",
    "check_ins": """
        SELECT id, business_date, outlet_id, kind, corrected_at, trusted, clock_changed, verdict, p_inside, distance_m
        FROM check_ins ORDER BY id""",
    "no_order_reports": """
        SELECT id, business_date, outlet_id, reason_code, corrected_at FROM no_order_reports ORDER BY id""",
    "refusals": "SELECT id, outlet_id, business_date FROM order_refusals ORDER BY id",
    "visits": "SELECT rep_id, outlet_id, visit_date, approved_at IS NULL FROM visits ORDER BY rep_id, outlet_id",
    "open signals": """
        SELECT rule, subject_type, subject_id, evidence, explanation, business_date FROM risk_signals
        WHERE withdrawn_at IS NULL ORDER BY rule, subject_id""",
    "device": "SELECT device_id, received::text, watermark_at FROM device_sync_states",
    "missing orders": """
        SELECT m.outlet_id, (SELECT outcome FROM missing_order_resolutions r WHERE r.visit_id = m.visit_id
            ORDER BY step DESC LIMIT 1) FROM missing_orders m ORDER BY m.outlet_id""",
    "points": """
        SELECT source.source_id, sum(entry.points)
        FROM points_entries source JOIN points_entries entry ON entry.rep_id = source.rep_id AND entry.id IN (
            WITH RECURSIVE chain AS (
                SELECT source.id UNION ALL
                SELECT e.id FROM points_entries e JOIN chain ON e.reverses_id = chain.id)
            SELECT id FROM chain)
        WHERE source.reverses_id IS NULL GROUP BY source.source_id ORDER BY source.source_id""",
    "final penalties": """
        SELECT m.outlet_id FROM missing_orders m JOIN points_entries e ON e.source_id = m.visit_id
        JOIN penalty_finalisations f ON f.entry_id = e.id WHERE e.rule = 'missed_order' ORDER BY m.outlet_id""",
    "call tasks": "SELECT outlet_id, status FROM call_tasks ORDER BY outlet_id",
}
"""What must be the same in the end, by name. When it came, and in how many steps, may differ."""


async def _state(connection: AsyncConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {name: [tuple(row) for row in await connection.execute(text(sql))] for name, sql in STATE.items()}


def test_any_way_of_uploading_a_day_ends_in_the_same_state(world: World) -> None:
    ReplayedUploads.world = world
    run_state_machine_as_test(ReplayedUploads, settings=hypothesis_settings(max_examples=40, stateful_step_count=8))
