// What all pages share: the viewer's zone, forms that are sent by a choice, clocks that count down, keys.

const root = document.documentElement;
root.classList.add("scripted");

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `fp_zone=${zone.replaceAll("/", "%2F")}; path=/; max-age=31536000; samesite=lax${secure}`;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form) form.requestSubmit();
});

// A form that asks before it does something that cannot be taken back.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// <time data-deadline="…" data-now="…">: the server's clock counts, from when the page came.
const cameAt = performance.now();

function remaining(element) {
  const elapsed = performance.now() - Number(element.dataset.cameAt ?? cameAt);
  return Math.round((Date.parse(element.dataset.deadline) - Date.parse(element.dataset.now) - elapsed) / 1000);
}

function showRemaining(element) {
  const seconds = remaining(element);
  const size = Math.abs(seconds);
  const parts = [Math.floor(size / 3600), Math.floor((size % 3600) / 60), size % 60];
  const text = parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
  element.textContent = (seconds < 0 ? "−" : "") + text;
  element.classList.toggle("over", seconds < 0);
  element.classList.toggle("soon", seconds >= 0 && seconds < 15 * 60);
}

function showClocks() {
  for (const element of document.querySelectorAll("[data-deadline]")) showRemaining(element);
}

document.addEventListener("htmx:afterSettle", (event) => {
  for (const element of event.target.querySelectorAll?.("[data-deadline]") ?? []) element.dataset.cameAt = performance.now();
  showClocks();
});
showClocks();
setInterval(showClocks, 1000);

// data-key="r": pressing the key does what a click would do, or puts the cursor into the field.
function types(element) {
  return element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && types(event.target)) {
    event.target.blur();
    return;
  }
  if (types(event.target)) return;
  const target = [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === event.key && !element.disabled && element.offsetParent !== null,
  );
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
});

// What is wider than the page is scrolled by keyboard, too.
function reachScrollers() {
  for (const scroller of document.querySelectorAll(".scroll")) {
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0;
    else scroller.removeAttribute("tabindex");
  }
}

addEventListener("resize", reachScrollers);
document.addEventListener("htmx:afterSettle", reachScrollers);
reachScrollers();
