// The report of a check: the advice first, then each check once with a few examples.

import { element, rendered } from "../shared/dom.ts";
import { pageAt } from "../shared/here.ts";
import { counted, points } from "../shared/words.ts";
import { type Check, type Group, groupsOf, type Report, sumOf } from "./groups.ts";

const EXAMPLES = 3;

const messages = (checks: Check[]) =>
  checks.filter((check) => check.message).map((check) => element("p", "message", check.message));

const showGroup = (group: Group) => {
  const item = element("li", group.passed ? "pass" : "fail");
  item.append(element("strong", "", group.name), ...messages(group.checks.slice(0, EXAMPLES)));
  const rest = group.checks.slice(EXAMPLES);
  if (rest.length) {
    const fold = element("details");
    fold.append(element("summary", "", `and ${rest.length} more`), ...messages(rest));
    item.append(fold);
  }
  return item;
};

/** A mistake that was recognised, else what the engine finds in the policy. */
const adviceOf = ({ mistake, finding }: Report): Element[] => {
  if (!mistake && !finding) return [];
  const box = element("div", "lab-mistake");
  if (mistake) {
    box.append(element("strong", "", "Many have been here. "));
    box.append(mistake.hint_html ? rendered("div", "", mistake.hint_html) : element("div", "", mistake.hint));
  } else if (finding) {
    const { policy, field, message, help } = finding;
    box.append(element("strong", "", "Look at this first. "));
    box.append(`${policy}, ${field}: ${message}${help ? `; ${help}` : ""}`);
  }
  return [box];
};

/** Where a learner tells the instructor that a check is mistaken; the page does it without a script. */
const appealTo = ({ passed, lab, attempt_id }: Report): Element[] => {
  if (passed || !attempt_id) return [];
  const link = element("a", "", "My answer is right");
  link.href = pageAt(`/labs/${encodeURIComponent(lab)}?attempt=${encodeURIComponent(attempt_id)}#appeal`);
  const line = element("p", "muted");
  line.append(link);
  return [line];
};

export const showReport = (place: Element, report: Report) => {
  const groups = groupsOf(report);
  const verdict = element("p", `verdict ${report.passed ? "good" : "bad"}`);
  verdict.append(element("strong", "score", `${points(report.points)} of ${counted(report.max_points, "point")}.`));
  verdict.append(report.passed ? " Every check passes." : ` ${sumOf(groups)}`);
  const list = element("ul", "lab-report-list");
  list.append(...groups.map(showGroup));
  const missing = (report.incomplete ?? []).map((sentence) =>
    element("p", "", `Not everything was looked at: ${sentence}.`),
  );
  place.replaceChildren(verdict, ...adviceOf(report), list, ...missing, ...appealTo(report));
};

/** Whether a report that is shown, by the server or by a script, says the same of each check. */
export const isShown = (place: Element, report: Report) => {
  const again = element("div");
  showReport(again, report);
  return checksIn(place) === checksIn(again);
};

const checksIn = (place: Element) =>
  [...place.querySelectorAll(".lab-report-list > li")]
    .map((item) => `${item.classList.contains("pass")} ${item.textContent.replace(/\s+/g, "")}`)
    .join("\n");
