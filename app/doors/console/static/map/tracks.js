// Reps' days: the planned route as a line with numbered stops, the way of the phone dashed, and its check-ins.

import { popupContent } from "./popups.js";
import { LOOKS, ShapeMarker } from "./shapes.js";

export const VERDICTS = ["INSIDE", "UNCERTAIN", "OUTSIDE", "NO_OUTLET_LOCATION"];
const MOST_ACCURACY_M = 20_000;

export class Tracks {
  constructor({ map, renderer, colours, say, items, outlets }) {
    Object.assign(this, { map, renderer, colours, say, items, outlets });
    this.group = L.featureGroup().addTo(map);
    this.keys = [];
    this.tracks = [];
    this.routes = [];
    this.drawn = new Set();
  }

  /** Shows answers of `GET /v1/reps/{rep_code}/tracks/{visit_date}`, and of `…/routes/{visit_date}.geojson`. */
  show(tracks, routes) {
    Object.assign(this, { tracks, routes });
    this.draw();
  }

  draw() {
    this.items.across(() => this.drawAnew());
  }

  drawAnew() {
    this.group.clearLayers();
    this.drawn.clear();
    this.keys.splice(0).forEach((key) => this.items.forget(key));
    for (const route of this.routes) this.drawRoute(route);
    for (const track of this.tracks) this.drawTrack(track);
    // where nobody's stops are looked at, how the outlets stand comes first
    if (!this.tracks.some((track) => track.stops.length)) this.sendToBack();
  }

  /** The line of a route as it was calculated; without one, that of a track goes from stop to stop. */
  drawRoute({ features = [] }) {
    for (const { geometry } of features) {
      if (geometry?.type === "LineString") this.drawLine(geometry.coordinates.map(([lon, lat]) => [lat, lon]), "route");
    }
  }

  drawLine(points, name) {
    if (points.length < 2) return;
    this.drawn.add(name);
    const style = name === "route" ? { weight: 3, opacity: 0.7 } : { weight: 2.5, dashArray: "7 6" };
    const colour = this.colours()[name];
    this.group.addLayer(L.polyline(points, { renderer: this.renderer, interactive: false, color: colour, ...style }));
  }

  drawTrack(track) {
    const stops = track.stops.filter((stop) => stop.lat !== null && stop.lon !== null);
    if (!this.routes.length) this.drawLine(stops.map(placeOf), "route");
    const checkIns = track.check_ins.filter((checkIn) => checkIn.fix);
    // check-ins of several reps or days are no way
    if (track.rep_code) this.drawLine(checkIns.map(({ fix }) => placeOf(fix)), "track");
    for (const checkIn of checkIns) this.drawAccuracy(checkIn);
    stops.forEach((stop, index) => this.drawStop(track, stop, stop.sequence ?? index + 1));
    for (const checkIn of checkIns) this.drawCheckIn(track, checkIn);
  }

  drawStop(track, stop, number) {
    const { paper, route: ink } = this.colours();
    const look = { shape: "number", radius: 9, ink, paper, label: String(number), beside: [-10, -10] };
    const lines = stop.lines ?? [
      [track.rep_code, this.say("sequence", { sequence: number }), this.say(stop.status)].join(" · "),
      stop.expected_at && this.say("expected", { time: this.time(stop.expected_at, track) }),
    ];
    const heading = `${stop.outlet_name} (${stop.outlet_code})`;
    this.addMarker(`stop:${stop.visit_id}`, placeOf(stop), look, { heading, lines, href: stop.href });
  }

  drawAccuracy({ fix, verdict }) {
    if (!(fix.accuracy_m > 0 && fix.accuracy_m < MOST_ACCURACY_M)) return;
    const style = { renderer: this.renderer, interactive: false, weight: 1.5, fillOpacity: 0.12 };
    const color = this.colours()[lookOf(verdict).colour];
    this.group.addLayer(L.circle(placeOf(fix), { ...style, color, radius: fix.accuracy_m }));
  }

  drawCheckIn(track, checkIn) {
    const { fix, verdict } = checkIn;
    const { shape, colour, radius } = lookOf(verdict);
    const { [colour]: ink, paper } = this.colours();
    const when = this.time(checkIn.corrected_at, track);
    const lines = checkIn.lines ?? [
      [track.rep_code, this.say(checkIn.kind), when].join(" · "),
      this.say(verdict.code),
    ];
    const code = checkIn.outlet_code;
    const name = checkIn.outlet_name ?? this.outlets.nameOf(code);
    const words = { heading: name ? `${name} (${code})` : code, lines, href: checkIn.href };
    this.addMarker(`check-in:${checkIn.id}`, placeOf(fix), { shape, radius, ink, paper }, words);
  }

  time(instant, track) {
    const style = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: track.time_zone };
    return new Intl.DateTimeFormat(document.documentElement.lang || "en", style).format(new Date(instant));
  }

  addMarker(key, place, look, words) {
    const marker = new ShapeMarker(place, { renderer: this.renderer, ...look });
    marker.bindPopup(() => popupContent(words, this.say));
    this.group.addLayer(marker);
    this.items.remember(key, marker);
    this.keys.push(key);
  }

  sendToBack() {
    for (const layer of this.group.getLayers().reverse()) layer.bringToBack();
  }

  counts() {
    const codes = this.tracks.flatMap((track) => track.check_ins).map((checkIn) => checkIn.verdict.code);
    return Object.fromEntries(VERDICTS.map((code) => [code, codes.filter((other) => other === code).length]));
  }

  /** Which lines there are to be explained. */
  lines() {
    return ["route", "track"].filter((name) => this.drawn.has(name));
  }

  bounds() {
    return this.group.getBounds();
  }
}

const lookOf = (verdict) => LOOKS[verdict.code] ?? LOOKS.NO_OUTLET_LOCATION;
const placeOf = ({ lat, lon }) => [lat, lon];
