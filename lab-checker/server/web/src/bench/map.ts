// The map, as the cluster changes under it.

import type { Cell } from "../engine.ts";
import { counted } from "../shared/words.ts";

const key = (from: string | null, to: string | null, port: string | null) => `${from} ${to} ${port}`;

/** Which flow a link of the table is about; read once, as it stands in its address. */
const flows = new WeakMap<HTMLAnchorElement, string>();

const flowOf = (link: HTMLAnchorElement): string => {
  const known = flows.get(link);
  if (known !== undefined) return known;
  const query = new URL(link.href).searchParams;
  const flow = key(query.get("from"), query.get("to"), query.get("port"));
  flows.set(link, flow);
  return flow;
};

export const updateMap = (map: Cell[], isPreview: boolean) => {
  const cells = new Map(
    map.map((cell) => {
      const port = cell.protocol === "TCP" ? `${cell.port}` : `${cell.port}/${cell.protocol}`;
      return [key(cell.from, cell.to, port), cell];
    }),
  );
  let wrong = 0;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("table.map td a")) {
    const cell = cells.get(flowOf(link));
    if (!cell) continue;
    if (!showCell(link, cell)) wrong += 1;
  }
  const sum = document.querySelector("[data-map-sum]");
  if (!sum) return;
  const now =
    wrong === 0
      ? "every flow is as the task asks."
      : `${wrong} of ${counted(cells.size, "flow")} ${wrong === 1 ? "is" : "are"} not as the task asks.`;
  const words = isPreview ? `With your text, before it is applied: ${now}` : `${now[0]?.toUpperCase()}${now.slice(1)}`;
  if (sum.textContent !== words) sum.textContent = words;
};

const SIGNS: Record<string, string> = { allowed: "✓", blocked: "✕" };

/** Whether the flow is as it should be. */
const showCell = (link: HTMLAnchorElement, cell: Cell): boolean => {
  const verdict = cell.actual ?? "unknown";
  const isRight = cell.actual === cell.expected;
  const place = link.parentElement as HTMLElement;
  const className = isRight ? verdict : `${verdict} wrong`;
  if (place.className.replace(" changed", "") !== className) {
    place.className = `${className} changed`;
    setTimeout(() => place.classList.remove("changed"), 1200);
  }
  const words = isRight ? verdict : `${verdict}, must be ${cell.expected}`;
  const title = `${cell.check}: ${words}`;
  if (link.title === title) return isRight;
  link.title = title;
  (link.firstElementChild as HTMLElement).textContent = SIGNS[verdict] ?? "?";
  (link.lastElementChild as HTMLElement).textContent = words;
  return isRight;
};
