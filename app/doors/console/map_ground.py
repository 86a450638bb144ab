"""What maps are drawn on, as the attributes of a page's map."""

from app.ground.settings import Settings

PMTILES = "/console/map.pmtiles"


def ground_of(settings: Settings) -> dict[str, str]:
    """The attributes by which static/map/ground.js finds its base map; none where that is the outlines beside it."""
    ground: dict[str, str] = {}
    if settings.map_tiles_url is not None:
        ground = {"data-tiles-url": settings.map_tiles_url, "data-tiles-attribution": settings.map_tiles_attribution}
    if settings.map_pmtiles is not None:
        ground = {"data-pmtiles-url": PMTILES, "data-tiles-attribution": settings.map_tiles_attribution}
    return ground
