// The flows that a line lets through: its own, or those of what it is a part of.

import type { Flow, Preview } from "../engine.ts";

export const openedBy = (opens: NonNullable<Preview["opens"]>, text: string, line: number): Flow[] => {
  const lines = text.split("\n");
  let indent = Infinity;
  for (let at = line; at >= 1; at -= 1) {
    const column = (lines[at - 1] ?? "").search(/\S/);
    // What stands as far in, or further, is beside it.
    if (column < 0 || column >= indent) continue;
    indent = column;
    const found = opens.find((one) => one.line === at);
    if (found) return found.flows;
  }
  return [];
};
