// Tabs: the panes on a narrow screen, and picture or table. Without a script everything stands below each other.

const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** One of the parts that the tabs of a list control is shown; arrow keys go along the list. */
export const enliven = (list: HTMLElement) => {
  const tabs = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const partOf = (tab: HTMLButtonElement) => document.getElementById(tab.getAttribute("aria-controls") ?? "");
  /** A part is a panel as long as its tab is there: where there is room for all, it is a part of the page. */
  const tell = () => {
    const isThere = list.checkVisibility();
    for (const tab of tabs) {
      const part = partOf(tab);
      if (isThere && tab.ariaSelected === "true") {
        part?.setAttribute("role", "tabpanel");
        part?.setAttribute("aria-labelledby", tab.id);
      } else {
        part?.removeAttribute("role");
        part?.removeAttribute("aria-labelledby");
      }
    }
  };
  const choose = (chosen: HTMLButtonElement) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.ariaSelected = String(isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      partOf(tab)?.classList.toggle("tab-hidden", !isChosen);
    }
    tell();
  };
  for (const tab of tabs) {
    tab.id ||= `${tab.getAttribute("aria-controls")}-tab`;
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const next = tabs[STEPS[event.key]?.(tabs.indexOf(tab), tabs.length) ?? -1];
      if (!next) return;
      event.preventDefault();
      next.focus();
      choose(next);
    });
  }
  const chosen = tabs.find((tab) => tab.ariaSelected === "true") ?? tabs[0];
  if (chosen) choose(chosen);
  // The tabs come and go with the width of the window.
  new ResizeObserver(tell).observe(list);
  return { choose: (id: string) => tabs.filter((tab) => tab.getAttribute("aria-controls") === id).forEach(choose) };
};
