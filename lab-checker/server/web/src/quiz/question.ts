// The result of one question, below it.

import { element, rendered } from "../shared/dom.ts";

export interface QuestionResult {
  id: string;
  state: string;
  correct: boolean;
  message?: string | null;
  explanation_html?: string | null;
  flows?: { id: string; from: string; to: string; port: string; answer: string; verdict: string; why: string }[];
}

export interface QuizReport {
  questions: QuestionResult[];
  points: number;
  max_points: number;
  best_points: number;
  passed: boolean;
}

const WORDS: Record<string, string> = {
  correct: "Right",
  partial: "Partly right",
  wrong: "Not right",
  unanswered: "Not answered",
  malformed: "Not an answer",
};

const mark = (place: Element | null, isRight: boolean) => {
  place?.classList.remove("correct", "wrong");
  place?.classList.add(isRight ? "correct" : "wrong");
};

/** What was said is of another answer. */
export const clearQuestion = (fieldset: Element) => {
  for (const marked of [fieldset, ...fieldset.querySelectorAll("tr[data-flow]")]) marked.classList.remove("correct", "wrong");
  const box = fieldset.querySelector<HTMLElement>(".result");
  if (!box) return;
  box.hidden = true;
  box.replaceChildren();
};

export const showQuestion = (fieldset: Element, result: QuestionResult) => {
  mark(fieldset, result.correct);
  const box = fieldset.querySelector<HTMLElement>(".result") ?? fieldset.appendChild(element("div"));
  box.className = `result ${result.correct ? "correct" : "wrong"}`;
  box.hidden = false;
  const line = element("p");
  line.append(element("strong", "", WORDS[result.state] ?? ""));
  if (result.message) line.append(`: ${result.message}`);
  box.replaceChildren(line);
  for (const flow of result.flows ?? []) {
    const isRight = flow.answer === flow.verdict;
    mark(fieldset.querySelector(`tr[data-flow="${CSS.escape(flow.id)}"]`), isRight);
    if (isRight) continue;
    const why = element("p", "flow-why");
    why.append(element("code", "", `${flow.from} → ${flow.to}:${flow.port}`), ` is ${flow.verdict}. ${flow.why}`);
    box.append(why);
  }
  if (result.explanation_html) box.append(rendered("div", "explanation", result.explanation_html));
};
