// A lab in a lesson of the site: the way to its workbench, and whether it is passed.

import { best } from "./progress.ts";

export const enhanceLab = async (section: HTMLElement) => {
  const live = section.querySelector(".lab-live");
  const done = await best(`lab:${section.dataset.lab ?? ""}`);
  if (!live || !done) return;
  live.textContent = done.passed ? "You have passed this lab." : "You have begun this lab.";
  live.classList.toggle("good", done.passed);
};
