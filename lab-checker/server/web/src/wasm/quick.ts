// Previews on the page's own thread. What a worker answers comes after the frame that shows the letter; an answer from
// here is in that very frame. The page waits for it, so only what is expected to take less than a frame is asked here: a
// worker has answered almost the same before, and told how long that took.

import type { Written } from "../engine.ts";

/** A screen that is drawn sixty times a second is drawn once in so many milliseconds. */
const FRAME = 16;
/** Texts that differ by so many characters are almost the same: a few keys, or a word that was completed. */
const ALMOST = 100;

/** A lab in the engine. */
export interface Previewing {
  preview(asked: string): string | undefined;
  free(): void;
}

/** What a lab is made of on this thread, too. */
export interface Made<Engine> {
  /** Where the engine's script is. */
  script: string;
  /** What a worker has compiled: a page need not be allowed to compile. */
  program: WebAssembly.Module;
  lab: (engine: Engine) => Previewing;
}

export const askedIn = ({ text, brought }: Written, open: string[]) => JSON.stringify({ text, brought, open });

export class Quick<Engine> {
  #lab: Previewing | null = null;
  /** Counts the worlds. */
  #moment = 0;
  #took = Infinity;
  #length = 0;
  /** The world of which a lab is being made, or was. */
  #begun = -1;
  /** An engine that has failed once is not asked again. */
  #isLost = false;

  /** The world is another one, or about to be. */
  drop() {
    this.#moment += 1;
    if (!this.#isLost) this.#lab?.free();
    this.#lab = null;
  }

  /** Makes the lab here, in the world as it is now, unless that was begun before. */
  async begin(make: () => Promise<Made<Engine>>) {
    if (this.#begun === this.#moment || this.#isLost) return;
    const moment = this.#moment;
    this.#begun = moment;
    try {
      const { script, program, lab } = await make();
      const engine = await import(script);
      await engine.default({ module_or_path: program });
      if (moment === this.#moment) this.#lab = lab(engine);
    } catch {
      // The worker goes on.
      this.#isLost = true;
    }
  }

  /** A worker has answered about a text of that length. */
  told(length: number, took: number) {
    [this.#length, this.#took] = [length, took];
  }

  /** Nothing when the worker is to be asked. */
  preview(written: Written, open: string[]): string | undefined {
    const { length } = written.text;
    if (!this.#lab || this.#took > FRAME || length > this.#length + ALMOST) return undefined;
    const began = performance.now();
    try {
      return this.#lab.preview(askedIn(written, open));
    } catch (problem) {
      // What is said about the text is a text; the worker says it again.
      if (typeof problem !== "string") {
        this.#lab = null;
        this.#isLost = true;
      }
      return undefined;
    } finally {
      this.told(length, performance.now() - began);
    }
  }
}
