// What becomes of a lab, as it happens.

import type { Cell } from "../engine.ts";
import type { Report } from "../report/groups.ts";

export interface LabNow {
  started: boolean;
  /** Where kubectl is: a lab's name, or `sandbox`. */
  current: string;
  report: Report;
  map: Cell[];
}

export const follow = (name: string, seen: (now: LabNow) => void) => {
  const source = new EventSource(`/api/v1/labs/${encodeURIComponent(name)}/events`);
  source.addEventListener("lab", (event) => seen(JSON.parse(event.data)));
  addEventListener("pagehide", () => source.close());
  return source;
};
