// The base map that needs no server: outlines of land, borders, lakes and places, drawn tile by tile from files beside
// this one. requirements/basemap.py says what is in them.

const UNIT_ZOOM = 8;
const WORLD = 256 * 2 ** UNIT_ZOOM;
const COARSE_UNTIL = 5;
const LAKES_UNTIL = 9;
const CELL = 10;
const LABEL_PX = 130;
export const ATTRIBUTION = "Natural Earth, GeoNames (CC BY 4.0)";

/** A position of thousandths of a degree in pixels at UNIT_ZOOM: Web Mercator. */
function project(x, y) {
  const lat = Math.min(Math.max(y / 1000, -85.05), 85.05) * (Math.PI / 180);
  return [(x / 360000 + 0.5) * WORLD, (0.5 - Math.asinh(Math.tan(lat)) / (2 * Math.PI)) * WORLD];
}

const longitude = (x) => (x / WORLD - 0.5) * 360;
const latitude = (y) => (Math.atan(Math.sinh((0.5 - y / WORLD) * 2 * Math.PI)) * 180) / Math.PI;

/** Lines as one path, relative to an origin: a browser keeps a path's numbers short. */
function pathOf(shapes, origin, closed) {
  const path = new Path2D();
  for (const steps of shapes) {
    let x = 0;
    let y = 0;
    for (let index = 0; index < steps.length; index += 2) {
      x += steps[index];
      y += steps[index + 1];
      const [across, down] = project(x, y);
      path[index ? "lineTo" : "moveTo"](across - origin[0], down - origin[1]);
    }
    if (closed) path.closePath();
  }
  return path;
}

function sheetOf(content, origin) {
  return {
    origin,
    land: pathOf(content.land, origin, true),
    lakes: pathOf(content.lakes, origin, true),
    borders: pathOf(content.borders, origin, false),
    places: content.places.map(([x, y, zoom, name]) => ({ at: project(x, y), zoom, name })),
    cells: new Set(content.cells),
  };
}

/** Reads files once each: a sheet, which is what is drawn of a file. */
class Sheets {
  constructor(base) {
    this.base = base;
    this.read = new Map();
  }

  sheet(name, origin) {
    if (!this.read.has(name)) this.read.set(name, this.fetched(name, origin));
    return this.read.get(name);
  }

  async fetched(name, origin) {
    const answer = await fetch(new URL(`${name}.json`, this.base));
    if (!answer.ok) {
      this.read.delete(name);
      throw new Error(`${name}: ${answer.status}`);
    }
    return sheetOf(await answer.json(), origin);
  }

  /** Those that a rectangle (left, top, right, bottom in pixels at UNIT_ZOOM) is drawn from. */
  async within(zoom, [left, top, right, bottom]) {
    const world = await this.sheet("world", [0, 0]);
    if (zoom <= COARSE_UNTIL) return [world];
    const names = [];
    for (let west = corner(longitude(left)); west <= longitude(right); west += CELL) {
      for (let south = corner(latitude(bottom)); south <= latitude(top); south += CELL) {
        const name = `${south < 0 ? "s" : "n"}${pad(south, 2)}${west < 0 ? "w" : "e"}${pad(west, 3)}`;
        if (world.cells.has(name)) names.push([`cells/${name}`, project(west * 1000, (south + CELL) * 1000)]);
      }
    }
    return Promise.all(names.map(([name, origin]) => this.sheet(name, origin)));
  }
}

const corner = (degrees) => Math.floor(degrees / CELL) * CELL;
const pad = (degrees, digits) => String(Math.abs(degrees)).padStart(digits, "0");

function drawTile(context, sheets, { zoom, left, top, ratio, colours }) {
  const scale = 2 ** (zoom - UNIT_ZOOM) * ratio;
  const at = ({ origin }) => context.setTransform(scale, 0, 0, scale, (origin[0] - left) * scale, (origin[1] - top) * scale);
  for (const sheet of sheets) {
    at(sheet);
    context.fillStyle = colours.land;
    context.fill(sheet.land, "evenodd");
  }
  for (const sheet of sheets) {
    at(sheet);
    context.fillStyle = colours.sea;
    if (zoom <= LAKES_UNTIL) context.fill(sheet.lakes, "evenodd");
    context.strokeStyle = colours.border;
    context.lineWidth = ratio / scale;
    context.stroke(sheet.borders);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = "12px system-ui, sans-serif";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = colours.land;
  context.fillStyle = colours.place;
  for (const place of sheets.flatMap((sheet) => sheet.places)) {
    // the shorter way around the world
    const across = place.at[0] - left - WORLD * Math.round((place.at[0] - left) / WORLD);
    const [x, y] = [(across * scale) / ratio, ((place.at[1] - top) * scale) / ratio];
    if (place.zoom > zoom || Math.abs(x - 128) > 128 + LABEL_PX || Math.abs(y - 128) > 150) continue;
    context.fillRect(x - 1.5, y - 1.5, 3, 3);
    context.strokeText(place.name, x + 5, y + 4);
    context.fillText(place.name, x + 5, y + 4);
  }
}

/** The layer. `colours` is a function: they are asked for with each tile. */
export const OutlineLayer = L.GridLayer.extend({
  initialize(base, colours) {
    L.GridLayer.prototype.initialize.call(this, { attribution: ATTRIBUTION, maxZoom: 19, className: "map-outlines" });
    this.sheets = new Sheets(base);
    this.colours = colours;
  },

  createTile(coords, done) {
    const tile = document.createElement("canvas");
    const ratio = window.devicePixelRatio || 1;
    tile.width = tile.height = 256 * ratio;
    const side = 256 / 2 ** (coords.z - UNIT_ZOOM);
    const margin = (side * LABEL_PX) / 256;
    const [left, top] = [coords.x * side, coords.y * side];
    this.sheets.within(coords.z, [left - margin, top - margin, left + side + margin, top + side + margin]).then(
      (sheets) => {
        const context = tile.getContext("2d");
        drawTile(context, sheets, { zoom: coords.z, left, top, ratio, colours: this.colours() });
        done(null, tile);
      },
      (error) => done(error, tile),
    );
    return tile;
  },
});
