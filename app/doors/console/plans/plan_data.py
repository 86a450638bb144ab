"""What the page of one rep's week is made of, asked of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import PREFIX, ConsolePage

APPROVED = "approved"
NO_PLAN = "week-plan-not-found"
MOST_VERSIONS = 30


def rep_address(rep_code: str, rest: str = "") -> str:
    """A route of the API about a rep."""
    address = f"/v1/reps/{quote(rep_code, safe='')}"
    return f"{address}/{rest}" if rest else address


def plan_address(rep_code: str, week: str, rest: str = "", **query: Any) -> str:
    """The page of a rep's week, or one below it."""
    address = f"{PREFIX}/plans/{quote(rep_code, safe='')}/{week}" + (f"/{rest}" if rest else "")
    given = {name: value for name, value in query.items() if value is not None}
    return address + (f"?{urlencode(given)}" if given else "")


def route_address(rep_code: str, day: date | str, form: str = "") -> str:
    """The page of a rep's day as a route, or the file of it (`.gpx`, `.geojson`)."""
    return f"{PREFIX}/plans/{quote(rep_code, safe='')}/routes/{day}{form}"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A rep's week and what stands beside it. `plan` None: there is none yet."""

    rep: Json
    territory: Json
    plan: Json | None
    workday: Json
    versions: Sequence[Json]
    requests: Sequence[Json]
    links: Sequence[Json]
    lines: Sequence[Json]
    """How the plans of the territory's reps stand, by code: this rep's neighbours, and who can take a day over."""

    @property
    def takers(self) -> list[Json]:
        """The other reps of the territory who can take visits over: what counts goes to approved plans alone."""
        counts = self.plan is not None and self.plan["status"] == APPROVED
        colleagues = [line for line in self.lines if line["rep_code"] != self.rep["code"]]
        return [line for line in colleagues if not counts or line["status"] == APPROVED]


async def plan_of(page: ConsolePage, rep_code: str, week: str) -> Json | None:
    """A rep's plan; None where there is none. Raises ApiRefusal, also where there is no such rep."""
    try:
        return await page.api.get(rep_address(rep_code, f"week-plans/{week}"))
    except ApiRefusal as refusal:
        if refusal.slug != NO_PLAN:
            raise
    return None


async def facts_of(page: ConsolePage, rep_code: str, week: str) -> PlanFacts:
    """Everything that the page of a rep's week shows. Raises ApiRefusal."""
    rep = await page.api.get(rep_address(rep_code))
    plan = await plan_of(page, rep_code, week)
    requests = await page.api.all("/v1/plan-change-requests", status="open")
    return PlanFacts(
        rep=rep,
        territory=await page.api.get(f"/v1/territories/{quote(rep['territory_code'], safe='')}"),
        plan=plan,
        workday=await page.api.get(rep_address(rep_code, "workday")),
        versions=await _versions(page, rep_code, week, plan),
        requests=[request for request in requests if (request["rep_code"], request["iso_week"]) == (rep["code"], week)],
        links=(await page.api.get(rep_address(rep_code, "calendar-links")))["items"],
        lines=await page.api.all("/v1/week-plans", iso_week=week, territory_code=rep["territory_code"]),
    )


async def _versions(page: ConsolePage, rep_code: str, week: str, plan: Json | None) -> Sequence[Json]:
    """The newest versions; none of visits that were imported before there were plans."""
    if plan is None or not plan["version"]:
        return []
    listed = await page.api.get(rep_address(rep_code, f"week-plans/{week}/versions"), limit=MOST_VERSIONS)
    versions: Sequence[Json] = listed["items"]
    return versions
