// Recovery codes: printed, and copied where the browser lets a page do that; else they are selected.

for (const button of document.querySelectorAll("[data-print], [data-copy]")) button.hidden = false;

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

document.querySelector("[data-copy]")?.addEventListener("click", async ({ currentTarget }) => {
  const list = document.querySelector(currentTarget.dataset.copy);
  const text = [...list.children].map((item) => item.textContent).join("\n");
  const said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = currentTarget.dataset.copied;
  } catch {
    // no TLS, or nobody allowed it
    window.getSelection().selectAllChildren(list);
    said.textContent = currentTarget.dataset.uncopied;
  }
});
