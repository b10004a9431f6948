// What came of applying the text.

import { element } from "../shared/dom.ts";

export interface Applied {
  results: { object: string; applied: boolean; message?: string | null }[];
  diagnostics: { line: number; column: number; message: string; help?: string | null }[];
}

/** Whether all went well. */
export const showApplied = (place: Element, applied: Applied): boolean => {
  document.querySelector(".applied:not(.applied-live .applied)")?.remove();
  const isGood = applied.diagnostics.length === 0 && applied.results.every((result) => result.applied);
  const box = element("div", `applied ${isGood ? "good" : "bad"}`);
  for (const result of applied.results) {
    const line = element("p");
    const words = result.applied ? " applied" : `: ${result.message}`;
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
