// What came of applying the text.

import type { Applied } from "../engine.ts";
import { element } from "../shared/dom.ts";

/** Whether all went well. */
export const showApplied = (place: Element, applied: Applied): boolean => {
  document.querySelector(".applied:not(.applied-live .applied)")?.remove();
  const isGood = applied.diagnostics.length === 0 && applied.results.every((result) => result.applied);
  const box = element("div", `applied ${isGood ? "good" : "bad"}`);
  for (const result of applied.results) {
    const line = element("p");
    const words = !result.applied ? `: ${result.message}` : result.removed ? " removed: the text leaves it out" : " applied";
    line.append(result.applied ? "✓ " : "✗ ", element("code", "", result.object), words);
    box.append(line);
  }
  for (const { line, column, message, help } of applied.diagnostics) {
    box.append(element("p", "", `✗ line ${line}, column ${column}: ${message}${help ? ` ${help}` : ""}`));
  }
  if (!box.childElementCount) box.append(element("p", "", "There is nothing in the text to apply."));
  place.replaceChildren(box);
  return isGood;
};

/** What the texts of this page have brought by now, as `KIND/NAMESPACE/NAME`. */
export const broughtBy = ({ results }: Applied, before: string[]): string[] => {
  const now = new Set(before);
  for (const { id, applied, removed } of results) {
    if (applied && removed) now.delete(id);
    else if (applied) now.add(id);
  }
  return [...now];
};
