// A button beside what people take elsewhere: a token, a code, an address.

import { element } from "./dom.ts";

/** How long the button says that it was copied, in milliseconds. */
const SAID = 2000;

const addButton = (of: HTMLElement) => {
  const button = element("button", "small copy", "Copy");
  button.type = "button";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(of.textContent ?? "");
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), SAID);
  });
  const place = of.closest("pre") ?? of;
  place.after(" ", button);
};

/** Browsers lend the clipboard to secure pages alone. */
export const addCopyButtons = () => {
  if (navigator.clipboard) document.querySelectorAll<HTMLElement>("[data-copy]").forEach(addButton);
};
