// What a learner types and has not applied: kept on the server and in this browser, so that reload, navigation,
// another tab and another device lose nothing. Where two drafts differ, both are offered.

import type { Draft, Engine } from "../engine.ts";
import { part } from "../shared/dom.ts";
import { Aside } from "./aside.ts";
import type { Editor } from "./editor.ts";
import { isSame, type Kept } from "./kept.ts";
import { RemoteDraft } from "./remote.ts";

const ask = (event: Event) => event.preventDefault();

export class DraftKeeper {
  readonly #remote: RemoteDraft;
  readonly aside: Aside;
  #applied: string;
  #other: Draft | null = null;
  #isKeptHere = true;
  #isRefused = false;

  constructor(
    readonly kept: Kept,
    private readonly form: HTMLFormElement,
    private readonly editor: Editor,
    engine: Engine,
    /** A draft of another time or place stands in the editor now. */
    private readonly restored: () => void,
  ) {
    this.#applied = part<HTMLInputElement>(form, "input[name=shown]").value;
    this.aside = new Aside(engine, kept);
    this.#remote = new RemoteDraft(engine, kept, {
      kept: (isKept) => {
        this.#isRefused = !isKept;
        this.#tell();
      },
      other: (draft) => this.#offer(draft),
    });
    this.#listen();
    this.changed();
    void this.#begin(engine);
  }

  /** Whether the text is what was applied last. */
  get isApplied() {
    return isSame(this.#text, this.#applied);
  }

  get #text() {
    return this.editor.text();
  }

  async #begin(engine: Engine) {
    const before = this.#text;
    const { version } = this.#remote;
    const there = await engine.draft().catch(() => null);
    if (!there) return;
    this.aside.meet(there);
    // Where this page has written meanwhile, that is what the server has by now.
    if (this.#remote.version === version) this.#meet(there, before);
  }

  changed() {
    const draft = this.isApplied ? null : this.#text;
    this.#isKeptHere = this.kept.put("draft", draft);
    if (this.#other && draft !== null && isSame(draft, this.#other.text)) this.#settle();
    this.#remote.put(draft);
    this.#tell();
  }

  nowApplied(text: string) {
    this.#applied = text;
    if (this.#other) this.#settle();
    this.changed();
  }

  /** Before the page is left for good, by a reset: nothing of the draft is left behind. */
  async forget() {
    this.kept.put("draft", null);
    removeEventListener("beforeunload", ask);
    this.#remote.put(null);
    await this.#remote.flush();
  }

  /** The server's draft and ours: the newer one counts when one stands on the other. */
  #meet(there: Draft, before: string) {
    const hasDraft = !this.isApplied;
    if (there.version === 0 || this.#remote.hasGivenUp(there)) {
      this.#remote.follow(there);
    } else if (isSame(there.text, this.#text)) {
      this.#remote.follow(there);
    } else if (!hasDraft && isSame(this.#text, before)) {
      this.#remote.follow(there);
      this.editor.restore(there.text);
      this.restored();
    } else if (there.version === this.#remote.version || this.#remote.hasSent(there)) {
      this.#remote.follow(there);
    } else {
      return this.#offer(there);
    }
    this.changed();
  }

  #offer(other: Draft) {
    this.#other = other;
    this.#tell();
  }

  /** There is one draft again: what stands in the editor. */
  #settle() {
    if (this.#other) this.#remote.follow(this.#other);
    this.#other = null;
  }

  #tell() {
    const isDraft = !this.isApplied;
    const isKept = this.#isKeptHere || this.#remote.isKept;
    const isLost = isDraft && !isKept;
    (isLost ? addEventListener : removeEventListener)("beforeunload", ask);
    const focused = document.activeElement;
    const note = part(this.form, ".draft-note");
    note.hidden = !isDraft || this.#other !== null;
    part(note, "span").textContent = this.#words(isLost);
    const aside = this.aside.text;
    part(this.form, ".kept-note").hidden = aside === null || isSame(aside, this.#text);
    part(this.form, ".other-note").hidden = this.#other === null;
    // A button that goes with its note leaves the focus to the text.
    if (focused?.closest("[hidden]")) this.editor.focus();
  }

  #words(isLost: boolean) {
    if (isLost && this.#isRefused) return "Not applied yet, and it cannot be kept: apply it before you leave the page.";
    if (isLost) return "A draft: not applied yet.";
    if (this.#remote.isKept) return "A draft: not applied yet, and kept for you.";
    return "A draft: not applied yet, and kept in this browser.";
  }

  #listen() {
    this.editor.onChange(() => this.changed());
    const on = (css: string, work: () => void) =>
      part(this.form, css).addEventListener("click", (event) => {
        // Without a script some of them ask the server.
        event.preventDefault();
        work();
      });
    const { aside, kept } = this;
    const replace = (text: string) => this.editor.replace(text);
    on(".leave-draft", () => {
      aside.putAside(this.#text);
      replace(this.#applied);
    });
    on(".bring-back", () => {
      const before = aside.text;
      const now = this.#text;
      aside.put(!this.isApplied && kept.isWorthKeeping(now) ? now : null);
      if (before !== null) replace(before);
    });
    on(".forget", () => {
      aside.put(null);
      this.changed();
      this.editor.focus();
    });
    on(".show-other", () => {
      const other = this.#other;
      if (!other) return;
      aside.putAside(this.#text);
      this.#settle();
      this.restored();
      replace(other.text);
    });
    on(".keep-this", () => {
      if (this.#other) aside.putAside(this.#other.text);
      this.#settle();
      this.changed();
      this.editor.focus();
    });
    addEventListener("pagehide", () => void this.#remote.flush());
    addEventListener("online", () => this.changed());
    addEventListener("storage", (event) => this.#otherTab(event));
    // A page out of the browser's memory may be older than the draft, and may be another learner's.
    addEventListener("pageshow", (event) => {
      if (event.persisted && this.isApplied) location.reload();
    });
  }

  /** Another tab of this browser has written: whoever has typed nothing here follows it. */
  #otherTab({ key, oldValue, newValue }: StorageEvent) {
    if (key !== this.kept.place("draft")) return;
    const text = newValue ?? this.#applied;
    if (isSame(text, this.#text)) return;
    if (isSame(this.#text, oldValue ?? this.#applied)) {
      this.#remote.follow({ text, version: Number(this.kept.get("version") ?? 0) });
      this.editor.restore(text);
    } else if (newValue !== null) {
      this.#offer({ text, version: Number(this.kept.get("version") ?? 0) });
    }
  }
}
