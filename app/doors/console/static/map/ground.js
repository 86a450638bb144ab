// What lies below everything: the tiles of a server, those of a PMTiles file, or outlines where neither is set.

import { OutlineLayer } from "./outlines.js";

const HERE = new URL("../", import.meta.url);
const VECTOR = 1;
const PICTURES = { 2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif" };

const loaded = new Map();

/** Loads a script of this origin, once. */
function script(path) {
  if (!loaded.has(path)) {
    loaded.set(
      path,
      new Promise((resolve, reject) => {
        const element = document.createElement("script");
        element.src = new URL(path, HERE);
        element.onload = resolve;
        element.onerror = () => reject(new Error(path));
        document.head.append(element);
      }),
    );
  }
  return loaded.get(path);
}

/** Text for where Leaflet takes HTML. */
function escaped(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}

/** Pictures out of a file, drawn on canvases: pages may not load them as blobs. */
const PictureLayer = L.GridLayer.extend({
  createTile(coords, done) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 256;
    this.options
      .picture(coords)
      .then((picture) => {
        if (picture) tile.getContext("2d").drawImage(picture, 0, 0, 256, 256);
        done(null, tile);
      })
      .catch((error) => done(error, tile));
    return tile;
  },
});

async function fileLayer(url, attribution, dark) {
  await script("vendor/pmtiles/pmtiles.js");
  const archive = new window.pmtiles.PMTiles(url);
  const header = await archive.getHeader();
  if (header.tileType === VECTOR) {
    await script("vendor/protomaps-leaflet/protomaps-leaflet.js");
    const lang = document.documentElement.lang || "en";
    return window.protomapsL.leafletLayer({ url, flavor: dark ? "dark" : "light", lang, maxDataZoom: header.maxZoom });
  }
  const picture = async ({ z, x, y }) => {
    const entry = await archive.getZxy(z, x, y);
    return entry && createImageBitmap(new Blob([entry.data], { type: PICTURES[header.tileType] }));
  };
  return new PictureLayer({ picture, attribution: escaped(attribution), maxNativeZoom: header.maxZoom, maxZoom: 19 });
}

/** Puts the base map on a map, and another when the colours change. */
export async function layGround(map, element, colours) {
  const { tilesUrl, tilesAttribution = "", pmtilesUrl } = element.dataset;
  if (tilesUrl) {
    L.tileLayer(tilesUrl, { attribution: escaped(tilesAttribution), maxZoom: 19 }).addTo(map);
    return () => {};
  }
  if (!pmtilesUrl) {
    const layer = new OutlineLayer(new URL("basemap/", HERE), colours).addTo(map);
    return () => layer.redraw();
  }
  const url = new URL(pmtilesUrl, location.href).href;
  let layer = (await fileLayer(url, tilesAttribution, colours().dark)).addTo(map);
  return async () => {
    layer.remove();
    layer = (await fileLayer(url, tilesAttribution, colours().dark)).addTo(map);
  };
}
