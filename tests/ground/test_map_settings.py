"""What maps are drawn on, as settings name it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.ground.map_settings import TileKind, check_tile_address
from app.ground.settings import Settings

TILES = "https://tiles.example/{z}/{x}/{y}.png"


def pmtiles(path: Path, kind: int = 1, version: int = 3) -> Path:
    """A file with the header of an archive, and nothing in it."""
    header = bytearray(127)
    header[:8] = b"PMTiles" + bytes([version])
    header[99] = kind
    path.write_bytes(header)
    return path


@pytest.mark.parametrize(
    "url",
    [TILES, "https://tiles.example/v1/{z}/{y}/{x}?key=abc", "http://127.0.0.1:8080/{z}/{x}/{y}.png"],
)
def test_a_tile_server_is_an_address_with_the_places_of_a_tile(url: str) -> None:
    check_tile_address(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://tiles.example/{z}/{x}/{y}.png", "https"),
        ("tiles.example/{z}/{x}/{y}.png", "https"),
        ("https://tiles.example/{z}/{x}.png", "{y}"),
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "by itself"),
        ("https://key:secret@tiles.example/{z}/{x}/{y}.png", "by itself"),
        ("https://tiles.example;script-src/{z}/{x}/{y}.png", "no such name"),
    ],
)
def test_any_other_address_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_tile_address(url)


@pytest.mark.parametrize("kind", TileKind)
def test_a_file_says_what_its_tiles_are(tmp_path: Path, kind: TileKind) -> None:
    assert TileKind.of(pmtiles(tmp_path / "map.pmtiles", kind.value)) is kind


@pytest.mark.parametrize(("kind", "version"), [(1, 2), (9, 3)])
def test_a_file_of_another_version_or_kind_is_refused(tmp_path: Path, kind: int, version: int) -> None:
    with pytest.raises(ValueError, match=r"PMTiles|TileKind"):
        TileKind.of(pmtiles(tmp_path / "map.pmtiles", kind, version))


def test_settings_take_a_tile_server_with_its_attribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_MAP_TILES_URL", TILES)
    with pytest.raises(ValidationError, match="FIELDPROOF_MAP_TILES_ATTRIBUTION"):
        Settings()
    monkeypatch.setenv("FIELDPROOF_MAP_TILES_ATTRIBUTION", "© Example")
    assert (Settings().map_tiles_url, Settings().map_tiles_attribution) == (TILES, "© Example")


def test_settings_name_what_is_wrong_with_a_tile_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_MAP_TILES_URL", "https://tiles.example/{z}.png")
    with pytest.raises(ValidationError, match=r"FIELDPROOF_MAP_TILES_URL is .*: it has no {x}"):
        Settings()


def test_settings_take_a_tile_file_that_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "map.pmtiles"
    monkeypatch.setenv("FIELDPROOF_MAP_PMTILES", str(path))
    with pytest.raises(ValidationError, match=r"FIELDPROOF_MAP_PMTILES is .*: it cannot be read"):
        Settings()
    path.write_bytes(b"GIF89a")
    with pytest.raises(ValidationError, match=r"FIELDPROOF_MAP_PMTILES is .*: it is no PMTiles file"):
        Settings()
    assert Settings(map_pmtiles=pmtiles(path)).map_pmtiles == path


def test_a_map_has_one_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIELDPROOF_MAP_TILES_URL", TILES)
    monkeypatch.setenv("FIELDPROOF_MAP_TILES_ATTRIBUTION", "© Example")
    monkeypatch.setenv("FIELDPROOF_MAP_PMTILES", str(pmtiles(tmp_path / "map.pmtiles")))
    with pytest.raises(ValidationError, match="not on both"):
        Settings()


def test_without_either_maps_are_drawn_on_outlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_MAP_TILES_URL", "")
    monkeypatch.setenv("FIELDPROOF_MAP_PMTILES", "")
    assert (Settings().map_tiles_url, Settings().map_pmtiles) == (None, None)
