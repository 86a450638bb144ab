"""Two years of an outlet, made up: full weeks and empty ones, much of it at the same instant, some of it told late."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallAttempt
from app.ground.web.access import Role
from app.sales.deliveries.models import Delivery
from app.sales.returns.models import Return
from tests.doors.timelines.worlds import Shop
from tests.factories.call_tasks import make_call_task
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import make_user
from tests.factories.orders import change_order, make_order, make_refusal
from tests.factories.visits import make_visit

ATHENS = ZoneInfo("Europe/Athens")
TODAY = date(2026, 11, 23)
TIMES = (time(22, 30), time(8), time(8), time(12, 15))
"""In UTC; the first is the next day in Athens."""


class History:
    """Makes up what happens at an outlet, the same for the same seed."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.random = shop, Random(seed)

    async def make(self, days: int) -> None:
        """What happened on so many days, some of them near, some long ago, and a plan for the next."""
        operator = await make_user(self.shop.session, Role.OPERATOR, self.shop.territory)
        longest = self.random.choice((5, 90, 700))
        back = {self.random.randint(1, longest) for _ in range(days)} | {-2}
        for day in sorted(back):
            await self.make_day(TODAY - timedelta(days=day), operator.id)

    async def make_day(self, day: date, operator_id: int) -> None:
        """Some of all that can happen on a day."""
        session, rep, outlet = self.shop.session, self.shop.rep, self.shop.outlet
        kinds = self.random.sample(range(7), k=self.random.randint(1, 7)) if day < TODAY else [0]
        at = datetime.combine(day, self.random.choice(TIMES), UTC)
        business_date = at.astimezone(ATHENS).date()
        if 0 in kinds:
            excuse = {"excused_at": self.late(at), "excused_by": "user:anna", "excuse_reason": "rep_ill"}
            fields: dict[str, Any] = self.random.choice(({}, {"approved_at": None}, excuse)) if day < TODAY else {}
            await make_visit(session, rep, outlet, day, **fields)
        if 1 in kinds:
            await make_stored_check_in(session, rep, outlet, at=at, business_date=business_date, id=self.id())
        if 2 in kinds:
            order = await make_order(
                session, outlet, rep=rep, business_date=business_date, corrected_at=at, received_at=at, id=self.id()
            )
            if self.random.random() < 0.5:
                change = self.random.choice(("amended", "cancelled"))
                await change_order(session, order, change, self.late(at), "user:anna")
        if 3 in kinds:
            await make_refusal(session, outlet, rep=rep, business_date=business_date, received_at=at, id=self.id())
        if 4 in kinds:
            session.add(self.delivery(at))
        if 5 in kinds:
            session.add(self.back(at))
        if 6 in kinds:
            await self.call(session, day, operator_id)

    async def call(self, session: AsyncSession, day: date, operator_id: int) -> None:
        """A call task, and what was told of it."""
        five = datetime.combine(day, time(15), UTC)
        status = self.random.choice(("open", "done", "expired", "cancelled"))
        ended = {"finished_at": self.late(five)} if status != "open" else {}
        opened = self.random.choice(({}, {"opened_at": five - timedelta(minutes=1)}))
        fields: dict[str, Any] = {"business_date": day, "available_at": five, "due_at": five + timedelta(hours=2)}
        task = await make_call_task(session, self.shop.outlet, status=status, **fields, **ended, **opened)
        for minutes in range(self.random.randint(0, 2)):
            told_at = five + timedelta(minutes=minutes)
            session.add(CallAttempt(task_id=task.id, operator_id=operator_id, told_at=told_at, outcome="no_answer"))
        await session.flush()

    def delivery(self, at: datetime) -> Delivery:
        """One that is filed under a day long before."""
        filed = self.random.choice((0, 3, 300))
        return Delivery(
            **self._record(at, filed),
            rep_id=None,
            order_id=None,
            number="DN-1",
            delivered_at=at,
            **_local("delivered", at),
        )

    def back(self, at: datetime) -> Return:
        """A return likewise."""
        return Return(**self._record(at, self.random.choice((0, 200))), returned_at=at, **_local("returned", at))

    def _record(self, at: datetime, filed: int) -> dict[str, Any]:
        return {
            "business_date": at.astimezone(ATHENS).date() - timedelta(days=filed),
            "id": self.id(),
            "territory_id": self.shop.territory.id,
            "outlet_id": self.shop.outlet.id,
            "value": Decimal(1),
            "version": 1,
            "digest": b"",
            "received_at": at,
            "recorded_by": "client:erp",
        }

    def late(self, at: datetime) -> datetime:
        """Some time after, perhaps a very long one."""
        return at + timedelta(days=self.random.choice((0, 0, 1, 40, 500)), minutes=5)

    def id(self) -> UUID:
        """The same for the same seed."""
        return UUID(int=self.random.getrandbits(128), version=4)


def _local(word: str, at: datetime) -> dict[str, date]:
    return {f"{word}_date": at.astimezone(ATHENS).date()}
