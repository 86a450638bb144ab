"""What maps are made of, in tests: answers of the API as JSON, and browsers on pages that show them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from playwright.async_api import Locator, Page

from tests.doors.console.browsing import Profiles, Visitor, served, visiting_as

PATRAS = (38.2466, 21.7346)

_COUNT = "addEventListener('fieldproof:drawn', ({target: {dataset}}) => dataset.drawn = 1 + +(dataset.drawn ?? 0))"
"""How often the data was shown stands at the map."""


def make_feature(code: str, state: str = "planned", at: tuple[float, float] = PATRAS, **fields: Any) -> dict[str, Any]:
    """An outlet of `GET /v1/outlet-map`, with one visit."""
    lat, lon = at
    visit = {"id": str(UUID(int=1)), "rep_code": "PAT-R1", "sequence": 7, "status": "planned"}
    properties = {
        "outlet_code": code,
        "outlet_name": f"Shop {code}",
        "state": state,
        "ordered": False,
        "flagged": False,
        "radius_m": 80.0,
        "fence": None,
        "visits": [visit],
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties | fields,
    }


def make_outlet_map(*features: dict[str, Any], without_location: int = 0) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), "without_location": without_location}


def make_stop(number: int, at: tuple[float, float] = PATRAS, **fields: Any) -> dict[str, Any]:
    """A stop of a track, whose visit's id is its number."""
    sound = {
        "visit_id": str(UUID(int=number)),
        "sequence": number,
        "outlet_code": f"PAT-{number}",
        "outlet_name": f"Shop {number}",
        "lat": at[0],
        "lon": at[1],
        "expected_at": "2026-11-27T08:00:00Z",
        "status": "planned",
    }
    return sound | fields


def make_check_in(number: int, at: tuple[float, float] | None = PATRAS, **fields: Any) -> dict[str, Any]:
    """A check-in of a track, 77 m away; `at` None: its position is forgotten."""
    sound = {
        "id": str(UUID(int=number)),
        "kind": "arrival",
        "outlet_code": f"PAT-{number}",
        "outlet_name": f"Shop {number}",
        "corrected_at": "2026-11-27T08:05:00Z",
        "fix": {"lat": at[0], "lon": at[1], "accuracy_m": 60.0} if at else None,
        "verdict": {"code": "UNCERTAIN", "p_inside": 0.38, "distance_m": 77.2, "reasons": []},
    }
    return sound | fields


def make_track(stops: list[dict[str, Any]], check_ins: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "territory_code": "PAT",
        "rep_code": "PAT-R1",
        "rep_name": "Nikos",
        "business_date": "2026-11-27",
        "time_zone": "Europe/Athens",
        "stops": stops,
        "check_ins": check_ins,
    }


@asynccontextmanager
async def visiting(profiles: Profiles, site: FastAPI, path: str, **options: Any) -> AsyncIterator[Visitor]:
    """A browser on a page of a site. It must have nothing to complain of at the end."""
    async with served(site) as base, visiting_as(profiles, base, {}, **options) as visitor:
        await visitor.page.add_init_script(_COUNT)
        await visitor.open(path)
        yield visitor


async def drawn(page: Page, times: int = 1) -> Locator:
    """The map, once its data was shown so many times."""
    await page.wait_for_selector(f'[data-map][data-drawn="{times}"]')
    return page.locator("[data-map]")


async def refresh(page: Page, times: int) -> None:
    """Let the map read its data for so many times in all."""
    await page.locator("[data-map]").dispatch_event("fieldproof:refresh")
    await drawn(page, times)
