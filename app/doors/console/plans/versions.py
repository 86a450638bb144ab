"""What became other from one version of a plan to the next. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.doors.console.api_calls import Json

Visit = tuple[str, str]
"""An outlet's code, and a day."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A version, and what it did to the visits of the one before: those that came and went, and days put into another
    order. All None where the visits stayed, or where the version before is not on the page.
    """

    version: Json
    visits: int | None
    came: Sequence[Visit] | None
    went: Sequence[Visit] | None
    reordered: Sequence[str] | None


def steps_of(versions: Sequence[Json]) -> list[PlanStep]:
    """The versions, newest first as they came, each with what it changed."""
    steps: list[PlanStep] = []
    before: list[Visit] | None = None
    for version in reversed(versions):
        if version["visits"] is None:
            steps.append(PlanStep(version, None, None, None, None))
            continue
        visits = [(visit["outlet_code"], visit["visit_date"]) for visit in version["visits"]]
        steps.append(_step(version, before, visits))
        before = visits
    return steps[::-1]


def _step(version: Json, before: Sequence[Visit] | None, visits: Sequence[Visit]) -> PlanStep:
    if before is None:
        return PlanStep(version, len(visits), None, None, None)
    came, went = set(visits) - set(before), set(before) - set(visits)
    return PlanStep(
        version,
        len(visits),
        sorted(came, key=_by_day),
        sorted(went, key=_by_day),
        list(_reordered(before, visits, came | went)),
    )


def _reordered(before: Sequence[Visit], visits: Sequence[Visit], changed: set[Visit]) -> Iterator[str]:
    """The days on which the visits that stayed have another order."""
    for day in sorted({day for _, day in visits}):
        orders = [
            [outlet for outlet, date in version if date == day and (outlet, date) not in changed]
            for version in (before, visits)
        ]
        if orders[0] != orders[1]:
            yield day


def _by_day(visit: Visit) -> Visit:
    outlet_code, day = visit
    return day, outlet_code
