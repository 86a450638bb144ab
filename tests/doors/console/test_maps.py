"""Maps in a browser, under the console's security policy: what is drawn, said, and reached by keyboard."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from benchmarks.map_pages import map_of, map_site, page_of
from tests.doors.console.browsing import Profiles, become_true
from tests.doors.console.map_data import (
    drawn,
    make_check_in,
    make_feature,
    make_outlet_map,
    make_stop,
    make_track,
    refresh,
    visiting,
)
from tests.doors.console.test_pages import AXE, faults

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NORTH = (38.2800, 21.7346)
STATES = ("flagged", "missed", "unverified", "planned", "verified", "ordered", "excused", "not_planned")
LIST = (
    '<ul><li><button data-map-item="outlet:PAT-1">PAT-1</button></li>'
    '<li><button data-map-item="outlet:PAT-2">PAT-2</button></li></ul>'
)
Data = dict[str, Any]


@pytest.fixture
def data() -> Data:
    """What the page's addresses answer; tests change it."""
    return {
        "/outlets.json": make_outlet_map(make_feature("PAT-1"), make_feature("PAT-2", "ordered", NORTH)),
        "/tracks.json": make_track([make_stop(1), make_stop(2, NORTH)], [make_check_in(1), make_check_in(2, None)]),
    }


@pytest.fixture
async def page(profiles: Profiles, data: Data) -> AsyncIterator[Page]:
    """A page with a list and a map of the outlets."""
    site = map_site({"/": page_of(LIST + map_of(outlets_url="/outlets.json"))}, data)
    async with visiting(profiles, site, "/") as visitor:
        await drawn(visitor.page)
        yield visitor.page


@pytest.fixture
async def track_page(profiles: Profiles, data: Data) -> AsyncIterator[Page]:
    """A page with a map of a rep's day alone, which begins with a check-in."""
    focus = f"check-in:{data['/tracks.json']['check_ins'][0]['id']}"
    site = map_site({"/": page_of(map_of(tracks_url="/tracks.json", focus=focus))}, data)
    async with visiting(profiles, site, "/") as visitor:
        await drawn(visitor.page)
        yield visitor.page


async def click_outlet(page: Page, code: str) -> None:
    """Click where it is drawn."""
    place = await page.evaluate(
        "code => { const { map, outlets } = document.querySelector('[data-map]').dayMap;"
        " return map.latLngToContainerPoint(outlets.markers.get(code).getLatLng()) }",
        code,
    )
    await page.locator("[data-map]").click(position=place)


async def test_an_item_of_the_list_leads_to_its_marker_and_escape_leads_back(page: Page) -> None:
    button = page.get_by_role("button", name="PAT-1")
    await button.focus()
    await page.keyboard.press("Enter")
    popup = page.locator(".map-popup")
    assert (await popup.inner_text()).split("\n\n") == ["Shop PAT-1 (PAT-1)", "Planned", "PAT-R1 · Stop 7 · Planned"]
    assert await popup.evaluate("element => element === document.activeElement")
    assert await button.get_attribute("aria-current") == "true"
    await page.keyboard.press("Escape")
    await popup.wait_for(state="detached")
    assert await button.evaluate("element => element === document.activeElement")
    assert await button.get_attribute("aria-current") is None


async def test_a_marker_marks_its_item_in_the_list(page: Page) -> None:
    await click_outlet(page, "PAT-2")
    await page.locator(".map-popup").wait_for()
    marked = page.locator("[aria-current]")
    assert await marked.all_inner_texts() == ["PAT-2"]


async def test_the_legend_counts_each_state_and_hides_it(page: Page) -> None:
    assert await page.get_by_label("Ordered (1)").is_checked()
    await page.get_by_label("Ordered (1)").uncheck()
    shown = "document.querySelector('[data-map]').dayMap.outlets.group.getLayers().length"
    assert await page.evaluate(shown) == 1
    await page.get_by_label("Ordered (1)").check()
    assert await page.evaluate(shown) == 2


