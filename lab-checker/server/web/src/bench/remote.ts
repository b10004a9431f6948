// The draft on the server: written a moment after the last key, one write at a time, on top of the version that is
// known here. When another tab or device has written since, nothing is overwritten: both are offered.

import { type Draft, type Engine, isOutdated } from "../engine.ts";
import type { Kept } from "./kept.ts";

const PAUSE = 400;

export interface RemoteEvents {
  /** How the last write went. */
  kept(isKept: boolean): void;
  /** There is another draft. */
  other(draft: Draft): void;
}

/** Until a write that failed is tried again. */
const AGAIN = 3000;

/** How many texts are remembered that were sent, and whose answers never came. */
const SENT = 4;

export class RemoteDraft {
  readonly #engine: Engine;
  readonly #kept: Kept;
  readonly #events: RemoteEvents;
  #version: number;
  #sent: string[];
  /** What is to be there; nothing when no draft is. */
  #wanted: string | null = null;
  #written: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy: Promise<void> | null = null;
  #isDisputed = false;

  constructor(engine: Engine, kept: Kept, events: RemoteEvents) {
    this.#engine = engine;
    this.#kept = kept;
    this.#events = events;
    this.#version = Number(kept.get("version") ?? 0);
    this.#sent = JSON.parse(kept.get("sent") ?? "[]");
  }

  get version() {
    return this.#version;
  }

  /** Whether the server has what is wanted. */
  get isKept() {
    return this.#wanted === this.#written;
  }

  /** Whether this browser has thrown a draft away, and the server has not heard of it yet. */
  hasGivenUp({ version }: Draft) {
    return version > 0 && this.#kept.get("given-up") === String(version);
  }

  /** Whether this browser sent it lately and has not heard that it arrived: an answer was lost, or a page was left. */
  hasSent({ text }: Draft) {
    return this.#sent.includes(text);
  }

  #remember(sent: string[]) {
    this.#sent = sent.slice(-SENT);
    this.#kept.put("sent", sent.length > 0 ? JSON.stringify(this.#sent) : null);
  }

  /** Goes on from a draft that the server has. */
  follow({ text, version }: Draft) {
    this.#version = version;
    this.#kept.put("version", version > 0 ? String(version) : null);
    this.#written = version > 0 ? text : null;
    this.#isDisputed = false;
  }

  put(text: string | null) {
    if (this.#wanted === text && this.isKept) return;
    this.#wanted = text;
    this.#kept.put("given-up", text === null && this.#version > 0 ? String(this.#version) : null);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), text === null ? 0 : PAUSE);
  }

  /** Writes now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#busy) {
      await this.#busy;
      if (!this.isKept) return this.flush();
      return;
    }
    if (this.isKept || this.#isDisputed) return;
    this.#busy = this.#write(this.#wanted).finally(() => {
      this.#busy = null;
    });
    await this.#busy;
  }

  async #write(text: string | null): Promise<void> {
    // Another tab of this browser may have written; this one goes on from what that one typed.
    this.#version = Number(this.#kept.get("version") ?? this.#version);
    try {
      if (text === null) {
        await this.#engine.forgetDraft();
        this.follow({ text: "", version: 0 });
        this.#kept.put("given-up", null);
      } else {
        this.#remember([...this.#sent, text]);
        this.follow(await this.#engine.keepDraft(text, this.#version));
      }
      this.#remember([]);
      this.#events.kept(true);
      // Something was typed meanwhile.
      if (!this.isKept) this.put(this.#wanted);
    } catch (problem) {
      if (!isOutdated(problem)) {
        this.#timer = setTimeout(() => this.flush(), AGAIN);
        return this.#events.kept(false);
      }
      const { draft } = problem;
      if (draft.version === 0 || this.hasSent(draft)) {
        this.follow(draft);
        return this.#write(text);
      }
      this.#isDisputed = true;
      this.#events.other(draft);
    }
  }
}
