"""How many visits an outlet is due in a week, by its terms and its history. Pure functions of plain values (M1, M2)."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor

from app.masters.outlets.plan_facts import PlanOutlet

MOST_WEEKS = 26
"""The rarest visit that terms can ask for: one in half a year. A frequency is taken for the nearest such fraction:
0.3333 is one in three weeks."""
_A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an outlet before the week: its last visit that was made, or stands planned until then; and
    whether its latest planned visit that is over was not made.
    """

    last_visit: date | None = None
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """How many visits an outlet is due in a week; `first` where it was missed before."""

    outlet: PlanOutlet
    visits: int
    first: bool


def frequency_of(outlet: PlanOutlet) -> Fraction:
    """Visits a week, as the fraction that is meant; 0 where nothing was agreed."""
    return Fraction(outlet.visits_per_week or 0).limit_denominator(MOST_WEEKS)


def demand_of(outlet: PlanOutlet, monday: date, history: History, phase: Fraction) -> Demand:
    """What an outlet asks of the week that begins on `monday`.

    Once a week or more: so many visits, and of a fraction one more in the weeks in which it adds up (`phase`, from 0 up
    to 1, keeps outlets from adding up all in the same week). More rarely: a visit is due in the week in which the
    period since the last one is over, or in which a missed one is to be made up for; an outlet that was never visited
    is due in the week of its phase, so that a new territory's outlets are spread over the weeks.
    """
    frequency = frequency_of(outlet)
    if not frequency:
        return Demand(outlet, 0, first=False)
    if frequency >= 1:
        return Demand(outlet, _added_up(frequency, _week_number(monday), phase), first=history.missed)
    if history.missed:
        return Demand(outlet, 1, first=True)
    if history.last_visit is None:
        return Demand(outlet, _added_up(frequency, _week_number(monday), phase), first=False)
    due = history.last_visit + timedelta(days=floor(7 / frequency))
    return Demand(outlet, int(due < monday + _A_WEEK), first=False)


def _week_number(monday: date) -> int:
    """Weeks since the year 1."""
    return monday.toordinal() // 7


def _added_up(frequency: Fraction, week: int, phase: Fraction) -> int:
    """How many whole visits a week adds to those of all weeks before it."""
    return floor(frequency * (week + 1) + phase) - floor(frequency * week + phase)
