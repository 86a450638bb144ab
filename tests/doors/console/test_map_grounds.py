"""What maps are drawn on: outlines, a tile server, a PMTiles file; each under the security policy that goes with it."""

import asyncio
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Page

from app.ground.map_settings import TileKind
from app.ground.settings import Settings
from benchmarks.map_pages import map_of, map_site, page_of
from tests.doors.console.browsing import Profiles, become_true, served
from tests.doors.console.map_data import make_feature, make_outlet_map, visiting

RED = (200, 30, 30)


def png(colour: tuple[int, int, int]) -> bytes:
    """A picture of 1 by 1 pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes([0, *colour]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number % 128 + 128]) + varint(number // 128)


def member(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer that has a length."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def vector_tile() -> bytes:
    """A tile that is land all over: one square in the layer `earth`."""
    zigzag = [4096 * 2, 0, 0, 4096 * 2, 4096 * 2 - 1, 0]
    geometry = [9, 0, 0, 26, *zigzag, 15]
    feature = varint(3 << 3) + varint(3) + member(4, b"".join(map(varint, geometry)))
    layer = varint(15 << 3) + varint(2) + member(1, b"earth") + member(2, feature) + varint(5 << 3) + varint(4096)
    return member(3, layer)


def write_pmtiles(path: Path, kind: TileKind, tile: bytes) -> Path:
    """A file of version 3 with one tile, that of the whole world."""
    directory = varint(1) + varint(0) + varint(1) + varint(len(tile)) + varint(1)
    metadata = b"{}"
    directory_at = 127
    metadata_at = directory_at + len(directory)
    tile_at = metadata_at + len(metadata)
    header = b"PMTiles\x03" + struct.pack(
        "<11Q6B4iB2i",
        *(directory_at, len(directory), metadata_at, len(metadata), tile_at, 0, tile_at, len(tile), 1, 1, 1),
        *(1, 1, 1, kind.value, 0, 0),
        *(-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000),
        *(0, 0, 0),
    )
    path.write_bytes(header + directory + metadata + tile)
    return path


async def shown_colour(page: Page) -> list[int]:
    """The colour in the middle of the map, as the screen shows it."""
    box = await page.locator("[data-map]").bounding_box()
    assert box is not None
    middle = {"x": box["x"] + box["width"] / 2 + 60, "y": box["y"] + box["height"] / 2 + 60, "width": 1, "height": 1}
    picture = await page.screenshot(clip=middle)  # type: ignore[arg-type]  # a rectangle
    colour: list[int] = await page.evaluate(
        "async (bytes) => { const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));"
        " const context = new OffscreenCanvas(1, 1).getContext('2d'); context.drawImage(picture, 0, 0);"
        " return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3) }",
        list(picture),
    )
    return colour


async def until_shown(page: Page, ask: Callable[[list[int]], bool]) -> None:
    """Look until the colour is one of those; a timeout of the page's own tells that it never was."""
    async with asyncio.timeout(15):
        while not ask(await shown_colour(page)):
            await page.wait_for_timeout(50)


async def test_without_a_setting_it_is_outlines_of_land_and_sea(profiles: Profiles) -> None:
    site = map_site({"/": page_of(map_of())}, {})
    async with visiting(profiles, site, "/") as visitor:
        await visitor.page.get_by_text("Natural Earth, GeoNames (CC BY 4.0)").wait_for()
        await until_shown(visitor.page, lambda colour: colour == [246, 244, 238])


async def test_near_by_only_the_cells_in_view_are_read(profiles: Profiles) -> None:
    data = {"/outlets.json": make_outlet_map(make_feature("PAT-1"))}
    site = map_site({"/": page_of(map_of(outlets_url="/outlets.json"))}, data)
    async with visiting(profiles, site, "/") as visitor:
        await become_true(
            visitor.page, "performance.getEntriesByType('resource').some(({name}) => name.includes('/basemap/cells/'))"
        )
        read = await visitor.page.evaluate(
            "performance.getEntriesByType('resource').map(({name}) => name.match(/basemap.*/)?.[0]).filter(Boolean)"
        )
        # the world says which cells there are
        assert sorted(read) == ["basemap/cells/n30e020.json", "basemap/world.json"]


async def test_a_tile_server_is_drawn_with_its_attribution_as_text(profiles: Profiles, tmp_path: Path) -> None:
    tile = tmp_path / "tile.png"
    tile.write_bytes(png(RED))
    async with served(map_site({}, {}, {"/{z}/{x}/{y}.png": tile})) as tiles:
        address = f"{tiles}/{{z}}/{{x}}/{{y}}.png"
        settings = Settings(map_tiles_url=address, map_tiles_attribution="<b>Example</b>")
        body = map_of(tiles_url=address, tiles_attribution=settings.map_tiles_attribution)
        async with visiting(profiles, map_site({"/": page_of(body)}, {}, settings=settings), "/") as visitor:
            await visitor.page.get_by_text("<b>Example</b>").wait_for()
            await until_shown(visitor.page, lambda colour: colour == list(RED))


async def test_pictures_of_a_file_are_drawn(profiles: Profiles, tmp_path: Path) -> None:
    file = write_pmtiles(tmp_path / "map.pmtiles", TileKind.PNG, png(RED))
    site = map_site({"/": page_of(map_of(pmtiles_url="/console/map.pmtiles"))}, {}, {"/console/map.pmtiles": file})
    async with visiting(profiles, site, "/") as visitor:
        await until_shown(visitor.page, lambda colour: colour == list(RED))


async def test_vectors_of_a_file_are_drawn_in_light_and_in_dark(profiles: Profiles, tmp_path: Path) -> None:
    file = write_pmtiles(tmp_path / "map.pmtiles", TileKind.VECTOR, vector_tile())
    site = map_site({"/": page_of(map_of(pmtiles_url="/console/map.pmtiles"))}, {}, {"/console/map.pmtiles": file})
    async with visiting(profiles, site, "/", color_scheme="light") as visitor:
        sea = await visitor.page.evaluate(
            "getComputedStyle(document.querySelector('[data-map]')).backgroundColor.match(/\\d+/g).map(Number)"
        )
        await until_shown(visitor.page, lambda colour: min(colour) > 200 and colour != sea)
        await visitor.page.emulate_media(color_scheme="dark")
        await until_shown(visitor.page, lambda colour: 20 < max(colour) < 80)
