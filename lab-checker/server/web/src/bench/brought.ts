// The objects that the texts of this editor have brought into the world. One that a later text leaves out goes when
// that text is applied; what came by other ways, with kubectl, stays.

import type { Kept } from "./kept.ts";

export class Brought {
  #names: string[];

  /** `there`: what the editor shows of the world when there is no draft. */
  constructor(
    private readonly kept: Kept,
    private readonly field: HTMLInputElement,
    private readonly there: string[],
  ) {
    this.#names = there;
  }

  get all() {
    return this.#names;
  }

  /** The text is a draft of earlier: what has come since is none of its own. */
  ofDraft() {
    const before = new Set(this.kept.get("brought")?.split(" ") ?? []);
    this.set(this.there.filter((name) => before.has(name)));
  }

  set(names: string[]) {
    this.#names = names;
    this.field.value = names.join(" ");
    this.kept.put("brought", names.length > 0 ? this.field.value : null);
  }
}
