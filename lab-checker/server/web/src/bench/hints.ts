// Hints come one by one, in place. Without a script each is a page of its own address.

import type { Engine } from "../engine.ts";
import { element, rendered } from "../shared/dom.ts";

export const hintsInPlace = (engine: Engine) => {
  const place = document.querySelector<HTMLElement>("#hints");
  place?.addEventListener("click", async (event) => {
    const link = (event.target as Element).closest("a.button");
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    try {
      const { number, total, html } = await engine.hint(place.querySelectorAll(".lab-hint").length + 1);
      const hint = element("div", "lab-hint");
      hint.tabIndex = -1;
      hint.append(element("strong", "", `Hint ${number} of ${total}. `), rendered("div", "", html));
      link.parentElement?.before(hint);
      // The newest hint is what a reader wants next.
      hint.focus();
      link.textContent = "One more hint";
      link.href = `?hints=${number + 1}#hints`;
      if (number === total) link.parentElement?.remove();
    } catch {
      location.href = link.href;
    }
  });
};
