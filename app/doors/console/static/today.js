// The figures above the table follow the lines, which come one by one.

function add() {
  for (const sum of document.querySelectorAll("[data-sum-of]")) {
    const counts = document.querySelectorAll(`tbody [data-count-of="${sum.dataset.sumOf}"]`);
    if (counts.length === 0) continue;
    const total = [...counts].reduce((so, count) => so + Number(count.textContent), 0);
    sum.textContent = total.toLocaleString(document.documentElement.lang);
  }
}

document.addEventListener("htmx:afterSettle", add);
