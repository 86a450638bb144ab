// The map of today and the list beside it follow what happens, together, and never more often than this.
const EVERY_MS = 2000;

const map = document.getElementById("map");
let waiting = null;

document.addEventListener("sse:changed", () => {
  waiting ??= setTimeout(() => {
    waiting = null;
    htmx.trigger("#beside", "refresh");
    map.dispatchEvent(new CustomEvent("fieldproof:refresh"));
  }, EVERY_MS);
});
