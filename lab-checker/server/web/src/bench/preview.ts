// What the text would do, asked while one types: one question at a time, and only the latest one is answered.

import type { Engine, Preview, Written } from "../engine.ts";
import { isProblem } from "../shared/api.ts";

const PREVIEWED = "previewed";
/** Until a question that was refused is asked again. */
const AGAIN = 500;
/** Another window of the same lab has asked, too much was asked, or the server has too much to do. */
const LATER = [409, 429, 503];

export interface Question extends Written {
  /** The boxes of the picture that are unfolded. */
  open: string[];
  /** Whether the text is the one that was applied last. */
  isApplied: boolean;
}

export class Previews {
  #asked: AbortController | null = null;
  #timer = 0;

  constructor(
    private readonly engine: Engine,
    private readonly question: () => Question,
    private readonly answered: (preview: Preview, isApplied: boolean) => void,
    private readonly failed: () => void,
  ) {}

  /** Something has changed. */
  ask(pause = this.engine.pause()) {
    clearTimeout(this.#timer);
    // A timer would wait until the next frame is drawn.
    if (pause > 0) this.#timer = setTimeout(() => void this.#send(), pause);
    else void this.#send();
  }

  async #send() {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const { isApplied, ...question } = this.question();
      const preview = await this.#answer(question, isApplied, asked.signal);
      if (asked.signal.aborted) return;
      this.answered(preview, isApplied);
      // For whoever measures.
      performance.clearMarks(PREVIEWED);
      performance.mark(PREVIEWED);
    } catch (problem) {
      // What is wrong with the text itself stands in an answer.
      if (asked.signal.aborted) return;
      if (isProblem(problem) && LATER.includes(problem.status)) this.ask(AGAIN);
      else this.failed();
    }
  }

  async #answer({ text, brought, open }: Omit<Question, "isApplied">, isApplied: boolean, signal: AbortSignal) {
    const preview = await this.engine.preview({ text, brought }, open, signal);
    if (!isApplied || !preview.map.some((cell) => cell.changed)) return preview;
    // Since the text was applied, the world has become another one, by kubectl: it is shown as it is.
    const world = await this.engine.preview({ text: "", brought: [] }, open, signal);
    return { ...world, diagnostics: preview.diagnostics };
  }
}
