// The panes, which are tabs on a narrow screen: an address that names a part opens the pane that it is in.

import { enliven } from "./tabs.ts";

export interface Panes {
  /** Shows the pane that holds this part. */
  show(part: Element): void;
}

export const showPanes = (bench: HTMLElement): Panes => {
  const lists = [...bench.querySelectorAll<HTMLElement>("[data-tabs]")].map(enliven);
  bench.classList.add("live");
  const show = (part: Element) => {
    const pane = part.closest(".pane");
    if (pane) for (const list of lists) list.choose(pane.id);
  };
  // Whoever comes by such an address, as after a reset, goes on there with the keyboard too.
  const follow = () => {
    const part = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (!part || part.closest(".pane") === null) return;
    show(part);
    if (!part.matches("a, button, input, textarea, select, summary, [tabindex]")) part.tabIndex = -1;
    if (!part.contains(document.activeElement)) part.focus({ preventScroll: true });
    part.scrollIntoView({ block: "nearest" });
  };
  follow();
  // A browser that looks for the address itself, while the page comes, may have let go of the focus again.
  const arrive = () => {
    if (document.activeElement === document.body) follow();
  };
  if (document.readyState !== "complete") addEventListener("load", () => requestAnimationFrame(arrive));
  addEventListener("hashchange", follow);
  return { show };
};
