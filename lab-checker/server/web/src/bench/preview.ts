// What the text would do, asked while one types: one question at a time, and only the latest one is answered.

import type { Cell } from "../lab/follow.ts";
import { post, Problem } from "../shared/api.ts";
import type { Diagnostic } from "./editor.ts";

export interface Preview {
  diagnostics: Diagnostic[];
  checks: { name: string; passed: boolean }[];
  map: (Cell & { changed: boolean })[];
  picture?: string;
}

/** From the last key to the question. */
const PAUSE = 30;
/** Until a question that was refused is asked again. */
const AGAIN = 1000;

export class Previews {
  #asked: AbortController | null = null;
  #timer = 0;

  constructor(
    private readonly path: string,
    private readonly question: () => { text: string; brought: string[]; open: string[] },
    private readonly answered: (preview: Preview) => void,
    private readonly failed: () => void,
  ) {}

  /** Something has changed. */
  ask(pause = PAUSE) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), pause);
  }

  async #send() {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const preview = await post<Preview>(`${this.path}/preview`, this.question(), { signal: asked.signal });
      if (!asked.signal.aborted) this.answered(preview);
    } catch (problem) {
      // What is wrong with the text itself stands in an answer.
      if (asked.signal.aborted) return;
      if (problem instanceof Problem && problem.status === 429) this.ask(AGAIN);
      else this.failed();
    }
  }
}
