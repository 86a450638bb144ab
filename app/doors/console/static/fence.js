// The editor of a fence: every <div data-fence-map> within a form. Leaflet and geoman (vendor/leaflet-geoman-free) are
// loaded before. What is drawn is written into fields of the form, and what is typed there is drawn: who cannot use the
// map does without it.
//
//   data-lat, data-lon, data-radius   the names of the fields of a circle (lat, lon, radius_m)
//   data-fence                        the name of the field of a polygon, as GeoJSON (fence)
//   data-words, data-tiles-url …      as of other maps (map.js)
//
// A fence is a circle or a polygon: the fields of the other are emptied.

import { makeMap } from "./map/frame.js";
import { layGround } from "./map/ground.js";
import { coloursOf, watchColours } from "./map/theme.js";
import { wordsOf } from "./map/words.js";

const USUAL_RADIUS_M = 80;
const NEAR = 17;
const EDITED = "pm:change pm:edit pm:dragend pm:markerdragend";
const TOOLS = {
  position: "topleft",
  ...Object.fromEntries(
    ["Marker", "CircleMarker", "Polyline", "Rectangle", "Text"].map((name) => [`draw${name}`, false]),
  ),
  drawCircle: true,
  drawPolygon: true,
  editMode: false,
  dragMode: true,
  cutPolygon: false,
  rotateMode: false,
  removalMode: true,
};

// geoman's handles are for a pointer: nobody is led through them who has only keys, and who types into the fields instead
L.Marker.mergeOptions({ keyboard: false });

class FenceMap {
  constructor(element) {
    const form = element.closest("form");
    const { lat = "lat", lon = "lon", radius = "radius_m", fence = "fence" } = element.dataset;
    const names = { lat, lon, radius, fence };
    this.fields = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, form.elements.namedItem(name)]));
    this.element = element;
    this.say = wordsOf(element);
    this.map = makeMap(element, this.say);
    this.palette = coloursOf(element);
    layGround(this.map, element, () => this.palette).then((relay) => (this.relay = relay), () => {});
    this.map.pm.setLang((document.documentElement.lang || "en").slice(0, 2));
    this.map.pm.addControls(TOOLS);
    // geoman names what is around its buttons, and not these
    for (const tool of element.querySelectorAll(".button-container")) {
      tool.querySelector("a").setAttribute("aria-label", tool.title);
    }
    this.map.pm.setGlobalOptions({ allowSelfIntersection: false, snappable: false, continueDrawing: false });
    this.restyle();
    this.map.on("pm:create", ({ layer }) => this.drawn(layer));
    this.map.on("pm:remove", ({ layer }) => layer === this.layer && this.removed());
    watchColours(() => this.restyle());
    for (const field of Object.values(this.fields)) field?.addEventListener("input", () => this.writing || this.typed());
    this.typed();
  }

  restyle() {
    this.palette = coloursOf(this.element);
    this.style = { color: this.palette.planned, weight: 2, fillOpacity: 0.15 };
    this.map.pm.setPathOptions(this.style);
    this.layer?.setStyle(this.style);
    this.relay?.();
  }

  /** What the fields say is shown, where it is a fence. */
  typed() {
    const layer = this.polygonOfFields() ?? this.circleOfFields();
    if (!layer) return;
    this.layer?.remove();
    this.hold(layer.addTo(this.map));
    if (layer.getLatLngs) this.map.fitBounds(layer.getBounds(), { maxZoom: 18, animate: false });
    else this.map.setView(layer.getLatLng(), Math.max(this.map.getZoom(), NEAR), { animate: false });
  }

  circleOfFields() {
    const [lat, lon, radius] = ["lat", "lon", "radius"].map((key) => numberOf(this.fields[key]));
    if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return null;
    return L.circle([lat, lon], { ...this.style, radius: radius > 0 ? radius : USUAL_RADIUS_M });
  }

  polygonOfFields() {
    try {
      const geometry = JSON.parse(this.fields.fence?.value || "null");
      if (geometry?.type !== "Polygon") return null;
      return L.polygon(L.GeoJSON.coordsToLatLngs(geometry.coordinates, 1), this.style);
    } catch {
      return null; // it is still being typed
    }
  }

  drawn(layer) {
    this.layer?.remove();
    this.hold(layer);
    this.write();
  }

  hold(layer) {
    this.layer = layer;
    layer.setStyle(this.style);
    layer.on(EDITED, () => this.write());
    layer.pm.enable({ allowSelfIntersection: false, snappable: false });
  }

  removed() {
    this.layer = null;
    this.fill({ lat: "", lon: "", radius: "", fence: "" });
  }

  write() {
    if (this.layer instanceof L.Circle) {
      const { lat, lng } = this.layer.getLatLng().wrap();
      const radius = Math.max(1, Math.round(this.layer.getRadius()));
      this.fill({ lat: lat.toFixed(6), lon: lng.toFixed(6), radius: String(radius), fence: "" });
    } else {
      const { geometry } = this.layer.toGeoJSON(6);
      this.fill({ lat: "", lon: "", radius: "", fence: JSON.stringify(geometry) });
    }
  }

  fill(values) {
    this.writing = true;
    for (const [key, value] of Object.entries(values)) {
      const field = this.fields[key];
      if (!field || field.value === value) continue;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.writing = false;
  }
}

function numberOf(field) {
  const text = field?.value.trim().replace(",", ".");
  return text ? Number(text) : NaN;
}

for (const element of document.querySelectorAll("[data-fence-map]")) element.fenceMap = new FenceMap(element);
