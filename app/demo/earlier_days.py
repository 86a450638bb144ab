"""What led to the demo day: from a week of the month before, whose statements are out by then, to the day before.

Up to the demo day's own week the reps go by their old plan, then by those that Fieldproof makes.
"""

from datetime import date, timedelta
from decimal import Decimal

from app.demo import disputes
from app.demo.calendar import last_whole_week_before, local_time, working_day_before, working_days
from app.demo.erp import Erp
from app.demo.script import Call
from app.demo.team import DemoTeam, HandheldUpload
from app.planning.week_plans.iso_weeks import monday_before

_SHUT = ("PAT-R4", 3)
"""Whose stop was shut on the Tuesday of the first week, by its number from 0."""
_RETURNS = {"PAT-R1": Decimal("0.005"), "PAT-R3": Decimal("0.04")}
"""Share of what was delivered that came back on the Friday of the first week: under the limit, and over it."""


def first_monday(day: date) -> date:
    """Where the demo of a day begins."""
    return last_whole_week_before(day.replace(day=1))


class EarlierDays:
    """The days from the company's first week to the day before the demo day."""

    def __init__(self, team: DemoTeam, day: date) -> None:
        self._team = team
        self._day = day
        self._first = first_monday(day)
        self._monday = monday_before(day)

    async def play(self) -> None:
        """All of them, and the morning of the demo day."""
        friday = working_day_before(self._first)
        await self._team.begin(friday, self._first)
        await disputes.agree_on_pay(self._team, friday, self._day)
        self._erp = await Erp.of(self._team)
        weeks = range((self._monday - self._first).days // 7)
        await self._team.bring_in_plans([self._first + timedelta(weeks=number) for number in weeks])
        for day in working_days(self._first, self._day):
            await self._morning(day)
            await self._work(day)
            await self._evening(day)
        await self._morning(self._day)

    async def _morning(self, day: date) -> None:
        """Before noon: the month before is closed on the first working day of the next, and the orders come."""
        if day == next(working_days(self._day.replace(day=1), self._day + timedelta(days=1))):
            await disputes.close_month_before(self._team, day)
        await self._erp.deliver(day)
        if day - self._first == timedelta(days=3):
            await self._argue(day)
        if day - self._first == timedelta(days=4):
            for rep_code, share in _RETURNS.items():
                await self._erp.take_back(day, rep_code, share)

    async def _work(self, day: date) -> None:
        """Everybody works as planned, and tells of it in the afternoon."""
        script = self._team.script(day)
        for rep_code, walk in (await self._team.walks(day)).items():
            phone = self._team.phone(rep_code, day)
            script.ordinary(phone, walk, shut=self._shut_stop(rep_code, day, walk))
            await self._team.upload(HandheldUpload(script.at(16, 55), phone, phone.events))
            phone.events = []

    async def _evening(self, day: date) -> None:
        """The day is closed; on the Friday before the demo day's week that is planned."""
        await self._team.close(day)
        if day == working_day_before(self._monday):
            await self._team.plan_week(day, self._monday)
        await self._team.expire(local_time(day, 19))

    async def _argue(self, day: date) -> None:
        """Thursday of the first week: two appeals about Tuesday, and what the supervisor says to them."""
        tuesday = day - timedelta(days=2)
        granted = await disputes.appeal_mismatch(self._team, "PAT-R2", day, tuesday)
        rejected = await disputes.appeal_missed_order(self._team, "PAT-R4", day, tuesday, self._shut_shop)
        await disputes.decide(
            self._team, day, granted, "granted", "The sheet is signed: the shop had ordered all of it."
        )
        reason = "Shut at one hour is not shut all day: nobody went back, and nobody asked me to excuse the visit."
        await disputes.decide(self._team, day, rejected, "rejected", reason)

    def _shut_stop(self, rep_code: str, day: date, walk: list[Call]) -> int | None:
        if rep_code != _SHUT[0] or day - self._first != timedelta(days=1):
            return None
        self._shut_shop = walk[_SHUT[1]].shop
        return _SHUT[1]
