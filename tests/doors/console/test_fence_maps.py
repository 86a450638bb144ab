"""The editor of fences in a browser: what is drawn stands in the fields, what is typed stands on the map."""

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from benchmarks.map_pages import MAP_STYLES, map_site, page_of
from tests.doors.console.browsing import Profiles, become_true
from tests.doors.console.map_data import visiting
from tests.doors.console.test_pages import AXE, faults

SCRIPTS = ("vendor/leaflet/leaflet.js", "vendor/leaflet-geoman-free/leaflet-geoman.min.js", "fence.js")
STYLES = (*MAP_STYLES, "vendor/leaflet-geoman-free/leaflet-geoman.css")
FORM = (
    '<form><label>Latitude <input name="lat" value="38.2466"></label>'
    '<label>Longitude <input name="lon" value="21.7346"></label>'
    '<label>Radius <input name="radius_m" value="80"></label>'
    '<label>Polygon <textarea name="fence"></textarea></label><div data-fence-map></div></form>'
)
EMPTY = {"lat": "", "lon": "", "radius_m": "", "fence": ""}
LAYER = "document.querySelector('[data-fence-map]').fenceMap?.layer"


@pytest.fixture
async def page(profiles: Profiles) -> AsyncIterator[Page]:
    site = map_site({"/": page_of(FORM, SCRIPTS, STYLES)}, {})
    async with visiting(profiles, site, "/") as visitor:
        await become_true(visitor.page, LAYER)
        yield visitor.page


async def fields(page: Page) -> dict[str, str]:
    values: dict[str, str] = await page.evaluate("Object.fromEntries(new FormData(document.forms[0]))")
    return values


async def centre(page: Page) -> tuple[float, float]:
    """The middle of the map on the page."""
    box = await page.locator("[data-fence-map]").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_a_circle_that_is_dragged_moves_the_fields_and_keeps_the_radius(page: Page) -> None:
    x, y = await centre(page)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 40, y, steps=4)
    await page.mouse.up()
    values = await fields(page)
    assert float(values["lon"]) == pytest.approx(21.735034, abs=2e-5)
    assert float(values["lat"]) == pytest.approx(38.2466, abs=2e-5)
    assert (values["radius_m"], values["fence"]) == ("80", "")


async def test_what_is_typed_is_drawn(page: Page) -> None:
    await page.get_by_label("Radius").fill("150")
    await page.get_by_label("Longitude").fill("21,8")
    assert await page.evaluate(f"{LAYER}.getRadius()") == 150
    assert await page.evaluate(f"{LAYER}.getLatLng().lng") == 21.8


async def test_what_is_no_fence_yet_leaves_the_map_as_it_is(page: Page) -> None:
    await page.get_by_label("Latitude").fill("north")
    await page.get_by_role("textbox", name="Polygon").fill('{"type": "Poly')
    assert await page.evaluate(f"{LAYER}.getRadius()") == 80
    assert (await fields(page))["lat"] == "north"


async def test_a_polygon_that_is_drawn_takes_the_place_of_the_circle(page: Page) -> None:
    x, y = await centre(page)
    await page.get_by_role("button", name="Draw Polygon").click()
    for across, down in ((-100, -100), (100, -100), (100, 100), (-100, -100)):
        await page.mouse.click(x + across, y + down)
    await become_true(page, f"!({LAYER} instanceof L.Circle)")
    values = await fields(page)
    polygon = json.loads(values.pop("fence"))
    assert (polygon["type"], len(polygon["coordinates"][0])) == ("Polygon", 4)
    assert values == {"lat": "", "lon": "", "radius_m": ""}


async def test_a_circle_is_drawn_by_its_centre_and_its_edge(page: Page) -> None:
    x, y = await centre(page)
    await page.get_by_role("button", name="Draw Circle").click()
    await page.mouse.click(x + 200, y)
    await page.mouse.move(x + 240, y, steps=3)
    await page.mouse.click(x + 250, y)
    await become_true(page, f"{LAYER}.getLatLng?.().lng > 21.7356")
    values = await fields(page)
    assert 40 < int(values["radius_m"]) < 55
    assert values["fence"] == ""


async def test_a_fence_that_is_erased_empties_the_fields(page: Page) -> None:
    x, y = await centre(page)
    await page.get_by_role("button", name="Remove Layers").click()
    await page.mouse.click(x + 30, y + 30)
    await become_true(page, f"{LAYER} === null")
    assert await fields(page) == EMPTY


async def test_the_editor_can_be_used_with_a_screen_reader(page: Page) -> None:
    await page.evaluate(AXE.read_text("utf-8"))
    assert await faults(page) == []
