// Markers on the canvas, told apart by shape as much as by colour. Of the same strokes are the swatches of the legend.

const circle = (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI);

function lines(context, x, y, r, points) {
  points.forEach(([dx, dy], index) => context[index ? "lineTo" : "moveTo"](x + dx * r, y + dy * r));
  context.closePath();
}

const square = (context, x, y, r) => context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
const diamond = (context, x, y, r) => lines(context, x, y, 1.25 * r, [[0, -1], [1, 0], [0, 1], [-1, 0]]);
const triangle = (context, x, y, r) => lines(context, x, y, 1.35 * r, [[0, -1], [1, 0.8], [-1, 0.8]]);

function cross(context, x, y, r) {
  for (const side of [-1, 1]) {
    context.moveTo(x - side * r, y - r);
    context.lineTo(x + side * r, y + r);
  }
}

function tick(context, x, y, r) {
  context.moveTo(x - 0.5 * r, y);
  context.lineTo(x - 0.1 * r, y + 0.45 * r);
  context.lineTo(x + 0.5 * r, y - 0.45 * r);
}

function bar(context, x, y, r) {
  context.moveTo(x - 0.5 * r, y);
  context.lineTo(x + 0.5 * r, y);
}

function exclamation(context, x, y, r) {
  context.moveTo(x, y - 0.5 * r);
  context.lineTo(x, y + 0.25 * r);
  context.moveTo(x, y + 0.5 * r);
  context.lineTo(x, y + 0.7 * r);
}

// filled: with the ink, and the mark on it in the paper's colour; else the other way round
const SHAPES = {
  ring: { outline: circle },
  disc: { outline: circle, filled: true },
  tickedSquare: { outline: square, filled: true, mark: tick },
  diamond: { outline: diamond },
  filledDiamond: { outline: diamond, filled: true },
  triangle: { outline: triangle, filled: true, mark: exclamation },
  barredRing: { outline: circle, mark: bar },
  cross: { outline: cross, open: true },
  number: { outline: circle, filled: true },
};

/** How each thing on the map looks; the later ones lie above. */
export const LOOKS = {
  not_planned: { shape: "ring", colour: "not-planned", radius: 3 },
  excused: { shape: "barredRing", colour: "excused", radius: 6 },
  planned: { shape: "ring", colour: "planned", radius: 6 },
  verified: { shape: "disc", colour: "verified", radius: 6 },
  ordered: { shape: "tickedSquare", colour: "ordered", radius: 6 },
  unverified: { shape: "diamond", colour: "unverified", radius: 6 },
  missed: { shape: "cross", colour: "missed", radius: 5 },
  flagged: { shape: "triangle", colour: "flagged", radius: 8 },
  INSIDE: { shape: "disc", colour: "inside", radius: 4 },
  UNCERTAIN: { shape: "filledDiamond", colour: "uncertain", radius: 4 },
  OUTSIDE: { shape: "cross", colour: "outside", radius: 4 },
  NO_OUTLET_LOCATION: { shape: "ring", colour: "no-fix", radius: 4 },
};

function stroke(context, path, place, width, colour) {
  context.beginPath();
  path(context, ...place);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

/** Draws a shape around (x, y); `label` is a short text within it. */
export function drawShape(context, x, y, { shape, radius, ink, paper, label }) {
  const { outline, filled, open, mark } = SHAPES[shape];
  const place = [x, y, radius];
  stroke(context, outline, place, open ? 5 : 4, paper);
  if (!open) {
    context.fillStyle = filled ? ink : paper;
    context.fill();
  }
  stroke(context, outline, place, open ? 2.5 : 1.75, ink);
  if (mark) stroke(context, mark, place, 1.75, filled ? paper : ink);
  if (label) {
    context.fillStyle = paper;
    context.font = `600 ${Math.round(radius * 1.15)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(label, x, y + 0.5);
  }
}

const SMALL_BELOW = 12;

L.Canvas.include({
  _updateShape(layer) {
    if (!this._drawing || layer._empty()) return;
    const size = this._map.getZoom() < SMALL_BELOW ? 0.7 : 1;
    drawShape(this._ctx, layer._point.x, layer._point.y, { ...layer.options, radius: layer.options.radius * size });
  },
});

/** A marker that is drawn as one of the shapes; `beside`: so many pixels from its place, for what else lies there. */
export const ShapeMarker = L.CircleMarker.extend({
  _project() {
    L.CircleMarker.prototype._project.call(this);
    if (this.options.beside) {
      this._point = this._point.add(this.options.beside);
      this._updateBounds();
    }
  },

  _updatePath() {
    this._renderer._updateShape(this);
  },
});
