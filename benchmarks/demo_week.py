"""The demo territory's week as it is generated, against weeks that are only spread evenly and visited in code order.

`python -m benchmarks.demo_week` prints the comparison; with a folder it draws both weeks into it, by matplotlib, which
whoever draws installs first: it is left out of our requirements.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean

from app.demo import company
from app.demo.shops import kind_of, shops
from app.masters.outlets.plan_facts import OpenSpan, PlanOutlet
from app.masters.territories.calendar import RepFacts
from app.planning.plan_generation.demands import Demand
from app.planning.plan_generation.patterns import choice_of
from app.planning.plan_generation.sharing_out import given_to
from app.planning.plan_generation.week_search import generated
from app.planning.plan_generation.week_tasks import GeneratedWeek, WeekTask
from app.planning.routing.days import Lunch
from app.planning.routing.schedules import schedule
from app.planning.routing.travel_times import AreaType, Place, estimated
from app.planning.week_plans.plan_content import DayPlan
from app.planning.week_plans.timetables import Ways, day_plan, routing_day
from app.planning.workdays.rules import USUAL_BEGIN, USUAL_END, Workday

MONDAY = date(2026, 11, 30)
DAYS = tuple(MONDAY + timedelta(days=number) for number in range(5))
REPS = [RepFacts(number, code, name, 1, active=True) for number, (code, name) in enumerate(company.REPS.items(), 1)]

Week = Mapping[str, Sequence[DayPlan]]
"""The days of each rep."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The generated week; the week of the same reps' outlets spread evenly, in code order; and that of outlets that
    were dealt to the reps in code order as well.
    """

    outlets: Mapping[int, PlanOutlet]
    generated: Week
    spread: Week
    dealt_and_spread: Week
    unmet: int


def compared() -> Compared:
    """Make all three."""
    outlets = [_outlet(number) for number in range(len(shops()))]
    workday = _workday()
    owners = given_to(outlets, {}, REPS, {rep.id: workday for rep in REPS})
    own = {rep.code: [outlet for outlet in outlets if owners[outlet.id] == rep.id] for rep in REPS}
    size = -(-len(outlets) // len(REPS))
    by_code = {rep.code: outlets[(rep.id - 1) * size : rep.id * size] for rep in REPS}
    weeks = {code: _generated(code, those, workday) for code, those in own.items()}
    return Compared(
        {outlet.id: outlet for outlet in outlets},
        {code: week.days for code, week in weeks.items()},
        {code: _spread(those, workday) for code, those in own.items()},
        {code: _spread(those, workday) for code, those in by_code.items()},
        sum(len(week.unplanned) for week in weeks.values()),
    )


def driving_s(week: Week) -> int:
    """What all reps drive in a week."""
    return sum(day.driving_s for days in week.values() for day in days)


def loads(week: Week) -> list[float]:
    """The load of each day of each rep, against the mean of them all."""
    found = [day.load_s for days in week.values() for day in days]
    return [load / mean(found) for load in found]


def visits(week: Week) -> dict[int, int]:
    """How often each outlet is visited."""
    found: dict[int, int] = {}
    for days in week.values():
        for day in days:
            for stop in day.stops:
                found[stop.outlet_id] = found.get(stop.outlet_id, 0) + 1
    return found


def _outlet(number: int) -> PlanOutlet:
    shop = shops()[number]
    terms = company.TERMS[kind_of(shop)]
    spans = tuple(
        OpenSpan(None, time.fromisoformat(span["opens"]), time.fromisoformat(span["closes"]))
        for span in terms.get("visiting_hours", ())
    )
    return PlanOutlet(
        number + 1,
        shop.code,
        shop.name,
        1,
        active=True,
        rep_id=None,
        lat=shop.lat,
        lon=shop.lon,
        visits_per_week=Decimal(terms["visits_per_week"]),
        min_gap_days=terms.get("min_gap_days"),
        visiting_hours=spans,
    )


def _workday() -> Workday:
    agreed = company.WORKDAY
    place = Place(**agreed["start"])
    lunch = Lunch(30 * 60, 12 * 3600, 14 * 3600)
    area = AreaType(agreed["area_type"])
    return Workday(USUAL_BEGIN, USUAL_END, lunch, place, place, agreed["service_minutes"], area)


def _ways(outlets: Sequence[PlanOutlet], workday: Workday) -> Ways:
    places = [Place(outlet.lat, outlet.lon) for outlet in outlets if outlet.lat is not None and outlet.lon is not None]
    places += [workday.start] if workday.start is not None else []
    home = len(outlets)
    travel = estimated(places, workday.area_type)
    return Ways(travel, {outlet.id: number for number, outlet in enumerate(outlets)}, home, home)


def _generated(rep_code: str, outlets: Sequence[PlanOutlet], workday: Workday) -> GeneratedWeek:
    choices = tuple(
        choice_of(Demand(outlet, int(outlet.visits_per_week or 0), first=False), DAYS, workday, ())
        for outlet in outlets
    )
    return generated(WeekTask(DAYS, choices, workday, _ways(outlets, workday), f"{rep_code}/demo"))


def _spread(outlets: Sequence[PlanOutlet], workday: Workday) -> list[DayPlan]:
    """Every outlet as often as agreed, its visits and the outlets spread evenly over the days, each day by code."""
    by_day: dict[date, list[PlanOutlet]] = {day: [] for day in DAYS}
    for number, outlet in enumerate(outlets):
        times = int(outlet.visits_per_week or 0)
        for visit in range(times):
            by_day[DAYS[(number + round(visit * len(DAYS) / times)) % len(DAYS)]].append(outlet)
    ways = _ways(outlets, workday)
    days = []
    for day, those in by_day.items():
        problem = routing_day(day, those, workday, ways)
        days.append(day_plan(day, problem, those, schedule(problem, range(len(those))), workday, ways))
    return days


def _drawn(week: Week, outlets: Mapping[int, PlanOutlet], title: str, path: Path) -> None:
    """A small map for each rep's each day, straight from stop to stop; one rep's have the same frame."""
    # installed by whoever draws
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(11, 9.4), layout="constrained")
    figure.suptitle(f"{title}: {driving_s(week) / 3600:.1f} h of driving")
    rows = figure.subplots(len(week), len(DAYS))
    for number, (axes_of_rep, (rep_code, days)) in enumerate(zip(rows, week.items(), strict=True)):
        lines = [_line(day, outlets) for day in days]
        everywhere = [point for line in lines for point in line]
        for axes, day, line in zip(axes_of_rep, days, lines, strict=True):
            axes.plot(*zip(*everywhere, strict=True), ".", markersize=2, color="0.75")
            axes.plot(*zip(*line, strict=True), marker="o", markersize=2.5, linewidth=1, color=f"C{number}")
            axes.plot(*line[0], "s", markersize=5, color="black")
            axes.set_title(f"{day.day:%A}: {day.driving_s / 60:.0f} min, {len(day.stops)} stops", fontsize=8)
            axes.set_aspect(1.27)  # a degree of latitude is so much longer than one of longitude at Patras
            axes.set_xticks([])
            axes.set_yticks([])
        axes_of_rep[0].set_ylabel(company.REPS[rep_code])
    figure.supxlabel("■ warehouse; shops © OpenStreetMap contributors, ODbL 1.0", fontsize=8)
    figure.savefig(path, dpi=90)


def _line(day: DayPlan, outlets: Mapping[int, PlanOutlet]) -> list[tuple[float, float]]:
    """The places of a day from its start to its end, as (longitude, latitude)."""
    places = [outlets[stop.outlet_id] for stop in day.stops]
    ends = [] if day.start is None else [(day.start.lon, day.start.lat)]
    return [*ends, *((place.lon or 0.0, place.lat or 0.0) for place in places), *ends]


def main() -> None:
    """Print the comparison; draw it into a folder, where one is named."""
    found = compared()
    driven = driving_s(found.generated)
    off = loads(found.generated)
    for name, week in (("spread evenly", found.spread), ("dealt and spread evenly", found.dealt_and_spread)):
        hours = driving_s(week) / 3600
        sys.stdout.write(f"generated {driven / 3600:.1f} h, {name} {hours:.1f} h: {driven / driving_s(week):.2f}\n")
    sys.stdout.write(f"loads of the days: {min(off) - 1:+.1%} to {max(off) - 1:+.1%} of their mean\n")
    sys.stdout.write(f"visits: {sum(visits(found.generated).values())}; wishes that are not met: {found.unmet}\n")
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        _drawn(found.spread, found.outlets, "Before (spread evenly, in code order)", folder / "week-before.png")
        _drawn(found.generated, found.outlets, "After (generated)", folder / "week-after.png")


if __name__ == "__main__":
    main()
