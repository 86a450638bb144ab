"""Plays the demo day, and its week up to it, through the real API, in process, with the clock set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import itemgetter
from random import Random
from typing import Any

import httpx
from fastapi import FastAPI
from rich.console import Console
from rich.progress import Progress

from app.closing.call_tasks import service as call_tasks
from app.demo import accounts, company, report
from app.demo.connection import Connection
from app.demo.emptiness import is_empty
from app.demo.history import habit_of, past_orders
from app.demo.mail import MailedOrder, PostOffice, mailbox, write
from app.demo.products import order_lines, random_uuid
from app.demo.script import ZONE, Call, DemoHandheld, Event, Script
from app.demo.shops import shops
from app.doors.order_inbox.mail.mailbox_worker import MailDoor
from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Conflict
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from app.masters.identity import service as identity
from app.planning.week_plans.iso_weeks import iso_week_of, monday_before

UPLOAD_EVERY = timedelta(minutes=75)
OFFLINE_REP = "PAT-R2"
BACK_ONLINE = (17, 20)
CALL_MINUTES = 5
LAST_CALL = 115


def demo_date(now: datetime) -> date:
    """The last working day in Patras that is over at `now`."""
    return company.working_day_before(now.astimezone(ZONE).date())


@dataclass(frozen=True, slots=True)
class HandheldUpload:
    """One handheld tells what it recorded."""

    at: datetime
    phone: DemoHandheld
    events: list[Event]


class DemoDay:
    """One day to the call deadline, and what led to it: the Friday before its week, and the days between."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, set_clock: clock.SetClock, day: date, seed: int) -> None:
        self.app = app
        self.http = http
        self.set_clock = set_clock
        self.day = day
        self.seed = seed
        habits = [habit_of(shop, number, company.PRODUCTS, seed) for number, shop in enumerate(shops(), 1)]
        self.habits = {habit.shop.code: habit for habit in habits}
        self.script = Script(day, company.PRODUCTS, self.habits, seed)
        self.monday = monday_before(day)
        self.rng = Random(f"{seed}/call centre")
        self.walks: dict[str, list[Call]] = {}
        self.phones: dict[str, DemoHandheld] = {}
        self.devices: dict[str, Connection] = {}

    async def prepare(self, database: Database) -> None:
        """The Friday before: the company is made, its earlier orders are brought in, the handhelds are enrolled, the
        week's plans are made from the terms, submitted and approved. Then the days of the week before this one.
        """
        friday = Script(self.monday - timedelta(days=3), company.PRODUCTS, self.habits, self.seed)
        self.set_clock.move_to(friday.at(17, 5))
        self.admin = await Connection.log_in(self.http, accounts.ADMIN, accounts.PASSWORD)
        await company.found(self.admin, self.monday)
        earlier = (
            order
            for habit in self.habits.values()
            for order in past_orders(habit, self.monday, ZONE, self.script.products, self.seed)
        )
        await company.remember(self.http, self.admin, self.set_clock, earlier)
        self.set_clock.move_to(friday.at(17, 10))
        self.supervisor = await Connection.log_in(self.http, accounts.STAFF["supervisor"], accounts.PASSWORD)
        for rep_code in company.REPS:
            self.devices[rep_code] = await Connection.enrol(self.http, self.supervisor, rep_code)
        self.set_clock.move_to(friday.at(17, 30))
        await company.plan(self.supervisor, self.devices, iso_week_of(self.monday))
        for number in range((self.day - self.monday).days):
            await self._ordinary_day(self.monday + timedelta(days=number), database)
        self.walks = await self._walks(self.day)
        plays = {
            "PAT-R1": self.script.honest,
            "PAT-R2": self.script.offline,
            "PAT-R3": self.script.mocking,
            "PAT-R4": self.script.from_home,
        }
        for rep_code, play in plays.items():
            self.phones.setdefault(rep_code, self.script.handheld(rep_code))
            play(self.phones[rep_code], self.walks[rep_code])

    async def _ordinary_day(self, day: date, database: Database) -> None:
        """A day on which everybody works as planned, from its uploads in the afternoon to the call deadline."""
        script = Script(day, company.PRODUCTS, self.habits, self.seed)
        for rep_code, walk in (await self._walks(day)).items():
            phone = self.phones.setdefault(rep_code, script.handheld(rep_code))
            script.ordinary(phone, walk)
            await self.upload(HandheldUpload(script.at(16, 55), phone, phone.events))
            phone.events = []
        self.set_clock.move_to(script.at(17))
        await self.close(day)
        await self.expire(script.at(19), database)

    async def _walks(self, day: date) -> dict[str, list[Call]]:
        """Each rep's visits of a day, in the order of its approved plan."""
        visits = await self.supervisor.items("/v1/visits", date=day.isoformat(), territory_code=company.TERRITORY)
        by_code = {shop.code: shop for shop in shops()}
        walks: dict[str, list[Call]] = {rep_code: [] for rep_code in company.REPS}
        for visit in sorted(visits, key=itemgetter("sequence")):
            call = Call(by_code[visit["outlet_code"]], datetime.fromisoformat(visit["expected_at"]).astimezone(ZONE))
            walks[visit["rep_code"]].append(call)
        return walks

    def uploads(self) -> list[HandheldUpload]:
        """When which handheld uploads what: every 75 minutes what it recorded, the offline one everything at 17:20."""
        planned = []
        for phone in self.phones.values():
            if phone.rep_code == OFFLINE_REP:
                planned.append(HandheldUpload(self.script.at(*BACK_ONLINE), phone, phone.events))
                continue
            at, waiting = self.script.at(8) + UPLOAD_EVERY, list(phone.events)
            while waiting:
                ready = [event for event in waiting if datetime.fromisoformat(event["captured_at"]) <= at]
                waiting = waiting[len(ready) :]
                planned.append(HandheldUpload(at, phone, ready))
                at += UPLOAD_EVERY
            planned.append(HandheldUpload(self.script.at(17, 1), phone, []))
        return sorted(planned, key=lambda upload: (upload.at, upload.phone.rep_code))

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
        run: dict[str, Any] = await self.admin.post(
            "/v1/cutoff-runs", {"territory_code": company.TERRITORY, "business_date": day.isoformat()}
        )
        return run

    async def call(self, operator: Connection) -> bool:
        """One phone call. False where no task is left."""
        task = await operator.post("/v1/call-tasks/claim", {})
        if task is None:
            return False
        outcome: dict[str, Any]
        match self.rng.choices(["order_taken", "no_order", "no_answer", "wrong_number"], [55, 20, 20, 5])[0]:
            case "order_taken":
                order = {
                    "id": random_uuid(self.rng),
                    "delivery_date": (self.day + timedelta(days=1)).isoformat(),
                    "lines": order_lines(self.rng, company.PRODUCTS),
                }
                outcome = {"outcome": "order_taken", "order": order}
            case "no_order":
                outcome = {
                    "outcome": "no_order",
                    "reason_code": self.rng.choice(["overstocked", "no_money", "competitor"]),
                }
            case other:
                outcome = {"outcome": other}
        await operator.post(f"/v1/call-tasks/{task['id']}/outcome", outcome)
        return True

    def mailed_orders(self) -> list[MailedOrder]:
        """Six outlets order by mail, by shops that no rep has reached; the third two seconds before the cutoff.

        The fifth orders a piece too many, and of the last one's file the end is missing.
        """
        rng = Random(f"{self.seed}/mail")
        at = [self.script.at(10, 5), self.script.at(11, 40), self.script.at(17) - timedelta(seconds=2)]
        at += [self.script.at(15, 20), self.script.at(14, 10), self.script.at(12, 30)]
        walks = [self.walks[rep_code] for rep_code in ("PAT-R1", "PAT-R3", "PAT-R4")]
        calls = [walks[0][-1], walks[1][-1], walks[2][-1], walks[1][-2], walks[0][-2], walks[2][-2]]
        outlets = [call.shop for call in calls]
        baskets = [self.habits[shop.code].today(rng) for shop in outlets]
        return [
            MailedOrder(moment, shop, basket, extra_pieces=number == 4, broken=number == 5)
            for number, (moment, shop, basket) in enumerate(zip(at, outlets, baskets, strict=True))
        ]

    async def send(self, order: MailedOrder, office: PostOffice) -> None:
        """A shop's mail arrives in the mailbox."""
        self.set_clock.move_to(order.at)
        packs = {product.code: product.pack for product in company.PRODUCTS}
        office.deliver(await write(self.supervisor, order, packs), order.at)

    async def read_mails(self, at: datetime, door: MailDoor, database: Database) -> None:
        """What the scheduler does with the mailbox all day long."""
        self.set_clock.move_to(at)
        await door.work_off(database)

    async def begin_next_week(self) -> None:
        """What of the next week's plans there is in the evening."""
        await company.begin_next_week(self.devices, iso_week_of(self.monday + timedelta(weeks=1)))

    async def expire(self, at: datetime, database: Database) -> None:
        """19:00: what the scheduler does with the tasks that are left."""
        self.set_clock.move_to(at)
        async with database.transaction() as session:
            await call_tasks.expire_due(session, clock.now())


