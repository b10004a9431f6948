// A quiz that is handed in without leaving the page: all at once, or with an answer after each question.

import { host } from "../hosted.ts";
import { element } from "../shared/dom.ts";
import { busy, counted, points } from "../shared/words.ts";
import { answersOf } from "./answers.ts";
import { forget, keep, remember, remembered, restore } from "./kept.ts";
import { clearQuestion, type QuizReport, showQuestion } from "./question.ts";

const EACH = "after-each-question";
const questionsOf = (form: HTMLFormElement) => [...form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-question]")];
const nameOf = (form: HTMLFormElement) => form.dataset.quiz ?? "";

export const enhanceQuiz = (form: HTMLFormElement) => {
  const output = form.querySelector("output.quiz-result") ?? form.appendChild(element("output", "quiz-result"));
  const button = form.querySelector<HTMLButtonElement>("button[type=submit], button:not([type])");
  restore(form);
  offerFeedback(form);
  form.addEventListener("input", (event) => {
    keep(form);
    const question = (event.target as Element).closest("fieldset[data-question]");
    if (question) clearQuestion(question);
    output.replaceChildren();
    if (button) button.textContent = "Check my answers";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.state === "passed") return beginAgain(form, output, button);
    const open = unanswered(form);
    const isSure = event.submitter?.classList.contains("anyway");
    if (open.length && !isSure) return askAbout(form, output, open);
    await busy(button ?? form, output, async () => {
      show(form, output, button, await host.handIn(nameOf(form), answersOf(form)));
    });
    // What had the focus may be answered for good, or gone.
    const there = document.activeElement;
    if (there === document.body || there?.matches(":disabled")) button?.focus();
  });
};

/** The questions that are not answered, or not wholly. */
const unanswered = (form: HTMLFormElement) => {
  const answers = answersOf(form);
  return questionsOf(form).filter((question) => {
    const answer = answers[question.dataset.question ?? ""];
    const rows = question.querySelectorAll("tr[data-flow]");
    const isOpen = [...rows].some((row) => !row.querySelector("input:checked"));
    return isOpen || answer === undefined || (typeof answer === "object" && "why" in answer && answer.answer === null);
  });
};

const askAbout = (form: HTMLFormElement, output: Element, open: HTMLFieldSetElement[]) => {
  const all = questionsOf(form);
  const box = element("div", "result unanswered");
  const line = element("p", "", `${open.length === 1 ? "One question is" : `${open.length} questions are`} not answered yet: `);
  open.forEach((question, place) => {
    const link = element("a", "", `question ${all.indexOf(question) + 1}`);
    link.href = `#${question.id}`;
    line.append(place ? ", " : "", link);
  });
  line.append(".");
  box.append(line);
  if (open.length < all.length) {
    const anyway = element("button", "anyway", "Hand in anyway");
    anyway.type = "submit";
    box.append(anyway);
  }
  output.replaceChildren(box);
};

/** What is right stays as it is; what was wrong is answered once more. */
const show = (form: HTMLFormElement, output: Element, button: HTMLButtonElement | null, report: QuizReport) => {
  for (const result of report.questions) {
    const fieldset = questionsOf(form).find((question) => question.dataset.question === result.id);
    if (!fieldset) continue;
    showQuestion(fieldset, result);
    fieldset.disabled = result.correct;
  }
  const score = `${points(report.points)} of ${counted(report.max_points, "point")}`;
  const rest = report.passed
    ? ". Everything is right."
    : `. Your best: ${points(report.best_points)}. What is right is kept; answer the rest once more.`;
  output.replaceChildren(element("span", "score", score), rest);
  form.dataset.state = report.passed ? "passed" : "tried";
  if (button) button.textContent = report.passed ? "Answer again from the start" : "Check the rest again";
  forget(form);
  document.dispatchEvent(new Event("handed-in"));
};

const beginAgain = (form: HTMLFormElement, output: Element, button: HTMLButtonElement | null) => {
  form.reset();
  for (const question of questionsOf(form)) {
    question.disabled = false;
    clearQuestion(question);
  }
  output.replaceChildren();
  delete form.dataset.state;
  if (button) button.textContent = "Check my answers";
  questionsOf(form)[0]?.querySelector<HTMLElement>("input, textarea, select")?.focus();
};

/** The choice between an answer after each question and all at once, which is remembered. */
const offerFeedback = (form: HTMLFormElement) => {
  const choice = element("input");
  choice.type = "checkbox";
  choice.checked = remembered(EACH) === "yes";
  const label = element("label", "each");
  label.append(choice, " Tell me after each question");
  questionsOf(form)[0]?.before(label);
  for (const question of questionsOf(form)) question.append(checkOne(form, question));
  const apply = () => form.classList.toggle("after-each", choice.checked);
  choice.addEventListener("input", (event) => event.stopPropagation());
  choice.addEventListener("change", () => {
    remember(EACH, choice.checked ? "yes" : null);
    apply();
  });
  apply();
};

const checkOne = (form: HTMLFormElement, question: HTMLFieldSetElement) => {
  const id = question.dataset.question ?? "";
  const one = element("button", "check-one", "Check this one");
  one.type = "button";
  const place = question.querySelector<HTMLElement>(".result") ?? question.appendChild(element("div", "result"));
  one.addEventListener("click", () => {
    place.hidden = false;
    return busy(one, place, async () => {
      const answer = answersOf(form)[id];
      if (answer === undefined) {
        place.textContent = "Answer it first.";
        return;
      }
      showQuestion(question, await host.feedback(nameOf(form), { [id]: answer }));
    });
  });
  return one;
};
