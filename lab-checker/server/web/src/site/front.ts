// The start page of the site: what is done of it, and where to go on.

import { element } from "../shared/dom.ts";
import { counted, points } from "../shared/words.ts";
import { allBest, type Best } from "./progress.ts";

const showChip = (chip: HTMLElement, best: Best | undefined) => {
  if (!best) return;
  chip.classList.remove("open", "tried", "passed");
  chip.classList.add(best.passed ? "passed" : "tried");
  const score = chip.querySelector(".chip-score");
  if (score) score.textContent = `${best.passed ? "✓ " : ""}${points(best.points)}/${points(best.max_points)}`;
};

const showChapter = (chapter: HTMLElement) => {
  const chips = [...chapter.querySelectorAll(".chip")];
  const isDone = chips.length > 0 && chips.every((chip) => chip.classList.contains("passed"));
  const state = isDone ? "done" : chips.some((chip) => !chip.classList.contains("open")) ? "begun" : "open";
  chapter.className = `chapter ${state}`;
  chapter.querySelector(".tick")?.remove();
  if (!isDone) return;
  const tick = element("span", "tick", "✓");
  tick.ariaLabel = "done";
  chapter.querySelector("h2")?.append(" ", tick);
};

export const showProgress = async () => {
  const mine = document.querySelector<HTMLElement>("[data-mine]");
  if (!mine) return;
  const done = await allBest();
  const chips = [...document.querySelectorAll<HTMLElement>(".chip[data-activity]")];
  for (const chip of chips) showChip(chip, done.get(chip.dataset.activity ?? ""));
  const chapters = [...document.querySelectorAll<HTMLElement>(".chapters > .chapter")];
  chapters.forEach(showChapter);
  mine.hidden = done.size === 0;
  const next = chapters.find((chapter) => chapter.querySelector(".chip") && !chapter.classList.contains("done"));
  const link = next?.querySelector<HTMLAnchorElement>("h2 a");
  const goOn = mine.querySelector<HTMLAnchorElement>("[data-go-on]");
  if (goOn && link) {
    goOn.href = link.href;
    goOn.textContent = `Next: ${link.textContent}`;
  }
  if (goOn) goOn.hidden = !link;
  const all = chips.flatMap((chip) => done.get(chip.dataset.activity ?? "") ?? []);
  const sum = all.reduce((sum, best) => sum + best.points, 0);
  const meter = mine.querySelector("progress");
  const said = mine.querySelector("[data-standing]");
  if (!meter || !said) return;
  meter.value = sum;
  const passed = all.filter((best) => best.passed).length;
  said.replaceChildren(element("strong", "score", points(sum)), ` of ${counted(meter.max, "point")} · ${passed} of ${chips.length} labs and quizzes passed`);
};
