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
    const key = popup._source?.itemKey;
    this.mark(key);
  }

  closed() {
    this.mark(null);
    // only from within the popup: whoever has gone on elsewhere stays there
    if (this.opener?.isConnected && this.map.getContainer().contains(document.activeElement)) this.opener.focus();
    this.opener = null;
  }

  mark(key) {
    for (const element of document.querySelectorAll("[data-map-item]")) {
      const current = key !== null && element.dataset.mapItem === key;
      element.toggleAttribute("aria-current", current);
      if (current) element.setAttribute("aria-current", "true");
      if (current && element !== this.opener) element.scrollIntoView({ block: "nearest" });
    }
  }
}
