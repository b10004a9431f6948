// Passing is a moment: the points and what is next are true at once, the attack of the story fails, and the learner's
// text stands beside ours.

import type { Engine } from "../engine.ts";
import { element, rendered } from "../shared/dom.ts";
import { counted } from "../shared/words.ts";
import { replayAttack } from "./attack.ts";

/** What is to be said about the lab now that it is passed. */
export const refreshPage = async (engine: Engine) => {
  const page = await engine.whenPassed();
  if (!page) return;
  for (const css of ["[data-facts]", "[data-solution]", "[data-attack]", "[data-next]"]) {
    const [here, there] = [document.querySelector(css), page.querySelector(css)];
    if (here && there) here.replaceChildren(...there.childNodes);
  }
};

const meaningful = (text: string) =>
  text.split("\n").map((line) => line.trimEnd()).filter((line) => line && !/^\s*#/.test(line) && line !== "---");

/** How two texts differ, in words. */
export const difference = (yours: string, ours: string): string => {
  const [one, other] = [meaningful(yours), meaningful(ours)];
  const names = (line: string) => !/^\s+name: /.test(line);
  if (one.join("\n") === other.join("\n")) return "Word for word the same as ours.";
  if (one.filter(names).join("\n") === other.filter(names).join("\n")) return "The same as ours, up to its name.";
  const [here, there] = [one.length, other.length];
  const length = here === there ? "as many as ours" : `ours ${there}`;
  return `Yours has ${counted(here, "line")}, ${length}: written otherwise, and it does the same.`;
};

const side = (title: string, text: string) => {
  const box = element("div", "side-text");
  const pre = element("pre");
  pre.tabIndex = 0;
  pre.append(element("code", "language-yaml", text));
  box.append(element("h3", "", title), pre);
  return box;
};

/** What stands in the editor, beside the course's own solution. */
const besideOurs = async (engine: Engine, text: string) => {
  const { files, html } = await engine.solution();
  const ours = files.map((file) => file.text.trimEnd()).join("\n---\n");
  const beside = element("div", "beside");
  beside.append(side("Yours", text.trimEnd()), side("Ours", ours));
  const box = element("details", "passed-beside");
  const words = element("p", "", difference(text, ours));
  box.append(element("summary", "", "Your answer beside ours"), words, beside, rendered("div", "", html));
  return box;
};

export const showPassed = async (report: Element, engine: Engine, text: string) => {
  await refreshPage(engine);
  const replayed = replayAttack(engine);
  report.append(await besideOurs(engine, text));
  await replayed;
};