async def test_states_differ_by_shape_and_not_by_colour_alone(page: Page, data: Data) -> None:
    data["/outlets.json"] = make_outlet_map(*(make_feature(f"PAT-{state}", state) for state in STATES))
    await refresh(page, 2)
    pictures = await page.evaluate(
        "() => { const map = document.querySelector('[data-map]');"
        " for (const name of Object.keys(map.dayMap.palette))"
        "   map.style.setProperty(`--map-${name}`, name === 'paper' ? '#fff' : '#000');"
        " map.dayMap.recolour();"
        " return [...document.querySelectorAll('.map-swatch')].map((swatch) => swatch.toDataURL()) }"
    )
    assert len(set(pictures)) == len(STATES)


async def test_names_stay_text_whatever_is_in_them(page: Page, data: Data) -> None:
    data["/outlets.json"] = make_outlet_map(make_feature("PAT-1", outlet_name=HOSTILE, lines=[HOSTILE]))
    await refresh(page, 2)
    await page.get_by_role("button", name="PAT-1").click()
    popup = page.locator(".map-popup")
    assert (await popup.inner_text()).split("\n\n") == [f"{HOSTILE} (PAT-1)", HOSTILE]
    assert await popup.locator("img, script").count() == 0


async def test_a_popup_leads_to_pages_of_the_console_alone(page: Page, data: Data) -> None:
    addresses = ["/console/outlets/PAT-1", "https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"]
    codes = [f"PAT-{number}" for number in range(1, len(addresses) + 1)]
    features = [make_feature(code, href=href) for code, href in zip(codes, addresses, strict=True)]
    data["/outlets.json"] = make_outlet_map(*features)
    await refresh(page, 2)
    links = []
    for code in codes:
        await page.evaluate("key => document.querySelector('[data-map]').dayMap.items.focus(key)", f"outlet:{code}")
        popup = page.locator(".map-popup", has_text=f"({code})")
        await popup.wait_for()
        links += await popup.locator("a").evaluate_all("links => links.map(link => link.pathname)")
    assert links == ["/console/outlets/PAT-1"]


async def test_a_refresh_shows_what_has_changed_and_leaves_the_popup_open(page: Page, data: Data) -> None:
    await page.get_by_role("button", name="PAT-1").click()
    data["/outlets.json"] = make_outlet_map(make_feature("PAT-1", "flagged"), without_location=2)
    await refresh(page, 2)
    assert await page.get_by_label("Order missing (1)").count() == 1
    assert await page.get_by_label("Ordered (0)").count() == 1
    assert await page.get_by_text("2 without a location").count() == 1
    assert await page.locator(".map-popup").count() == 1


async def test_what_cannot_be_read_is_told_and_what_is_shown_stays(page: Page, data: Data) -> None:
    data["/outlets.json"] = None
    await page.locator("[data-map]").dispatch_event("fieldproof:refresh")
    await page.get_by_role("status").get_by_text("could not be read").wait_for()
    assert await page.get_by_label("Ordered (1)").count() == 1


async def test_fences_are_drawn_from_near_by(page: Page) -> None:
    fences = "document.querySelector('[data-map]').dayMap.outlets.fences.getLayers().map(layer => layer.getRadius())"
    assert await page.evaluate(fences) == []
    await page.get_by_role("button", name="PAT-1").click()
    await become_true(page, f"{fences}.length === 1")
    assert await page.evaluate(fences) == [80]


async def test_a_check_in_says_its_verdict_and_when_it_was_in_the_territorys_time(track_page: Page) -> None:
    popup = await track_page.locator(".map-popup").inner_text()
    assert popup.split("\n\n") == ["Shop 1 (PAT-1)", "PAT-R1 · Arrival · 10:05", "Check-in uncertain"]


async def test_a_check_in_says_instead_what_the_page_says_of_it(track_page: Page, data: Data) -> None:
    data["/tracks.json"]["check_ins"][0]["lines"] = ["77 m from the fence: 38% likely inside."]
    await refresh(track_page, 2)
    popup = await track_page.locator(".map-popup").inner_text()
    assert popup.split("\n\n") == ["Shop 1 (PAT-1)", "77 m from the fence: 38% likely inside."]


