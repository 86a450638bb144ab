// What is on the map and in the list beside it: each leads to the other, by mouse and by keyboard.
//
// A list's item is a button or a link with data-map-item="outlet:PAT-0042" (stop:…, check-in:…), anywhere on the page.

const NEAR = 16;

export class Items {
  constructor(map, say) {
    this.map = map;
    this.say = say;
    this.markers = new Map();
    this.opener = null;
    this.current = null;
    document.addEventListener("htmx:afterSettle", () => this.mark());
    document.addEventListener("click", (event) => this.clicked(event));
    map.on("popupopen", ({ popup }) => this.opened(popup));
    map.on("popupclose", () => this.closed());
  }

  remember(key, marker) {
    this.markers.set(key, marker);
    marker.itemKey = key;
  }

  forget(key) {
    this.markers.delete(key);
  }

  /** Shows what has this key, from near enough; whether there is such a thing. */
  focus(key, opener = null) {
    const marker = this.markers.get(key);
    if (!marker || !this.map.hasLayer(marker)) return false;
    this.opener = opener;
    this.map.setView(marker.getLatLng(), Math.max(this.map.getZoom(), NEAR), { animate: false });
    marker.openPopup();
    if (opener) this.map.getContainer().querySelector(".map-popup")?.focus();
    return true;
  }

  clicked(event) {
    const element = event.target.closest?.("[data-map-item]");
    if (element && this.focus(element.dataset.mapItem, element)) event.preventDefault();
  }

  opened(popup) {
    const container = popup.getElement();
    container.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", this.say("close"));
    container.onkeydown = (event) => event.key === "Escape" && this.map.closePopup();
    this.current = popup._source?.itemKey ?? null;
    this.mark(true);
  }

  closed() {
    this.current = null;
    this.mark();
    // only from within the popup: whoever has gone on elsewhere stays there
    if (this.opener?.isConnected && this.map.getContainer().contains(document.activeElement)) this.opener.focus();
    this.opener = null;
  }

  /** Draws markers anew. The popup that is open stays, and is its new marker's; the keyboard stays where it was. */
  across(draw) {
    const before = this.markers.get(this.current);
    const popup = before?.getPopup();
    before?.unbindPopup();
    draw();
    const marker = this.markers.get(this.current);
    if (marker && popup) this.handOver(popup, marker);
    else if (popup) this.map.closePopup(popup);
  }

  handOver(popup, marker) {
    const content = marker.getPopup()?.getContent() ?? popup.getContent();
    marker.unbindPopup().bindPopup(popup);
    // what has not moved does not move the map either
    if (!popup.getLatLng().equals(marker.getLatLng())) popup.setLatLng(marker.getLatLng());
    const shown = popup.getElement()?.querySelector(".map-popup");
    if (shown?.outerHTML === content(marker).outerHTML) return;
    const inside = shown?.contains(document.activeElement);
    popup.setContent(content);
    if (inside) popup.getElement()?.querySelector(".map-popup")?.focus();
  }

  /** Marks in the list what is open on the map, also in a list that has come anew. */
  mark(reveal = false) {
    for (const element of document.querySelectorAll("[data-map-item]")) {
      const current = element.dataset.mapItem === this.current;
      if (current) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
      if (current && reveal && element !== this.opener) element.scrollIntoView({ block: "nearest" });
    }
  }
}
