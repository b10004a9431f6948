// A text that was put aside, by a reset or for another text: kept on the server, and in this browser for as long as the
// server does not have it.

import type { Draft, Engine } from "../engine.ts";
import type { Kept } from "./kept.ts";

export class Aside {
  readonly #engine: Engine;
  readonly #kept: Kept;
  #text: string | null;

  constructor(engine: Engine, kept: Kept) {
    this.#engine = engine;
    this.#kept = kept;
    this.#text = kept.get("aside");
  }

  get text() {
    return this.#text;
  }

  /** What the server has counts, unless it never got what this browser has. */
  meet(there: Draft) {
    if (this.#kept.get("unsent") !== null) return void this.#send();
    const before = this.#text;
    this.#text = there.aside ?? null;
    this.#kept.put("aside", this.#text);
    // Texts of before there was a place for them on the server.
    if (this.#text === null && before !== null) this.put(before);
  }

  /** Whether it can be brought back. */
  put(text: string | null): boolean {
    this.#text = text;
    const isKept = this.#kept.put("aside", text);
    this.#kept.put("unsent", "yes");
    void this.#send();
    return isKept;
  }

  /** The same for a text that somebody may have written. */
  putAside(text: string): boolean {
    return !this.#kept.isWorthKeeping(text) || this.put(text);
  }

  async #send() {
    const text = this.#text;
    try {
      await this.#engine.keepAside(text);
      if (text === this.#text) this.#kept.put("unsent", null);
    } catch {
      // It is tried again when the page is opened the next time.
    }
  }
}
