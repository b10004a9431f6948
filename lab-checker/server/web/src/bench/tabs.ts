// Tabs: the panes on a narrow screen, and picture or table. Without a script everything stands below each other.

/** One of the parts that the tabs of a list control is shown; arrow keys go along the list. */
export const enliven = (list: HTMLElement) => {
  const tabs = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const partOf = (tab: HTMLButtonElement) => document.getElementById(tab.getAttribute("aria-controls") ?? "");
  const choose = (chosen: HTMLButtonElement) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      partOf(tab)?.classList.toggle("tab-hidden", !isChosen);
    }
  };
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next?.focus();
      if (next) choose(next);
    });
  }
  const chosen = tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0];
  if (chosen) choose(chosen);
  return { choose: (id: string) => tabs.filter((tab) => tab.getAttribute("aria-controls") === id).forEach(choose) };
};
