// The picture of who reaches whom, drawn by the server.

import type { Flow } from "../engine.ts";
import { PictureWalk } from "./picture-walk.ts";

let walk: PictureWalk | null = null;
/** What is drawn, if it was drawn here. */
let drawn: string | null = null;

/** One stop for the Tab key. */
export const walkPicture = () => {
  const place = document.querySelector<HTMLElement>("[data-picture]");
  if (place) walk = new PictureWalk(place);
};

export const showPicture = (svg: string | null | undefined) => {
  const place = document.querySelector("[data-picture]");
  if (!place || !svg) return;
  if (svg === drawn) return lightArrows(() => false);
  drawn = svg;
  walk?.redraw(() => {
    place.innerHTML = svg; // the server's own drawing: names in it are escaped
  });
};

/** The arrows of these flows, lit up; and no others. */
export const lightFlows = (flows: Flow[]) => {
  const named = new Set(flows.map(({ from, to, port, protocol }) => `${from} ${to} ${port}/${protocol}`));
  lightArrows((from, to, ports) => ports.split(" ").some((port) => named.has(`${from} ${to} ${port}`)));
};

/** The arrows of one flow, lit up. */
export const lightArrows = (isMeant: (from: string, to: string, port: string) => boolean) => {
  for (const arrow of document.querySelectorAll<SVGElement>("[data-picture] .arrow")) {
    const { from = "", to = "", port = "" } = arrow.dataset;
    arrow.classList.toggle("lit", isMeant(from, to, port));
  }
};

/** After a check, what is wrong shows itself. */
export const pulse = () => {
  const place = document.querySelector("[data-picture]");
  place?.classList.remove("pulse");
  // Seen without it once, it begins anew.
  place?.getBoundingClientRect();
  place?.classList.add("pulse");
};
