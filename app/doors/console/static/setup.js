// Setup: rows of fields that come and go, shares that are added up while one types.

const LANGUAGE = document.documentElement.lang;

for (const button of document.querySelectorAll("[data-add-row], [data-remove-row]")) button.hidden = false;

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-add-row]");
  if (adder) addRow(adder);
  const remover = event.target.closest("[data-remove-row]");
  if (remover) removeRow(remover);
});

function addRow(adder) {
  const rows = document.getElementById(adder.dataset.addRow);
  rows.append(rows.querySelector("template").content.cloneNode(true));
  const row = rows.lastElementChild;
  for (const button of row.querySelectorAll("[data-remove-row]")) button.hidden = false;
  row.querySelector("input, select")?.focus();
}

function removeRow(remover) {
  const row = remover.closest("[data-row]");
  const rows = row.parentElement;
  const next = row.nextElementSibling?.querySelector("input, select") ?? document.querySelector(`[data-add-row="${rows.id}"]`);
  row.remove();
  next?.focus();
  rows.dispatchEvent(new Event("input", { bubbles: true }));
}

// <output data-sum-of="…" data-to="100">: the sum of the fields of a name, and how far it is from where it must be.
function showSum(output) {
  const fields = [...document.querySelectorAll(`[name="${output.dataset.sumOf}"]`)];
  const hundredths = fields.map((field) => Math.round(Number(field.value.replace(",", ".")) * 100)).filter(Number.isFinite);
  const sum = hundredths.reduce((total, each) => total + each, 0) / 100;
  const rest = Math.round((Number(output.dataset.to) - sum) * 100) / 100;
  const texts = output.dataset;
  const text = rest === 0 ? texts.whole : rest > 0 ? texts.missing : texts.over;
  const number = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 2 });
  output.textContent = text.replace("{sum}", number.format(sum)).replace("{rest}", number.format(Math.abs(rest)));
  output.classList.toggle("good", rest === 0);
  output.classList.toggle("bad", rest !== 0);
}

function showSums() {
  for (const output of document.querySelectorAll("[data-sum-of]")) showSum(output);
}

document.addEventListener("input", showSums);
showSums();

// <input type=file data-most-bytes="…" data-too-large="…">: told before it is sent.
document.addEventListener("change", ({ target }) => {
  const most = Number(target.dataset?.mostBytes);
  if (!most || !target.files) return;
  target.setCustomValidity([...target.files].some((file) => file.size > most) ? target.dataset.tooLarge : "");
  target.reportValidity();
});

// Another file than the one that was checked, or other choices: what was found is gone.
document.addEventListener("change", ({ target }) => {
  const outcome = target.form?.id === "import" ? document.getElementById("outcome") : null;
  if (outcome && !outcome.contains(target)) outcome.replaceChildren();
});

// What the service itself refuses before a page is asked comes as JSON (RFC 9457): it is shown as a sentence.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!xhr.getResponseHeader("Content-Type")?.startsWith("application/problem+json")) return;
  event.detail.serverResponse = problemBox(JSON.parse(xhr.responseText).detail).outerHTML;
});

// A file that has changed since it was chosen is not sent at all.
document.addEventListener("htmx:sendError", (event) => {
  const { lost } = event.detail.target.dataset;
  if (lost) event.detail.target.replaceChildren(problemBox(lost));
});

function problemBox(text) {
  const box = document.createElement("p");
  box.className = "problem";
  box.setAttribute("role", "alert");
  box.textContent = text;
  return box;
}
