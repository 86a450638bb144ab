"""The plan that the demo's reps went by before Fieldproof made theirs: the same every week, brought in as a file.

Supermarkets every day, other shops on two days, kiosks on one; the reps' areas lie side by side, from west to east.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from app.demo.shops import Shop, ShopKind, kind_of

_EVERY_DAY = (0, 1, 2, 3, 4)
_TWICE = ((0, 2), (1, 3), (2, 4))


def old_plan(shops: Sequence[Shop], reps: Sequence[str], mondays: Sequence[date]) -> list[dict[str, Any]]:
    """The visits of some weeks as rows of an import."""
    areas = _areas(sorted(shops, key=lambda shop: shop.lon), reps)
    return [
        row
        for monday in mondays
        for rep_code, area in areas.items()
        for weekday in _EVERY_DAY
        for row in _day(rep_code, area, monday, weekday)
    ]


def _areas(from_west: Sequence[Shop], reps: Sequence[str]) -> dict[str, list[Shop]]:
    """Whose shops are which: about as many visits a week for each."""
    areas: dict[str, list[Shop]] = {rep_code: [] for rep_code in reps}
    visits = [len(_weekdays(shop)) for shop in from_west]
    before = 0
    for shop, number in zip(from_west, visits, strict=True):
        areas[reps[before * len(reps) // sum(visits)]].append(shop)
        before += number
    return areas


def _day(rep_code: str, area: Sequence[Shop], monday: date, weekday: int) -> Iterator[dict[str, Any]]:
    due = sorted((shop for shop in area if weekday in _weekdays(shop)), key=lambda shop: (shop.lat, shop.code))
    for sequence, shop in enumerate(due, 1):
        visit_date = monday + timedelta(days=weekday)
        yield {
            "rep_code": rep_code,
            "outlet_code": shop.code,
            "visit_date": visit_date.isoformat(),
            "sequence": sequence,
        }


def _weekdays(shop: Shop) -> tuple[int, ...]:
    """On which days a shop is visited, from 0 for Monday."""
    number = int(shop.code[-4:])
    match kind_of(shop):
        case ShopKind.SUPERMARKET:
            return _EVERY_DAY
        case ShopKind.KIOSK:
            return (number % len(_EVERY_DAY),)
        case _:
            return _TWICE[number % len(_TWICE)]
