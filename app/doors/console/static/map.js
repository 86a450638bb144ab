// Maps of the console: every <div data-map> of a page. Leaflet (vendor/leaflet/leaflet.js) is loaded before.
//
//   data-outlets-url   JSON of GET /v1/outlet-map
//   data-tracks-url    JSON of GET /v1/reps/{rep_code}/tracks/{visit_date}, or a list of such
//   data-routes-url    JSON of GET /v1/reps/{rep_code}/routes/{visit_date}.geojson, or a list of such
//   data-focus         what is shown first: outlet:CODE, stop:VISIT, check-in:ID
//   data-legend        id of an element beside the map that the legend is put into, instead of onto the map
//   data-words         JSON of words in another language (map/words.js)
//   data-tiles-url, data-tiles-attribution; data-pmtiles-url: the base map, where not outlines
//
// Outlets, stops and check-ins may have `lines` (texts) and `href` (a page of the console), which their popups show. A
// track without `rep_code` is none: check-ins between which nobody went.
// The event `fieldproof:refresh` at the element reads the data again; `fieldproof:drawn` is sent when it is shown.

import { makeMap } from "./map/frame.js";
import { layGround } from "./map/ground.js";
import { Items } from "./map/items.js";
import { Legend } from "./map/legend.js";
import { Outlets } from "./map/outlets.js";
import { coloursOf, watchColours } from "./map/theme.js";
import { Tracks } from "./map/tracks.js";
import { wordsOf } from "./map/words.js";

const listOf = (content) => (Array.isArray(content) ? content : [content]);

async function read(url, signal) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

class DayMap {
  constructor(element) {
    this.element = element;
    const say = wordsOf(element);
    const map = makeMap(element, say);
    this.palette = coloursOf(element);
    const colours = () => this.palette;
    const items = new Items(map, say);
    const shared = { map, renderer: L.canvas({ padding: 0.3 }), colours, say, items };
    const outlets = new Outlets(shared);
    const tracks = new Tracks({ ...shared, outlets });
    const legend = new Legend({ ...shared, outlets, tracks });
    Object.assign(this, { map, say, items, outlets, tracks, legend });
    this.message = document.createElement("p");
    this.message.className = "map-message";
    this.message.setAttribute("role", "status");
    this.message.hidden = true;
    element.append(this.message);
    layGround(map, element, colours).then(
      (relay) => (this.relay = relay),
      () => this.tell("loading_failed"),
    );
    watchColours(() => this.recolour());
    element.addEventListener("fieldproof:refresh", () => this.refresh());
    this.refresh();
  }

  /** Reads the data and shows it. What is shown stays where it cannot be read. */
  async refresh() {
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    const { outletsUrl, tracksUrl, routesUrl } = this.element.dataset;
    const asked = [outletsUrl, tracksUrl, routesUrl].map((url) => (url ? read(url, reading.signal) : null));
    try {
      const [outlets, tracks, routes] = await Promise.all(asked);
      if (outlets) this.outlets.show(outlets);
      if (tracks || routes) this.tracks.show(listOf(tracks ?? []), listOf(routes ?? []));
      this.tell("");
    } catch (error) {
      if (!reading.signal.aborted) this.tell("loading_failed");
      return;
    }
    this.legend.draw();
    if (!this.drawn) this.lookFirst();
    this.drawn = true;
    this.element.dispatchEvent(new CustomEvent("fieldproof:drawn", { bubbles: true }));
  }

  lookFirst() {
    const { focus } = this.element.dataset;
    const bounds = [this.tracks.bounds(), this.outlets.bounds()].find((candidate) => candidate.isValid());
    if (bounds) this.map.fitBounds(bounds, { padding: [24, 24], maxZoom: 16, animate: false });
    if (focus) this.items.focus(focus);
  }

  tell(key) {
    this.message.textContent = key && this.say(key);
    this.message.hidden = !key;
  }

  recolour() {
    this.palette = coloursOf(this.element);
    this.outlets.recolour();
    this.tracks.draw();
    this.legend.draw();
    this.relay?.();
  }
}

function start(root) {
  for (const element of root.querySelectorAll("[data-map]:not(.leaflet-container)")) element.dayMap = new DayMap(element);
}

start(document);
// a map that a swap has brought into the page
document.addEventListener("htmx:load", (event) => start(event.target.parentElement ?? document));
