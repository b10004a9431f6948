// Light or dark, before the first paint: what the reader chose (here or in the book), else what the system says.
const CHOICE = "mdbook-theme";
const DARK = new Set(["navy", "coal", "ayu"]);
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

const chosen = () => {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
};
const wanted = () => chosen() ?? (system.matches ? "navy" : "light");
const show = (theme: string) => {
  root.classList.remove("light", "navy");
  root.classList.add(DARK.has(theme) ? "navy" : "light");
};

show(wanted());
// What only a script can do has its room from the first paint.
root.classList.add("scripted");
system.addEventListener("change", () => show(wanted()));
document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector<HTMLButtonElement>(".theme-toggle");
  if (!button) return;
  button.addEventListener("click", () => {
    const next = root.classList.contains("navy") ? "light" : "navy";
    try {
      localStorage.setItem(CHOICE, next);
    } catch {
      // Private browsing: for this page only.
    }
    show(next);
  });
});