async def play(settings: Settings, database: Database, seed: int, console: Console | None = None) -> None:
    """Play the day and print its tables. Raises Conflict where the database is not empty."""
    if not await is_empty(database):
        raise Conflict("The demo day needs an empty database: this one has a territory already.")
    day = demo_date(clock.now())
    friday = monday_before(day) - timedelta(days=3)
    with clock.fixed(datetime.combine(friday, datetime.min.time(), UTC) + timedelta(hours=15)) as set_clock:
        async with database.transaction() as session:
            await identity.create_user(session, accounts.ADMIN, accounts.PASSWORD, Role.ADMIN, [])
        async with _in_process(settings, database) as (app, http), mailbox(settings.home) as (office, door):
            demo = DemoDay(app, http, set_clock, day, seed)
            await _play(demo, database, office, door, console or Console())


async def _play(demo: DemoDay, database: Database, office: PostOffice, door: MailDoor, console: Console) -> None:
    await demo.prepare(database)
    uploads, mails = demo.uploads(), demo.mailed_orders()
    before = [upload for upload in uploads if upload.at < demo.script.at(17)]
    after = [upload for upload in uploads if upload.at >= demo.script.at(17)]
    acts = [(upload.at, partial(demo.upload, upload)) for upload in before]
    acts += [(mail.at, partial(demo.send, mail, office)) for mail in mails]
    noon = demo.script.at(12)
    acts.append((noon, partial(demo.read_mails, noon, door, database)))
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("The day", total=len(acts) + 1 + len(range(2, LAST_CALL, CALL_MINUTES)))
        for _, act in sorted(acts, key=itemgetter(0)):
            await act()
            progress.advance(task)
        demo.set_clock.move_to(demo.script.at(17))
        run = await demo.close(demo.day)
        # after an outage of the afternoon: what had arrived by 17:00 counts all the same
        await demo.read_mails(demo.script.at(17, 1), door, database)
        progress.advance(task)
        operator = await Connection.log_in(demo.http, accounts.STAFF["operator"], accounts.PASSWORD)
        for minute in range(2, LAST_CALL, CALL_MINUTES):
            now = demo.script.at(17) + timedelta(minutes=minute)
            while after and after[0].at <= now:
                await demo.upload(after.pop(0))
            demo.set_clock.move_to(now)
            await demo.call(operator)
            progress.advance(task)
        await demo.expire(demo.script.at(19), database)
        await demo.begin_next_week()
    console.print(await report.tables(demo.supervisor, demo.day, run))


@asynccontextmanager
async def _in_process(settings: Settings, database: Database) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = create_app(settings, database)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo") as http:
            yield app, http
    finally:
        await app.state.planner.close()
