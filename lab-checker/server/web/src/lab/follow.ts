// What becomes of a lab, as it happens.

import type { LabNow } from "../engine.ts";

export const follow = (name: string, seen: (now: LabNow) => void) => {
  const source = new EventSource(`/api/v1/labs/${encodeURIComponent(name)}/events`);
  source.addEventListener("lab", (event) => seen(JSON.parse(event.data)));
  addEventListener("pagehide", () => source.close());
  return source;
};
