// A territory's outlets: markers by how their day stands, and their fences from near by.

import { popupContent } from "./popups.js";
import { LOOKS, ShapeMarker } from "./shapes.js";

const FENCES_FROM = 15;
const MOST_FENCES = 400;
export const STATES = ["flagged", "missed", "unverified", "planned", "verified", "ordered", "excused", "not_planned"];
const RANK = Object.keys(LOOKS);

export class Outlets {
  constructor({ map, renderer, colours, say, items }) {
    Object.assign(this, { map, renderer, colours, say, items });
    this.markers = new Map();
    this.hidden = new Set();
    this.withoutLocation = 0;
    this.group = L.layerGroup().addTo(map);
    const pane = map.createPane("fences");
    pane.classList.add("map-fences");
    this.fences = L.layerGroup().addTo(map);
    this.fenceRenderer = L.canvas({ pane: "fences" });
    map.on("moveend", () => this.drawFences());
  }

  /** Shows a FeatureCollection of `GET /v1/outlet-map`; what is shown already stays, with its popup. */
  show(collection) {
    const features = [...collection.features];
    features.sort((a, b) => RANK.indexOf(a.properties.state) - RANK.indexOf(b.properties.state));
    const gone = new Set(this.markers.keys());
    for (const feature of features) {
      const code = feature.properties.outlet_code;
      gone.delete(code);
      const marker = this.markers.get(code);
      if (marker) this.change(marker, feature);
      else this.add(code, feature);
    }
    for (const code of gone) {
      this.markers.get(code).remove();
      this.markers.delete(code);
      this.items.forget(`outlet:${code}`);
    }
    this.withoutLocation = collection.without_location ?? 0;
    this.drawFences();
  }

  add(code, feature) {
    const marker = new ShapeMarker(placeOf(feature), { renderer: this.renderer, ...this.look(feature) });
    marker.feature = feature;
    marker.bindPopup(() => popupContent(this.words(marker.feature.properties), this.say));
    this.markers.set(code, marker);
    this.items.remember(`outlet:${code}`, marker);
    if (!this.hidden.has(feature.properties.state)) this.group.addLayer(marker);
  }

  change(marker, feature) {
    const before = marker.feature.properties.state;
    marker.feature = feature;
    marker.setLatLng(placeOf(feature));
    if (before === feature.properties.state) return;
    Object.assign(marker.options, this.look(feature));
    marker.setRadius(marker.options.radius);
    this.toggle(marker);
    if (this.map.hasLayer(marker)) marker.bringToFront();
  }

  look(feature) {
    const { shape, colour, radius } = LOOKS[feature.properties.state] ?? LOOKS.not_planned;
    const { [colour]: ink, paper } = this.colours();
    return { shape, radius, ink, paper };
  }

  words(outlet) {
    const visits = (outlet.visits ?? []).map((visit) =>
      [visit.rep_code, visit.sequence && this.say("sequence", visit), this.say(visit.status)].filter(Boolean).join(" · "),
    );
    const lines = outlet.lines ?? [this.say(outlet.state), ...visits];
    return { heading: `${outlet.outlet_name} (${outlet.outlet_code})`, lines, href: outlet.href };
  }

  nameOf(code) {
    return this.markers.get(code)?.feature.properties.outlet_name;
  }

  /** How many there are of each state. */
  counts() {
    const counts = Object.fromEntries(STATES.map((state) => [state, 0]));
    for (const { feature } of this.markers.values()) counts[feature.properties.state] += 1;
    return counts;
  }

  /** Shows or hides those of a state. */
  setShown(state, shown) {
    if (shown) this.hidden.delete(state);
    else this.hidden.add(state);
    for (const marker of this.markers.values()) this.toggle(marker);
    this.drawFences();
  }

  toggle(marker) {
    const hidden = this.hidden.has(marker.feature.properties.state);
    if (hidden) this.group.removeLayer(marker);
    else this.group.addLayer(marker);
  }

  /** The fences of what is in view, from a zoom on from which they are more than dots. */
  drawFences() {
    this.fences.clearLayers();
    if (this.map.getZoom() < FENCES_FROM) return;
    const view = this.map.getBounds().pad(0.2);
    let drawn = 0;
    for (const marker of this.markers.values()) {
      if (drawn >= MOST_FENCES) return;
      if (!this.map.hasLayer(marker) || !view.contains(marker.getLatLng())) continue;
      const { radius_m: radius, fence } = marker.feature.properties;
      const style = { renderer: this.fenceRenderer, interactive: false, color: this.colours().ink, weight: 1, fillOpacity: 0.06 };
      if (fence) this.fences.addLayer(L.geoJSON(fence, style));
      else if (radius) this.fences.addLayer(L.circle(marker.getLatLng(), { ...style, radius }));
      drawn += 1;
    }
  }

  recolour() {
    for (const marker of this.markers.values()) {
      Object.assign(marker.options, this.look(marker.feature));
      marker.redraw();
    }
    this.drawFences();
  }

  bounds() {
    return L.latLngBounds([...this.markers.values()].map((marker) => marker.getLatLng()));
  }
}

function placeOf(feature) {
  const [lon, lat] = feature.geometry.coordinates;
  return [lat, lon];
}
