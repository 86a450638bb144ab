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
