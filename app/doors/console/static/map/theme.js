// The colours of a map: custom properties of its element, so that light and dark are a matter of style sheets.

const NAMES = [
  "sea", "land", "border", "place", "paper", "ink",
  "not-planned", "planned", "verified", "unverified", "missed", "excused", "ordered", "flagged",
  "route", "track", "inside", "outside", "uncertain", "no-fix",
];

/** The colours as they are now, by name; and `dark`. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
  return { ...colours, dark: style.getPropertyValue("--map-dark").trim() === "1" };
}

/** Calls back whenever they may have changed: by the system's choice, or by the page's. */
export function watchColours(callback) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
  new MutationObserver(callback).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
}
