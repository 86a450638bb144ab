"""Small worlds of visits, check-ins, orders and call tasks, drawn by Hypothesis and written to the database."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import MissingOrder
from app.ground.web.access import Caller, CallerKind, Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

ADMIN = Caller(CallerKind.USER, "1", "root", role=Role.ADMIN, user_id=1, territory_ids=None)
"""Sees every territory."""

DAYS = (MONDAY - timedelta(days=1), MONDAY)
REPS, OUTLETS = 2, 4
CLOSED = 3
"""The outlet that is not active."""

_reps, _outlets, _days = st.integers(0, REPS - 1), st.integers(0, OUTLETS - 1), st.sampled_from(DAYS)
_instants = st.integers(6, 18)


@dataclass(frozen=True)
class DrawnVisit:
    rep: int
    outlet: int
    day: date
    sequence: int | None
    planned: bool
    excused: bool


@dataclass(frozen=True)
class DrawnCheckIn:
    rep: int
    outlet: int
    day: date
    kind: str
    verdict: str
    hour: int


@dataclass(frozen=True)
class DrawnOrder:
    rep: int | None
    outlet: int
    day: date
    hour: int
    packs: tuple[int, int]


@dataclass(frozen=True)
class DrawnTask:
    outlet: int
    day: date
    outcome: str | None
    missed_by: int | None


@dataclass(frozen=True)
class World:
    """What happened, in numbers of reps and outlets."""

    visits: list[DrawnVisit]
    check_ins: list[DrawnCheckIn]
    orders: list[DrawnOrder]
    tasks: list[DrawnTask]


def worlds() -> st.SearchStrategy[World]:
    """Visits with and without check-ins and orders; check-ins have a visit, as the handheld's door sees to (V5)."""
    visits = st.builds(
        DrawnVisit,
        _reps,
        _outlets,
        _days,
        st.none() | st.integers(1, 4),
        st.booleans(),
        st.sampled_from([False, False, True]),
    )
    check_ins = st.builds(
        DrawnCheckIn,
        _reps,
        _outlets,
        _days,
        st.sampled_from(["arrival", "arrival", "departure"]),
        st.sampled_from(["INSIDE", "INSIDE", "OUTSIDE", "NO_FIX"]),
        _instants,
    )
    packs = st.tuples(st.integers(0, 2), st.integers(1, 2))
    orders = st.builds(DrawnOrder, st.none() | _reps, _outlets, _days, _instants, packs)
    tasks = st.builds(DrawnTask, _outlets, _days, st.sampled_from([None, "order_taken", "no_order"]), st.none() | _reps)
    return st.builds(
        World,
        st.lists(visits, max_size=12, unique_by=lambda v: (v.rep, v.outlet, v.day)),
        # of two at once nobody could tell which was first
        st.lists(check_ins, max_size=14, unique_by=lambda c: (c.rep, c.outlet, c.day, c.hour)),
        st.lists(orders, max_size=8),
        st.lists(tasks, max_size=4, unique_by=lambda t: (t.outlet, t.day)),
    )


@dataclass
class Masters:
    """Two reps and four outlets: one plain, one with a must-stock list, one with its own due time, one inactive."""

    territory: Territory
    reps: list[Rep]
    outlets: list[Outlet]
    products: list[Product]


async def make_masters(session: AsyncSession) -> Masters:
    territory = await make_territory(session, working_weekdays=[1, 2, 3, 4, 5, 6, 7])
    products = [await make_product(session) for _ in range(2)]
    must_stock = [{"product_code": product.code, "min_quantity": "12"} for product in products]
    return Masters(
        territory,
        [await make_rep(session, territory) for _ in range(REPS)],
        [
            await make_outlet(session, territory),
            await make_outlet(session, territory, terms={"must_stock": must_stock}),
            await make_outlet(session, territory, terms={"order_due_time": time(14)}),
            await make_outlet(session, territory, active=False),
        ],
        products,
    )


async def write(session: AsyncSession, masters: Masters, world: World) -> dict[UUID, DrawnVisit]:
    """Write a world down; answers its visits by id. A check-in without a visit gets an ad hoc one."""
    drawn = {(v.rep, v.outlet, v.day): v for v in world.visits}
    for c in world.check_ins:
        ad_hoc = DrawnVisit(c.rep, c.outlet, c.day, None, planned=False, excused=False)
        drawn.setdefault((c.rep, c.outlet, c.day), ad_hoc)
    visits = {}
    for v in drawn.values():
        fields: dict[str, Any] = {"sequence": v.sequence, "excused_at": at(v.day, 9) if v.excused else None}
        fields |= {} if v.planned else {"approved_at": None}
        visit = await make_visit(session, masters.reps[v.rep], masters.outlets[v.outlet], v.day, **fields)
        visits[visit.id] = v
    for c in world.check_ins:
        await make_stored_check_in(
            session,
            masters.reps[c.rep],
            masters.outlets[c.outlet],
            at=at(c.day, c.hour),
            business_date=c.day,
            kind=c.kind,
            verdict=c.verdict,
        )
    for o in world.orders:
        lines = [(product, 6 * packs) for product, packs in zip(masters.products, o.packs, strict=True) if packs]
        await make_order(
            session,
            masters.outlets[o.outlet],
            rep=None if o.rep is None else masters.reps[o.rep],
            lines=lines,
            business_date=o.day,
            received_at=at(o.day, o.hour),
        )
    for t in world.tasks:
        await _write_task(session, masters, t)
    await session.flush()
    return visits


async def _write_task(session: AsyncSession, masters: Masters, drawn: DrawnTask) -> None:
    outlet = masters.outlets[drawn.outlet]
    await make_call_task(session, outlet, business_date=drawn.day, outcome=drawn.outcome)
    if drawn.missed_by is not None:
        session.add(
            MissingOrder(
                answers=True,
                business_date=drawn.day,
                visit_id=uuid4(),
                run_id=uuid4(),
                territory_id=outlet.territory_id,
                rep_id=masters.reps[drawn.missed_by].id,
                outlet_id=outlet.id,
                cause="not_visited",
                provisional=False,
            )
        )


def at(day: date, hour_utc: int) -> datetime:
    """An instant of the day, by UTC: 15 is 17:00 in Athens."""
    return datetime.fromisoformat(f"{day.isoformat()}T{hour_utc:02}:00:00+00:00")
