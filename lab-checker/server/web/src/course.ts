// Makes the quizzes and labs of a page live. Without it, forms are sent and links lead to pages of their own.

import { enhanceLab } from "./lab/section.ts";
import { enhanceQuiz } from "./quiz/quiz.ts";
import { addCopyButtons } from "./shared/copy.ts";
import { element } from "./shared/dom.ts";
import { watchScrollers } from "./shared/scrollers.ts";

watchScrollers();
addCopyButtons();
document.querySelectorAll<HTMLFormElement>("form.quiz[data-quiz]").forEach(enhanceQuiz);
document.querySelectorAll<HTMLElement>("section.lab[data-lab]").forEach(enhanceLab);

// In the book: the way back to one's progress.
const menu = document.querySelector("#mdbook-menu-bar .right-buttons, #menu-bar .right-buttons");
if (menu) {
  const home = element("a", "to-progress", "Progress");
  home.href = "/";
  menu.prepend(home);
}
