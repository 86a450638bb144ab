// A rep's week: visits are moved by drag and by keys, as the forms beside them would do it without a script.

const EDGES = { ArrowUp: "earlier", ArrowDown: "later", ArrowLeft: "day_before", ArrowRight: "day_after" };

const plan = () => document.getElementById("plan");
const stopOf = (element) => element.closest?.(".stop");
const linkAt = (outlet, day) =>
  document.querySelector(`.stop[data-outlet="${CSS.escape(outlet)}"][data-day="${CSS.escape(day)}"] > a`);

let dragged = null;
let after = null; // the visit that had the focus, to give it back to once the plan is shown anew

// What an approved plan is changed for, asked each time, with what was said before.
function reason() {
  const dialog = document.getElementById("why");
  if (!dialog) return Promise.resolve({});
  return new Promise((resolve) => {
    const form = dialog.querySelector("form");
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "go" ? Object.fromEntries(new FormData(form)) : null),
      { once: true },
    );
    dialog.showModal();
  });
}

async function move(stop, step, to = {}) {
  const { outlet, day } = stop.dataset;
  const why = await reason();
  if (why === null) {
    linkAt(outlet, day)?.focus();
    return;
  }
  after = outlet;
  const values = { outlet_code: outlet, from_date: day, step, version: plan().dataset.version, ...to, ...why };
  await window.htmx.ajax("POST", plan().dataset.moves, { values, source: "#plan", target: "#plan", swap: "outerHTML" });
}

// Dragging. A place is that of the visit under the pointer, or the day's last.
function placeAt(list, y) {
  const stops = [...list.querySelectorAll(".stop:not(.dragged)")];
  const next = stops.findIndex((stop) => {
    const box = stop.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  return { place: next < 0 ? stops.length + 1 : next + 1, before: stops[next] };
}

function clearMarks() {
  for (const marked of document.querySelectorAll(".drop-here, .drop-end")) marked.classList.remove("drop-here", "drop-end");
}

document.addEventListener("dragstart", (event) => {
  const stop = stopOf(event.target);
  if (stop?.getAttribute("draggable") !== "true") return;
  dragged = stop;
  stop.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", stop.dataset.outlet);
});

document.addEventListener("dragover", (event) => {
  const list = dragged && event.target.closest?.(".day")?.querySelector(".stops[data-open]");
  clearMarks();
  if (!list) return;
  event.preventDefault();
  const { before } = placeAt(list, event.clientY);
  (before ?? list).classList.add(before ? "drop-here" : "drop-end");
});

document.addEventListener("drop", (event) => {
  const list = dragged && event.target.closest?.(".day")?.querySelector(".stops[data-open]");
  if (!list) return;
  event.preventDefault();
  const { place } = placeAt(list, event.clientY);
  const stop = dragged;
  const places = [...list.querySelectorAll(".stop")];
  if (stop.dataset.day === list.dataset.day && places.indexOf(stop) + 1 === place) return;
  move(stop, "to", { to_date: list.dataset.day, place });
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = null;
  clearMarks();
});

// Keys. Arrows go from visit to visit; with Shift they take it along.
function neighbour(stop, key) {
  if (key === "ArrowUp") return stop.previousElementSibling;
  if (key === "ArrowDown") return stop.nextElementSibling;
  const lists = [...document.querySelectorAll(".stops")].filter((list) => list.children.length > 0);
  const list = stop.parentElement;
  const beside = lists[lists.indexOf(list) + (key === "ArrowRight" ? 1 : -1)];
  return beside?.children[Math.min([...list.children].indexOf(stop), beside.children.length - 1)];
}

document.addEventListener("keydown", (event) => {
  const stop = stopOf(event.target);
  if (!stop || event.ctrlKey || event.metaKey || event.altKey) return;
  const isOpen = stop.getAttribute("draggable") === "true";
  if (event.key === "Delete" && isOpen) {
    event.preventDefault();
    move(stop, "out");
  } else if (event.key in EDGES && event.shiftKey) {
    event.preventDefault();
    if (isOpen) move(stop, EDGES[event.key]);
  } else if (event.key in EDGES) {
    event.preventDefault();
    neighbour(stop, event.key)?.querySelector("a")?.focus();
  }
});

// What came anew: the visit that was moved has the focus again; one that was chosen is read first.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "visit" || event.detail.elt?.id === "visit") {
    const title = document.querySelector("#visit h2");
    title?.scrollIntoView({ block: "nearest" });
    title?.focus();
  } else if (after !== null) {
    const day = document.querySelector(".stop > a[aria-current]")?.parentElement.dataset.day;
    if (day) linkAt(after, day)?.focus();
    after = null;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.closest?.("#visit")) return;
  document.querySelector(".stop > a[aria-current]")?.focus();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".stop > a");
  if (!link) return;
  for (const other of document.querySelectorAll(".stop > a[aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});

