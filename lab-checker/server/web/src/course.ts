// Makes the quizzes and labs of a page live. Without it, forms are sent and links lead to pages of their own.

import { showStanding } from "./book/standing.ts";
import { host } from "./hosted.ts";
import { enhanceQuiz } from "./quiz/quiz.ts";
import { addCopyButtons } from "./shared/copy.ts";
import { watchScrollers } from "./shared/scrollers.ts";

watchScrollers();
addCopyButtons();
// What goes on from an attempt is sent as a form: only the server knows what is right already.
const whole = "form.quiz[data-quiz]:not(:has([name='.attempt']))";
document.querySelectorAll<HTMLFormElement>(whole).forEach(enhanceQuiz);
document.querySelectorAll<HTMLElement>("section.lab[data-lab]").forEach(host.enhanceLab);

// What is handed in on this page counts in the bar at once.
showStanding();
document.addEventListener("handed-in", showStanding);
