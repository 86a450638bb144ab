// The queue by keyboard, and several doubts at once. Without this the page works by links, boxes and buttons.

const bar = document.getElementById("several");
const keys = document.getElementById("keys");
const narrow = window.matchMedia("(max-width: 62rem)");

const rows = () => [...document.querySelectorAll("[data-doubt]")];
const current = () => rows().findIndex((row) => row.hasAttribute("aria-current"));
const boxes = (within = document) => [...within.querySelectorAll("input[name=signal]")];

// On a wide screen a doubt comes beside the queue (htmx); its address then is the page's, and no step of the history.
function mark(row) {
  for (const each of rows()) each.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
}

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("[data-doubt] > a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (narrow.matches) {
      event.stopPropagation(); // the link leads to the doubt's own page
      return;
    }
    mark(link.parentElement);
    history.replaceState(null, "", link.href);
  },
  true,
);

function step(by) {
  const all = rows();
  const place = current();
  const row = all[place < 0 ? 0 : place + by];
  if (row) row.querySelector("a").click();
}

// Those that are selected: the bar is there while there are any, and says what confirming them costs.
function count() {
  if (!bar) return;
  const selected = boxes().filter((box) => box.checked);
  const costing = selected.some((box) => "costs" in box.dataset);
  const heading = bar.querySelector("[data-selected]");
  const text = selected.length ? heading.dataset.some.replace("{count}", selected.length) : heading.dataset.none;
  bar.hidden = selected.length === 0;
  bar.parentElement.classList.toggle("selecting", !bar.hidden);
  if (heading.textContent !== text) document.getElementById("selection-said").textContent = text;
  heading.textContent = text;
  const consequence = bar.querySelector("[data-consequence]");
  if (consequence) consequence.hidden = !costing;
  const confirm = bar.querySelector("[data-ask-costing]");
  if (confirm && costing) confirm.dataset.ask = confirm.dataset.askCosting;
  else if (confirm) delete confirm.dataset.ask;
  for (const group of document.querySelectorAll("[data-group]")) {
    const members = boxes(group.closest(".group"));
    const ticked = members.filter((box) => box.checked).length;
    group.checked = ticked === members.length;
    group.indeterminate = ticked > 0 && ticked < members.length;
  }
}

function select(members, to) {
  for (const box of members) box.checked = to;
  count();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-group]")) select(boxes(event.target.closest(".group")), event.target.checked);
  else if (event.target.matches("input[name=signal]")) count();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) select(boxes(), false);
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
});

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  x: (row) => select(boxes(row), !boxes(row)[0]?.checked),
  X: (row) => {
    const members = boxes(row.closest(".group"));
    select(members, members.some((box) => !box.checked));
  },
};

function types(element) {
  return element.closest("input:not([type=checkbox]), textarea, select") !== null;
}

// Before all others: while the keys are shown, none of them does anything.
window.addEventListener(
  "keydown",
  (event) => {
    if (keys?.open) {
      event.stopPropagation();
      return;
    }
    const action = ACTIONS[event.key];
    if (!action || types(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const row = rows()[current()];
    if (row || action.length === 0) action(row);
  },
  true,
);

// The list begins where the doubt is that is shown; the page itself stays at its top.
const chosen = rows()[current()];
const list = chosen?.closest(".queue");
if (list) list.scrollTop = chosen.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 4;
count();
