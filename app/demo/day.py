"""Plays the demo day, and what led to it, through the real API, in process, with the clock set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from functools import partial
from operator import itemgetter
from random import Random
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress

from app.demo import accounts, company, disputes, pay_report, report
from app.demo.calendar import demo_date, local_time, working_day_after, working_day_before
from app.demo.connection import Connection
from app.demo.earlier_days import EarlierDays, first_monday
from app.demo.emptiness import is_empty
from app.demo.mail import MailedOrder, PostOffice, mailbox, write
from app.demo.products import order_lines, random_uuid
from app.demo.script import Call
from app.demo.team import DemoTeam, HandheldUpload
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


class DemoDay:
    """One day of a team, to the evening; `walks` are its reps' visits, in the order of their plans."""

    def __init__(self, team: DemoTeam, day: date, walks: dict[str, list[Call]]) -> None:
        self.team = team
        self.day = day
        self.walks = walks
        self.script = team.script(day)
        self.rng = Random(f"{team.seed}/call centre")
        plays = {
            "PAT-R1": self.script.honest,
            "PAT-R2": self.script.offline,
            "PAT-R3": self.script.mocking,
            "PAT-R4": self.script.from_home,
        }
        for rep_code, play_rep in plays.items():
            play_rep(team.phone(rep_code, day), walks[rep_code])

    def uploads(self) -> list[HandheldUpload]:
        """When which handheld uploads what: every 75 minutes what it recorded, the offline one everything at 17:20."""
        planned = []
        for phone in self.team.phones.values():
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
                    "delivery_date": working_day_after(self.day).isoformat(),
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
        rng = Random(f"{self.team.seed}/mail")
        at = [self.script.at(10, 5), self.script.at(11, 40), self.script.at(17) - timedelta(seconds=2)]
        at += [self.script.at(15, 20), self.script.at(14, 10), self.script.at(12, 30)]
        walks = [self.walks[rep_code] for rep_code in ("PAT-R1", "PAT-R3", "PAT-R4")]
        calls = [walks[0][-1], walks[1][-1], walks[2][-1], walks[1][-2], walks[0][-2], walks[2][-2]]
        outlets = [call.shop for call in calls]
        baskets = [self.team.habits[shop.code].today(rng) for shop in outlets]
        return [
            MailedOrder(moment, shop, basket, extra_pieces=number == 4, broken=number == 5)
            for number, (moment, shop, basket) in enumerate(zip(at, outlets, baskets, strict=True))
        ]

    async def send(self, order: MailedOrder, office: PostOffice) -> None:
        """A shop's mail arrives in the mailbox."""
        self.team.set_clock.move_to(order.at)
        packs = {product.code: product.pack for product in company.PRODUCTS}
        office.deliver(await write(self.team.supervisor, order, packs), order.at)

    async def read_mails(self, at: datetime, door: MailDoor) -> None:
        """What the scheduler does with the mailbox all day long."""
        self.team.set_clock.move_to(at)
        await door.work_off(self.team.database)


async def play(settings: Settings, database: Database, seed: int, console: Console | None = None) -> None:
    """Play the days before and the day, and print their tables. Raises Conflict where the database is not empty."""
    if not await is_empty(database):
        raise Conflict("The demo day needs an empty database: this one has a territory already.")
    console = console or Console()
    day = demo_date(clock.now())
    with clock.fixed(local_time(working_day_before(first_monday(day)), 17)) as set_clock:
        async with database.transaction() as session:
            await identity.create_user(session, accounts.ADMIN, accounts.PASSWORD, Role.ADMIN, [])
        async with _in_process(settings, database) as http, mailbox(settings.home) as (office, door):
            team = DemoTeam(http, set_clock, database, seed)
            with console.status("The days before"):
                await EarlierDays(team, day).play()
            run = await _play(DemoDay(team, day, await team.walks(day)), office, door, console)
            await disputes.confirm_dumping(team, day)
            console.print(await report.tables(team.supervisor, day, run))
            console.print(await pay_report.tables(team.admin, day))


async def _play(demo: DemoDay, office: PostOffice, door: MailDoor, console: Console) -> dict[str, Any]:
    """The day to the call deadline; answers its run."""
    team = demo.team
    uploads, mails = demo.uploads(), demo.mailed_orders()
    before = [upload for upload in uploads if upload.at < demo.script.at(17)]
    after = [upload for upload in uploads if upload.at >= demo.script.at(17)]
    acts = [(upload.at, partial(team.upload, upload)) for upload in before]
    acts += [(mail.at, partial(demo.send, mail, office)) for mail in mails]
    noon = demo.script.at(12)
    acts.append((noon, partial(demo.read_mails, noon, door)))
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("The day", total=len(acts) + 1 + len(range(2, LAST_CALL, CALL_MINUTES)))
        for _, act in sorted(acts, key=itemgetter(0)):
            await act()
            progress.advance(task)
        run = await team.close(demo.day)
        # after an outage of the afternoon: what had arrived by 17:00 counts all the same
        await demo.read_mails(demo.script.at(17, 1), door)
        progress.advance(task)
        operator = await Connection.log_in(team.http, accounts.STAFF["operator"], accounts.PASSWORD)
        for minute in range(2, LAST_CALL, CALL_MINUTES):
            now = demo.script.at(17) + timedelta(minutes=minute)
            while after and after[0].at <= now:
                await team.upload(after.pop(0))
            team.set_clock.move_to(now)
            await demo.call(operator)
            progress.advance(task)
        await team.expire(demo.script.at(19))
        next_monday = monday_before(demo.day) + timedelta(weeks=1)
        await company.begin_next_week(team.devices, iso_week_of(next_monday))
    return run


@asynccontextmanager
async def _in_process(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, database)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo") as http:
            yield http
    finally:
        await app.state.planner.close()
