// What the shapes mean, how many there are of each, and which are shown.

import { STATES } from "./outlets.js";
import { LOOKS, drawShape } from "./shapes.js";
import { VERDICTS } from "./tracks.js";

const SIDE = 20;

function swatch(key, colours) {
  const canvas = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = SIDE * ratio;
  canvas.className = "map-swatch";
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const line = { route: [], track: [5, 4] }[key];
  if (line) {
    context.strokeStyle = colours[key];
    context.lineWidth = 2.5;
    context.setLineDash(line);
    context.beginPath();
    context.moveTo(1, SIDE / 2);
    context.lineTo(SIDE - 1, SIDE / 2);
    context.stroke();
  } else {
    const { shape, colour, radius } = LOOKS[key];
    drawShape(context, SIDE / 2, SIDE / 2, { shape, radius, ink: colours[colour], paper: colours.paper });
  }
  return canvas;
}

export class Legend {
  constructor({ map, colours, say, outlets, tracks }) {
    Object.assign(this, { colours, say, outlets, tracks });
    this.box = document.createElement("details");
    this.box.className = "map-legend";
    this.box.open = true;
    const summary = document.createElement("summary");
    summary.textContent = say("legend");
    this.list = document.createElement("ul");
    this.box.append(summary, this.list);
    const place = document.getElementById(map.getContainer().dataset.legend ?? "");
    if (place) place.append(this.box);
    else this.putOn(map);
  }

  putOn(map) {
    this.box.open = map.getContainer().clientWidth > 600;
    L.DomEvent.disableClickPropagation(this.box);
    L.DomEvent.disableScrollPropagation(this.box);
    const control = L.control({ position: "topright" });
    control.onAdd = () => this.box;
    control.addTo(map);
  }

  /** Anew, after the data or the colours have changed; the keyboard stays where it was. */
  draw() {
    const focused = this.list.contains(document.activeElement) && document.activeElement.name;
    const entries = [];
    if (this.outlets.markers.size) {
      const counts = this.outlets.counts();
      entries.push(...STATES.map((state) => this.switchOf(state, counts[state])));
      const { withoutLocation: count } = this.outlets;
      if (count) entries.push(this.entry(this.say("without_location", { count })));
    }
    if (this.tracks.tracks.length) {
      const counts = this.tracks.counts();
      for (const key of this.tracks.lines()) entries.push(this.entry(swatch(key, this.colours()), this.say(key)));
      for (const code of VERDICTS.filter((code) => counts[code])) {
        entries.push(this.entry(swatch(code, this.colours()), `${this.say(code)} (${counts[code]})`));
      }
    }
    this.list.replaceChildren(...entries);
    this.box.hidden = !entries.length;
    if (focused) this.list.querySelector(`[name="${focused}"]`)?.focus();
  }

  entry(...parts) {
    const item = document.createElement("li");
    item.append(...parts);
    return item;
  }

  switchOf(state, count) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", name: state, checked: !this.outlets.hidden.has(state) });
    box.addEventListener("change", () => this.outlets.setShown(state, box.checked));
    label.append(box, swatch(state, this.colours()), `${this.say(state)} (${count})`);
    return this.entry(label);
  }
}
