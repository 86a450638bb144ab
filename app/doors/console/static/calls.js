// On the phone: what the order comes to, products found as one types, and nothing typed is lost.

const form = document.querySelector("form[data-draft]");

if (form) {
  const rows = [...form.querySelectorAll("tr[data-price]")];
  const format = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  function add() {
    let total = 0;
    for (const row of rows) {
      const quantity = Number(row.querySelector("input.quantity").value) || 0;
      row.classList.toggle("ordered", quantity > 0);
      total += quantity * Number(row.dataset.price);
    }
    form.querySelector("[data-total]").textContent = format.format(total);
  }

  // A draft outlives a page that is loaded again; it goes with the answer that the call was recorded.
  const key = form.dataset.draft;
  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "submit" && field.type !== "hidden");

  function keep() {
    sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields().map((field) => [field.name, field.value]))));
  }

  const draft = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (draft) for (const field of fields()) if (field.name in draft) field.value = draft[field.name];

  form.addEventListener("input", () => {
    add();
    keep();
  });
  add();

  const filter = form.querySelector("[data-filter]");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  filter.addEventListener("input", () => {
    const words = plain(filter.value);
    for (const row of rows) row.hidden = !plain(row.querySelector("th").textContent).includes(words);
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    rows.find((row) => !row.hidden)?.querySelector("input.quantity").focus();
  });
} else {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("call:")) sessionStorage.removeItem(key);
}
