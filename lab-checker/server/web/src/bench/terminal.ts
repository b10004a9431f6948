// The terminal below the editor: its code comes when it is opened for the first time.

import { assetAt } from "../shared/here.ts";

interface Module {
  mount: (place: HTMLElement, lab: string, text: () => string) => { focus: () => void };
}

/** A file of its own, which the bundle of the page leaves alone. */
const MODULE = assetAt("./terminal.js");

export const offerTerminal = (lab: string, text: () => string) => {
  const dock = document.querySelector<HTMLDetailsElement>("[data-terminal]");
  const place = dock?.querySelector<HTMLElement>(".screen");
  if (!dock || !place) return;
  let screen: Promise<{ focus: () => void }> | null = null;
  const opened = async () => {
    if (!dock.open) return;
    screen ??= (import(MODULE) as Promise<Module>).then(({ mount }) => mount(place, lab, text));
    try {
      (await screen).focus();
      place.scrollIntoView({ block: "nearest" });
    } catch {
      screen = null;
      place.textContent = "The terminal could not be loaded. Close and open it to try again.";
    }
  };
  dock.addEventListener("toggle", opened);
  // Somebody was faster than the script.
  void opened();
};
