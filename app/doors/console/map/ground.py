"""What maps are drawn on, as the attributes of a page's map."""

from typing import Any

from app.doors.console.rendering import static_address
from app.ground.settings import Settings

PMTILES = "/console/map.pmtiles"
BASEMAP = "basemap/world.json"


def ground_of(settings: Settings) -> dict[str, Any]:
    """The attributes by which static/map.js finds its base map."""
    ground = {"basemap-url": static_address(BASEMAP).removesuffix("world.json")}
    if settings.map_tiles_url:
        ground |= {"tiles-url": settings.map_tiles_url, "tiles-attribution": settings.map_tiles_attribution or ""}
    if settings.map_pmtiles:
        ground["pmtiles-url"] = PMTILES
    return {f"data-{name}": value for name, value in ground.items()}
