// What stands on a map in words. A page in another language gives its own as JSON in data-words, as many as it has.

const ENGLISH = {
  map: "Map",
  legend: "Legend",
  zoom_in: "Zoom in",
  zoom_out: "Zoom out",
  close: "Close",
  loading_failed: "The map's data could not be read. What is shown may be old.",
  without_location: "{count} without a location",
  open: "Open",
  sequence: "Stop {sequence}",
  expected: "Expected at {time}",
  not_planned: "Not planned today",
  planned: "Planned",
  verified: "Visited, verified",
  unverified: "Visited, not verified",
  missed: "Missed",
  excused: "Excused",
  ordered: "Ordered",
  flagged: "Order missing",
  route: "Planned route",
  track: "Where the phone was",
  arrival: "Arrival",
  departure: "Departure",
  INSIDE: "Check-in inside the fence",
  OUTSIDE: "Check-in outside the fence",
  UNCERTAIN: "Check-in uncertain",
  NO_OUTLET_LOCATION: "Check-in where no place is known",
};

/** A function that says the words of a key, with its {names} filled in. */
export function wordsOf(element) {
  const words = { ...ENGLISH, ...JSON.parse(element.dataset.words || "{}") };
  return (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
