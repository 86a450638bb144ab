"""What maps are drawn on beside the outlines that come with the service: a tile server, or a PMTiles file."""

from enum import Enum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

_HEADER_BYTES, _VERSION_AT, _KIND_AT = 127, 7, 99
_MAGIC, _VERSION = b"PMTiles", 3


class TileKind(Enum):
    """What the tiles of a PMTiles file are, by the byte that says so in its header (version 3)."""

    VECTOR = 1
    PNG = 2
    JPEG = 3
    WEBP = 4
    AVIF = 5

    @classmethod
    def of(cls, path: Path) -> Self:
        """Those of a file. Raises ValueError where it is none that browsers can draw."""
        try:
            with path.open("rb") as file:
                header = file.read(_HEADER_BYTES)
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from error
        if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC) or header[_VERSION_AT] != _VERSION:
            raise ValueError(f"it is no PMTiles file of version {_VERSION}")
        return cls(header[_KIND_AT])


def check_tile_address(url: str) -> None:
    """Raises ValueError unless it is an https:// address with {z}, {x} and {y} in its path, of a server that is named.

    Of the own machine it may be http://, to try it.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and host in {"127.0.0.1", "localhost"}):
        raise ValueError("it begins with https://")
    if not host or "{" in parts.netloc or parts.username is not None:
        raise ValueError("it names a server, by itself: pages are told which they may ask")
    if any(character in parts.netloc for character in " ;,'\""):
        raise ValueError("its server has no such name")
    if missing := [part for part in ("{z}", "{x}", "{y}") if part not in parts.path + parts.query]:
        raise ValueError(f"it has no {missing[0]}")


class MapSettings(BaseSettings):
    """Those of maps, a part of `Settings`."""

    map_tiles_url: str | None = Field(
        default=None,
        description="https://…/{z}/{x}/{y}.png of a tile server that maps are drawn on; without it outlines",
    )
    map_tiles_attribution: str = Field(
        default="", max_length=200, description="whose map that is: it stands in its corner, as text"
    )
    map_pmtiles: Path | None = Field(
        default=None, description="a .pmtiles file on this machine that maps are drawn on, instead of a tile server"
    )

    @field_validator("map_tiles_url")
    @classmethod
    def _is_a_tile_server(cls, url: str | None) -> str | None:
        if url:
            try:
                check_tile_address(url)
            except ValueError as error:
                raise ValueError(f"FIELDPROOF_MAP_TILES_URL is https://…/{{z}}/{{x}}/{{y}}.png: {error}") from error
        return url or None

    @field_validator("map_pmtiles", mode="before")
    @classmethod
    def _is_a_tile_file(cls, path: str | Path | None) -> Path | None:
        if path:
            try:
                TileKind.of(Path(path))
            except ValueError as error:
                raise ValueError(f"FIELDPROOF_MAP_PMTILES is the path of a .pmtiles file: {error}") from error
        return Path(path) if path else None

    @model_validator(mode="after")
    def _a_map_has_a_source(self) -> Self:
        if self.map_tiles_url is not None and self.map_pmtiles is not None:
            raise ValueError("maps are drawn on FIELDPROOF_MAP_TILES_URL or on FIELDPROOF_MAP_PMTILES, not on both")
        if self.map_tiles_url is not None and not self.map_tiles_attribution.strip():
            raise ValueError("FIELDPROOF_MAP_TILES_URL needs FIELDPROOF_MAP_TILES_ATTRIBUTION: whose map it is")
        return self
