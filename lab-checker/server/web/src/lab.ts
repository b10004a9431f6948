// Makes the workbench live: a better editor, a preview while one types, apply and check without leaving the page.

import { hintsInPlace } from "./bench/hints.ts";
import { tick } from "./bench/checklist.ts";
import type { Editor } from "./bench/editor.ts";
import { showElsewhere } from "./bench/elsewhere.ts";
import { Kept } from "./bench/kept.ts";
import { updateMap } from "./bench/map.ts";
import { showPanes } from "./bench/panes.ts";
import { walkPicture } from "./bench/picture.ts";
import { plainEditor } from "./bench/plain.ts";
import { walkTable } from "./bench/table.ts";
import { explainInPlace } from "./bench/why.ts";
import { Workbench } from "./bench/workbench.ts";
import type { LabNow } from "./engine.ts";
import { host } from "./hosted.ts";
import { assetAt } from "./shared/here.ts";

/** A file of its own, which the bundle of the page leaves alone. */
const EDITOR = assetAt("./editor.js");

/** The editor with colours, or the plain one where it cannot be loaded. */
const grown = async (box: HTMLTextAreaElement): Promise<Editor> => {
  try {
    const { codeEditor } = (await import(EDITOR)) as typeof import("./editor.ts");
    return codeEditor(box, host.schema().catch(() => null));
  } catch {
    return plainEditor(box);
  }
};

const showWorld = ({ map, report }: LabNow) => {
  updateMap(map, false);
  tick(report.checks);
};

const bench = document.querySelector<HTMLElement>("[data-workbench]");
if (bench) {
  const name = bench.dataset.workbench ?? "";
  const engine = host.lab(name);
  await engine.complete(bench);
  const box = document.querySelector<HTMLTextAreaElement>("#yaml");
  const panes = showPanes(bench);
  hintsInPlace(engine);
  walkTable();
  walkPicture();
  const kept = new Kept(bench);
  // What was typed stands there at once, in whichever editor.
  const draft = kept.get("draft");
  if (box && draft !== null) box.value = draft;
  const form = box?.form;
  const workbench = form ? grown(box).then((editor) => new Workbench(bench, form, editor, engine, kept, panes)) : null;
  if (!workbench) explainInPlace(engine, null, () => ({ text: "", brought: [] }));
  let isLeaving = false;
  document.querySelector(".start-card form")?.addEventListener("submit", () => (isLeaving = true));
  engine.follow((now) => {
    if (now.started !== (box !== null)) {
      if (isLeaving) return;
      // Started or removed from a terminal: the page itself is another one now.
      history.replaceState(null, "", "#task");
      return location.reload();
    }
    showElsewhere(name, now.current);
    if (workbench) void workbench.then((one) => one.changed(now));
    else showWorld(now);
  });
}