async def test_a_refresh_leaves_the_map_and_the_keyboard_where_they_are(track_page: Page) -> None:
    await track_page.locator(".map-popup").focus()
    centre = "document.querySelector('[data-map]').dayMap.map.getCenter()"
    before = await track_page.evaluate(centre)
    await refresh(track_page, 2)
    assert await track_page.locator(".map-popup").evaluate("element => element === document.activeElement")
    assert await track_page.evaluate(centre) == before


async def test_check_ins_of_nobodys_track_are_no_way_and_lie_below_the_outlets(profiles: Profiles, data: Data) -> None:
    check_ins = [make_check_in(1, outlet_name=None, outlet_code="PAT-2"), make_check_in(2, NORTH)]
    data["/tracks.json"] = {"time_zone": "Europe/Athens", "stops": [], "check_ins": check_ins}
    site = map_site({"/": page_of(map_of(outlets_url="/outlets.json", tracks_url="/tracks.json"))}, data)
    async with visiting(profiles, site, "/") as visitor:
        await drawn(visitor.page)
        assert await visitor.page.locator(".map-legend li", has_text="Where the phone was").count() == 0
        await click_outlet(visitor.page, "PAT-2")
        popup = visitor.page.locator(".map-popup")
        assert (await popup.inner_text()).split("\n\n")[:2] == ["Shop PAT-2 (PAT-2)", "Ordered"]
        key = f"check-in:{check_ins[0]['id']}"
        await visitor.page.evaluate("key => document.querySelector('[data-map]').dayMap.items.focus(key)", key)
        # called as its outlet is
        await popup.filter(has_text="Check-in uncertain").get_by_text("Shop PAT-2 (PAT-2)").wait_for()


async def test_a_legend_may_stand_beside_the_map(profiles: Profiles, data: Data) -> None:
    body = map_of(outlets_url="/outlets.json", legend="beside") + '<div id="beside"></div>'
    async with visiting(profiles, map_site({"/": page_of(body)}, data), "/") as visitor:
        await drawn(visitor.page)
        assert await visitor.page.locator("#beside").get_by_label("Ordered (1)").is_checked()
        assert await visitor.page.locator("[data-map] .map-legend").count() == 0


async def test_a_track_has_its_route_its_stops_and_its_check_ins_with_their_accuracy(track_page: Page) -> None:
    layers = await track_page.evaluate(
        "document.querySelector('[data-map]').dayMap.tracks.group.getLayers().map((layer) =>"
        " layer.options.label ?? (layer instanceof L.Circle ? `±${layer.getRadius()}` : layer.options.shape ?? 'line'))"
    )
    # of what was forgotten after 90 days there is nothing to draw: a way has two ends
    assert layers == ["line", "±60", "1", "2", "filledDiamond"]


async def test_words_are_those_of_the_page(profiles: Profiles, data: Data) -> None:
    words = '{"legend": "Υπόμνημα", "ordered": "Με παραγγελία"}'
    site = map_site({"/": page_of(map_of(outlets_url="/outlets.json", words=words), lang="el")}, data)
    async with visiting(profiles, site, "/") as visitor:
        await drawn(visitor.page)
        assert await visitor.page.get_by_label("Με παραγγελία (1)").count() == 1
        assert await visitor.page.locator("summary").inner_text() == "Υπόμνημα"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_map_can_be_used_with_a_screen_reader_in_light_and_dark(
    profiles: Profiles, data: Data, scheme: str
) -> None:
    body = LIST + map_of(outlets_url="/outlets.json", tracks_url="/tracks.json", focus="outlet:PAT-2")
    async with visiting(profiles, map_site({"/": page_of(body)}, data), "/", color_scheme=scheme) as visitor:
        await drawn(visitor.page)
        await visitor.page.evaluate(AXE.read_text("utf-8"))
        assert await faults(visitor.page) == []


async def test_the_page_may_go_from_light_to_dark(page: Page) -> None:
    palette = "document.querySelector('[data-map]').dayMap.palette.dark"
    assert await page.evaluate(palette) is False
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
    await become_true(page, palette)
