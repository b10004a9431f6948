// Numbers and failures in words.

import { isProblem } from "./api.ts";
import { element } from "./dom.ts";
import { pageAt } from "./here.ts";

export const points = (number: number) => String(Math.round(number * 100) / 100);

/** `1 learner`, `2 learners`. */
export const counted = (number: number, noun: string) => `${points(number)} ${noun}${points(number) === "1" ? "" : "s"}`;

/** Says a failure, with a way out when nobody is signed in. */
export const sayProblem = (place: Element, problem: unknown) => {
  const box = element("p", "wrong-box result wrong");
  box.setAttribute("role", "alert");
  if (isProblem(problem) && problem.status === 401) {
    const link = element("a", "", "join the course");
    link.href = pageAt("/join");
    box.append("Sign in first: ", link, ".");
  } else {
    box.append(isProblem(problem) ? problem.message : "The server cannot be reached. Is it running?");
  }
  place.replaceChildren(box);
};

/** Does something that a button asked for, once at a time, and says what went wrong. */
export const busy = async (button: HTMLElement, place: Element, work: () => Promise<unknown>) => {
  // Not `disabled`: the focus would fall to the body.
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await work();
  } catch (problem) {
    sayProblem(place, problem);
  } finally {
    button.ariaDisabled = null;
  }
};
