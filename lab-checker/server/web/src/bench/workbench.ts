// A lab that has begun: what is typed, and what becomes of it.

import type { Engine, LabNow, Preview } from "../engine.ts";
import { isShown, showReport } from "../report/report.ts";
import { part } from "../shared/dom.ts";
import { busy } from "../shared/words.ts";
import { broughtBy, showApplied } from "./applied.ts";
import { Brought } from "./brought.ts";
import { tick } from "./checklist.ts";
import { DraftKeeper } from "./draft.ts";
import type { Editor } from "./editor.ts";
import type { Kept } from "./kept.ts";
import { updateMap } from "./map.ts";
import { openedBy } from "./opens.ts";
import type { Panes } from "./panes.ts";
import { showPassed } from "./passed.ts";
import { lightFlows, pulse, showPicture } from "./picture.ts";
import { Previews } from "./preview.ts";
import { offerProbe } from "./probe.ts";
import { askBeforeReset } from "./reset.ts";
import { offerTerminal } from "./terminal.ts";
import { explainInPlace } from "./why.ts";

export class Workbench {
  readonly #said = part(document, ".applied-live");
  readonly #report = part(document, "#report");
  readonly #start: string;
  readonly #draft: DraftKeeper;
  readonly #previews: Previews;
  readonly #brought: Brought;
  #open: string[] = [];
  #opens: NonNullable<Preview["opens"]> = [];
  /** The line that is looked at. */
  #line: number | null = null;
  #world: LabNow | null = null;

  constructor(
    bench: HTMLElement,
    private readonly form: HTMLFormElement,
    private readonly editor: Editor,
    private readonly engine: Engine,
    kept: Kept,
    private readonly panes: Panes,
  ) {
    this.#start = bench.dataset.start ?? "";
    const there = (bench.dataset.brought ?? "").split(" ").filter(Boolean);
    this.#brought = new Brought(kept, part<HTMLInputElement>(form, "input[name=brought]"), there);
    this.#draft = new DraftKeeper(kept, form, editor, engine, () => this.#brought.ofDraft());
    if (this.#draft.isApplied) this.#brought.set(there);
    else this.#brought.ofDraft();
    const question = () => ({ ...this.#written(), open: this.#open, isApplied: this.#draft.isApplied });
    const show = (preview: Preview, isApplied: boolean) => this.#show(preview, isApplied);
    this.#previews = new Previews(engine, question, show, () => this.#showWorld());
    editor.onText(() => this.#previews.ask());
    editor.onLook((line) => {
      this.#line = line;
      this.#light();
    });
    explainInPlace(engine, editor, () => this.#written());
    askBeforeReset(form, editor, this.#draft, engine);
    this.#handleButtons();
    this.#handleFolds();
    offerTerminal(bench.dataset.workbench ?? "", () => editor.text());
    this.#previews.ask(0);
  }

  #written() {
    return { text: this.editor.text(), brought: this.#brought.all };
  }

  #show(preview: Preview, isApplied: boolean) {
    // Nobody has written anything yet that something could be wrong with.
    const isUntouched = this.editor.text().trim() === this.#start.trim();
    this.editor.show(isUntouched ? [] : preview.diagnostics);
    this.#opens = preview.opens ?? [];
    updateMap(preview.map, !isApplied && preview.map.some((cell) => cell.changed));
    showPicture(preview.picture);
    // The arrows are other ones now, and the line is still looked at.
    if (this.#line !== null) this.#light();
    tick(preview.checks);
    offerProbe(this.engine, preview.map);
  }

  #light() {
    lightFlows(this.#line === null ? [] : openedBy(this.#opens, this.editor.text(), this.#line));
  }

  #handleButtons() {
    const works = new Map<string, () => Promise<unknown>>([["apply", () => this.#apply()], ["check", () => this.#check()]]);
    this.form.addEventListener("submit", (event) => {
      const button = event.submitter as HTMLButtonElement | null;
      const work = works.get(button?.value ?? "");
      if (!button || !work) return;
      event.preventDefault();
      void busy(button, this.#said, work);
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
    const written = this.#written();
    const applied = await this.engine.apply(written);
    this.#brought.set(broughtBy(applied, written.brought));
    const isGood = showApplied(this.#said, applied);
    if (isGood) this.#draft.nowApplied(written.text);
    this.#previews.ask(0);
    return isGood;
  }

  // Who changes the text and presses "Check" means the changed text.
  async #check() {
    if (this.#draft.isApplied) this.#said.replaceChildren();
    else if (!(await this.#apply())) return;
    const report = await this.engine.check();
    showReport(this.#report, report);
    part(document, ".report-old").hidden = true;
    this.panes.show(this.#report);
    this.#report.scrollIntoView({ block: "nearest" });
    if (report.passed) await showPassed(this.#report, this.engine, this.editor.text());
    else pulse();
  }

  /** The world has changed, by whatever hand. */
  changed(world: LabNow) {
    this.#world = world;
    part(document, ".report-old").hidden = this.#report.childElementCount === 0 || isShown(this.#report, world.report);
    this.#previews.ask(0);
  }

  /** Where nothing can be said about the text, the page shows the world as it is. */
  #showWorld() {
    if (!this.#world) return;
    updateMap(this.#world.map, false);
    tick(this.#world.report.checks);
  }
}
