// How far a learner is: in the bar of every page, and as ticks in the book's table of contents.

import type { Me } from "../host.ts";
import { host } from "../hosted.ts";
import { element } from "../shared/dom.ts";
import { pageAt } from "../shared/here.ts";
import { counted, points } from "../shared/words.ts";

/** Chapters without labs and quizzes count as done once they were opened. */
const tick = async ({ labs, quizzes }: Pick<Me, "labs" | "quizzes">) => {
  const passed = new Set([
    ...labs.filter((lab) => lab.passed).map((lab) => `lab:${lab.name}`),
    ...quizzes.filter((quiz) => quiz.passed).map((quiz) => `quiz:${quiz.name}`),
  ]);
  const links = document.querySelectorAll<HTMLElement>("#contents a[data-chapter]");
  const opened = document.querySelector<HTMLElement>("#contents a[aria-current]")?.dataset.chapter;
  const read = await host.read(opened);
  for (const link of links) {
    const activities = link.dataset.activities?.split(" ").filter(Boolean) ?? [];
    const isDone = activities.length ? activities.every((each) => passed.has(each)) : read.has(link.dataset.chapter ?? "");
    link.classList.toggle("done", isDone);
    link.querySelector(".said-done")?.remove();
    if (isDone) link.append(element("span", "visually-hidden said-done", "done"));
  }
};

/** To the page with what they have handed in. */
const who = (name: string) => {
  const link = element("a", "who");
  link.href = pageAt("/me");
  link.append(element("bdi", "", name));
  return link;
};

const showInBar = (me: Me) => {
  const end = document.querySelector(".top .top-end");
  if (!end) return;
  end.querySelector("a.standing")?.remove();
  const standing = element("a", "standing", `${points(me.points)} of ${counted(me.max_points, "point")}`);
  standing.href = pageAt("/");
  if (me.name && !end.querySelector(".who")) end.prepend(who(me.name));
  const before = end.querySelector(".who");
  if (before) before.before(standing);
  else end.prepend(standing);
};

const isLearners = () => document.body.classList.contains("book") || document.querySelector(".top[data-learner]");

/** Nobody has to be signed in to read: then only what was read is ticked. */
export const showStanding = async () => {
  if (!isLearners()) return;
  try {
    const me = await host.me();
    await tick(me);
    showInBar(me);
  } catch {
    await tick({ labs: [], quizzes: [] });
  }
};
