// A quiz that is handed in without leaving the page.

import { post } from "../shared/api.ts";
import { element } from "../shared/dom.ts";
import { counted, points, sayProblem } from "../shared/words.ts";
import { answersOf } from "./answers.ts";
import { type QuestionResult, showQuestion } from "./question.ts";

interface QuizReport {
  questions: QuestionResult[];
  points: number;
  max_points: number;
  best_points: number;
  passed: boolean;
}

export const enhanceQuiz = (form: HTMLFormElement) => {
  const output = form.querySelector("output.quiz-result") ?? form.appendChild(element("output", "quiz-result"));
  const button = form.querySelector<HTMLButtonElement>("button[type=submit], button:not([type])");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button) button.disabled = true;
    try {
      const path = `quizzes/${encodeURIComponent(form.dataset.quiz ?? "")}/attempts`;
      show(form, output, await post<QuizReport>(path, { answers: answersOf(form) }));
    } catch (problem) {
      sayProblem(output, problem);
    } finally {
      if (button) button.disabled = false;
    }
  });
};

const show = (form: HTMLFormElement, output: Element, report: QuizReport) => {
  for (const result of report.questions) {
    const fieldset = form.querySelector(`fieldset[data-question="${CSS.escape(result.id)}"]`);
    if (fieldset) showQuestion(fieldset, result);
  }
  const score = `${points(report.points)} of ${counted(report.max_points, "point")}`;
  const rest = report.passed
    ? ". Everything is right."
    : `. Your best: ${points(report.best_points)}. Try again as often as you like.`;
  output.replaceChildren(element("span", "score", score), rest);
  form.dataset.state = report.passed ? "passed" : "tried";
  document.dispatchEvent(new Event("handed-in"));
};
