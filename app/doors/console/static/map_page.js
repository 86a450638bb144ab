// The map of today follows what happens, at most every five seconds.
const map = document.getElementById("map");
let waiting = null;

document.addEventListener("htmx:sseMessage", () => {
  waiting ??= setTimeout(() => {
    waiting = null;
    map.dispatchEvent(new CustomEvent("fieldproof:refresh"));
  }, 5000);
});
