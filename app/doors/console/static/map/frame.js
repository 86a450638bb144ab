// The frame of every map: its buttons, its scale, what a screen reader calls it.

/** A Leaflet map in an element, in the words and colours of the page. */
export function makeMap(element, say) {
  const map = L.map(element, { zoomControl: false, preferCanvas: true, minZoom: 2, worldCopyJump: true });
  map.attributionControl.setPrefix("Leaflet");
  L.control.zoom({ zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", say("map"));
  element.setAttribute("role", "region");
  return map.setView([30, 15], 2);
}
