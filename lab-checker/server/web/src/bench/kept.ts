// Texts that the browser keeps, for each learner and lab. It may refuse, or be full: then the page works without.

import { kept } from "../shared/here.ts";

export const isSame = (one: string, other: string) => one.trimEnd() === other.trimEnd();

/** The draft, the version of the server's draft that it is based on, the texts that were sent to the server, which has not
 *  said that it has them, the version that was given up and may not be gone there yet, a text that was put aside, whether
 *  the server has not got that yet, and the objects that the texts of this editor have brought. */
type What = "draft" | "version" | "sent" | "given-up" | "aside" | "unsent" | "brought";

export class Kept {
  readonly #owner: string;
  readonly #start: string;

  constructor(bench: HTMLElement) {
    const { learner, start, workbench } = bench.dataset;
    this.#owner = `${learner}/${workbench}`;
    this.#start = start ?? "";
  }

  place(what: What) {
    return kept(`lab-checker/${what}/${this.#owner}`);
  }

  get(what: What): string | null {
    try {
      return localStorage.getItem(this.place(what));
    } catch {
      return null;
    }
  }

  /** Whether it is kept. */
  put(what: What, text: string | null): boolean {
    try {
      if (text === null) localStorage.removeItem(this.place(what));
      else localStorage.setItem(this.place(what), text);
      return true;
    } catch {
      return false;
    }
  }

  isWorthKeeping(text: string) {
    return text.trim() !== "" && !isSame(text, this.#start);
  }
}
