"""The demo's company at work: its people's connections, the reps' handhelds, and what a day of theirs takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

import httpx

from app.closing.call_tasks import service as call_tasks
from app.demo import accounts, company
from app.demo.calendar import ZONE, local_time
from app.demo.connection import Connection
from app.demo.history import habit_of, past_orders
from app.demo.old_plan import old_plan
from app.demo.script import Call, DemoHandheld, Event, Script
from app.demo.shops import shops
from app.ground import clock
from app.ground.db.session import Database
from app.planning.week_plans.iso_weeks import iso_week_of

A_STOP = timedelta(minutes=22)


@dataclass(frozen=True, slots=True)
class HandheldUpload:
    """One handheld tells what it recorded."""

    at: datetime
    phone: DemoHandheld
    events: list[Event]


class DemoTeam:
    """Four reps, a supervisor and an admin. Whatever they do sets the clock to the time at which they do it."""

    def __init__(self, http: httpx.AsyncClient, set_clock: clock.SetClock, database: Database, seed: int) -> None:
        self.http = http
        self.set_clock = set_clock
        self.database = database
        self.seed = seed
        habits = [habit_of(shop, number, company.PRODUCTS, seed) for number, shop in enumerate(shops(), 1)]
        self.habits = {habit.shop.code: habit for habit in habits}
        self.phones: dict[str, DemoHandheld] = {}
        self.devices: dict[str, Connection] = {}

    async def begin(self, friday: date, monday: date) -> None:
        """The Friday before the first week: the company is made, its earlier orders are brought in, the handhelds are
        enrolled.
        """
        self.set_clock.move_to(local_time(friday, 17, 5))
        self.admin = await Connection.log_in(self.http, accounts.ADMIN, accounts.PASSWORD)
        await company.found(self.admin, monday)
        products = {product.code: product for product in company.PRODUCTS}
        earlier = (
            order for habit in self.habits.values() for order in past_orders(habit, monday, ZONE, products, self.seed)
        )
        await company.remember(self.http, self.admin, self.set_clock, earlier)
        self.set_clock.move_to(local_time(friday, 17, 10))
        self.supervisor = await Connection.log_in(self.http, accounts.STAFF["supervisor"], accounts.PASSWORD)
        for rep_code in company.REPS:
            self.devices[rep_code] = await Connection.enrol(self.http, self.supervisor, rep_code)

    async def bring_in_plans(self, mondays: Sequence[date]) -> None:
        """The plans of some weeks come from a file, as the reps have gone so far."""
        rows = old_plan(shops(), list(company.REPS), mondays)
        await company.import_rows(self.admin, "visits", rows)

    async def plan_week(self, friday: date, monday: date) -> None:
        """The Friday before a week: its plans are made from the terms, submitted and approved."""
        self.set_clock.move_to(local_time(friday, 17, 30))
        await company.plan(self.supervisor, self.devices, iso_week_of(monday))

    def script(self, day: date) -> Script:
        """What can happen on a day."""
        return Script(day, company.PRODUCTS, self.habits, self.seed)

    def phone(self, rep_code: str, day: date) -> DemoHandheld:
        """A rep's handheld: the same on all days, switched on before the first of them."""
        return self.phones.setdefault(rep_code, self.script(day).handheld(rep_code))

    async def walks(self, day: date) -> dict[str, list[Call]]:
        """Each rep's visits of a day, in the order of its approved plan."""
        visits = await self.supervisor.items("/v1/visits", date=day.isoformat(), territory_code=company.TERRITORY)
        by_code = {shop.code: shop for shop in shops()}
        walks: dict[str, list[Call]] = {rep_code: [] for rep_code in company.REPS}
        for visit in sorted(visits, key=itemgetter("sequence")):
            walks[visit["rep_code"]].append(Call(by_code[visit["outlet_code"]], _expected_at(day, visit)))
        return walks

    async def upload(self, upload: HandheldUpload) -> None:
        """One `POST /v1/sync`."""
        self.set_clock.move_to(upload.at)
        phone = upload.phone
        phone.uploaded_to = max([phone.uploaded_to, *(event["sequence"] for event in upload.events)])
        body = {
            "sent_at": upload.at.isoformat(),
            "monotonic_ms": phone.monotonic_ms(upload.at),
            "boot_id": phone.boot_id,
            "sequence_to": phone.uploaded_to,
            "events": upload.events,
        }
        await self.devices[phone.rep_code].post("/v1/sync", body)

    async def close(self, day: date) -> dict[str, Any]:
        """17:00: the run."""
        self.set_clock.move_to(local_time(day, 17))
        run: dict[str, Any] = await self.admin.post(
            "/v1/cutoff-runs", {"territory_code": company.TERRITORY, "business_date": day.isoformat()}
        )
        return run

    async def expire(self, at: datetime) -> None:
        """19:00: what the scheduler does with the tasks that are left."""
        self.set_clock.move_to(at)
        async with self.database.transaction() as session:
            await call_tasks.expire_due(session, clock.now())


def _expected_at(day: date, visit: dict[str, Any]) -> datetime:
    """By the plan, or, where it was brought in without times, one stop after the other."""
    if visit["expected_at"] is not None:
        return datetime.fromisoformat(visit["expected_at"]).astimezone(ZONE)
    stops_before: int = visit["sequence"] - 1
    return local_time(day, 8, 5) + stops_before * A_STOP
