// A report is printed as it is seen.
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
