// Makes the workbench live: a better editor, a preview while one types, apply and check without leaving the page.

import { type Applied, broughtBy, showApplied } from "./bench/applied.ts";
import { tick } from "./bench/checklist.ts";
import { type Draft, keepDraft } from "./bench/draft.ts";
import type { Editor } from "./bench/editor.ts";
import { showElsewhere } from "./bench/elsewhere.ts";
import { hintsInPlace } from "./bench/hints.ts";
import { Kept } from "./bench/kept.ts";
import { updateMap } from "./bench/map.ts";
import { showPassed } from "./bench/passed.ts";
import { showPicture } from "./bench/picture.ts";
import { plainEditor } from "./bench/plain.ts";
import { Previews } from "./bench/preview.ts";
import { walkTable } from "./bench/table.ts";
import { enliven } from "./bench/tabs.ts";
import { offerTerminal } from "./bench/terminal.ts";
import { explainInPlace } from "./bench/why.ts";
import type { Schema } from "./code/schema.ts";
import { follow, type LabNow } from "./lab/follow.ts";
import type { Report } from "./report/groups.ts";
import { showReport } from "./report/report.ts";
import { api, post } from "./shared/api.ts";
import { part } from "./shared/dom.ts";
import { busy } from "./shared/words.ts";

/** The editor with colours, or the plain one where it cannot be loaded. */
const grown = async (box: HTMLTextAreaElement): Promise<Editor> => {
  try {
    const { codeEditor } = (await import("./editor.js" as string)) as typeof import("./editor.ts");
    return codeEditor(box, api<Schema>("schema").catch(() => null));
  } catch {
    return plainEditor(box);
  }
};

class Workbench {
  readonly #said = part(document, ".applied-live");
  readonly #report = part(document, "#report");
  readonly #path: string;
  readonly #draft: Draft;
  readonly #previews: Previews;
  #brought: string[];
  #open: string[] = [];
  #isTouched = false;
  /** What the lab's report was when the shown one was made. */
  #checked: string | null = null;
  #now = "";
  #world: LabNow | null = null;

  constructor(
    bench: HTMLElement,
    private readonly form: HTMLFormElement,
    private readonly editor: Editor,
  ) {
    this.#path = `labs/${encodeURIComponent(bench.dataset.workbench ?? "")}`;
    this.#brought = (bench.dataset.brought ?? "").split(" ").filter(Boolean);
    this.#previews = new Previews(this.#path, () => ({ ...this.#question(), open: this.#open }), (preview) => {
      editor.show(this.#isTouched ? preview.diagnostics : []);
      updateMap(preview.map);
      showPicture(preview.picture);
      tick(preview.checks);
    }, () => this.#showWorld());
    editor.onChange(() => {
      this.#isTouched = true;
      this.#previews.ask();
    });
    this.#draft = keepDraft(this.#path, new Kept(bench), form, editor);
    explainInPlace(this.#path, editor, () => this.#question());
    this.#handleButtons();
    this.#handleFolds();
  }

  #question() {
    return { text: this.editor.text(), brought: this.#brought };
  }

  #handleButtons() {
    const works = new Map<string, () => Promise<unknown>>([["apply", () => this.#apply()], ["check", () => this.#check()]]);
    this.form.addEventListener("submit", (event) => {
      const button = event.submitter as HTMLButtonElement | null;
      const work = works.get(button?.value ?? "");
      if (!button || !work) return;
      event.preventDefault();
      void busy(button, this.#said, work).then(() => button.focus());
    });
  }

  /** Boxes of a large picture fold and unfold. */
  #handleFolds() {
    document.querySelector("[data-picture]")?.addEventListener("click", (event) => {
      const link = (event.target as Element).closest("a");
      const open = link && new URL(link.getAttribute("href") ?? "", location.href).searchParams.get("open");
      if (typeof open !== "string") return;
      event.preventDefault();
      this.#open = open.split(":").filter(Boolean);
      this.#previews.ask(0);
    });
  }

  async #apply(): Promise<boolean> {
    const { text, brought } = this.#question();
    const applied = await post<Applied>(`${this.#path}/objects`, { text, brought });
    this.#brought = broughtBy(applied, brought);
    const isGood = showApplied(this.#said, applied);
    if (isGood) this.#draft.nowApplied(text);
    return isGood;
  }

  // Who changes the text and presses "Check" means the changed text.
  async #check() {
    if (!this.#draft.isApplied() && !(await this.#apply())) return;
    const report = await post<Report>(`${this.#path}/attempts`);
    showReport(this.#report, report);
    this.#checked = null;
    if (report.passed) await showPassed();
    this.#report.scrollIntoView({ block: "nearest" });
  }

  /** The world has changed, by whatever hand. */
  changed(world: LabNow) {
    const { report } = world;
    this.#world = world;
    this.#now = JSON.stringify([report.checks, report.points]);
    if (this.#checked === null) this.#checked = this.#now;
    const isOld = this.#report.childElementCount > 0 && this.#checked !== this.#now;
    part(document, ".report-old").hidden = !isOld;
    this.#previews.ask(0);
  }

  /** Where nothing can be said about the text, the page shows the world as it is. */
  #showWorld() {
    if (this.#world) showWorld(this.#world);
  }
}

const showWorld = ({ map, report }: LabNow) => {
  updateMap(map);
  tick(report.checks);
};

const bench = document.querySelector<HTMLElement>("[data-workbench]");
if (bench) {
  const name = bench.dataset.workbench ?? "";
  const box = document.querySelector<HTMLTextAreaElement>("#yaml");
  document.querySelectorAll<HTMLElement>("[data-tabs]").forEach(enliven);
  hintsInPlace();
  walkTable();
  const begin = (editor: Editor) => {
    offerTerminal(name, () => editor.text());
    return new Workbench(bench, box?.form as HTMLFormElement, editor);
  };
  const workbench = box?.form ? grown(box).then(begin) : null;
  follow(name, (now) => {
    // Started or removed from a terminal: the page itself is another one now.
    if (now.started !== (box !== null)) return location.reload();
    showElsewhere(name, now.current);
    if (workbench) void workbench.then((one) => one.changed(now));
    else showWorld(now);
  });
}
