// Light or dark, before the first paint: what the reader chose (here or in the book), else what the system says.
(() => {
  const root = document.documentElement;
  const saved = () => {
    try { return localStorage.getItem("mdbook-theme"); } catch { return null; }
  };
  const dark = new Set(["navy", "coal", "ayu"]);
  const wanted = () => saved() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "navy" : "light");
  const show = (theme) => {
    root.classList.remove("light", "navy");
    root.classList.add(dark.has(theme) ? "navy" : "light");
  };
  show(wanted());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(wanted()));
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector(".theme-toggle");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = root.classList.contains("navy") ? "light" : "navy";
      try { localStorage.setItem("mdbook-theme", next); } catch { /* private browsing: for this page only */ }
      show(next);
    });
  });
})();
