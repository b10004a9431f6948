// The draft on the server, for other devices and browsers. Each write names the version that it goes back to, so that
// no device writes over what another one has kept.

import { api, Problem } from "../shared/api.ts";
import type { Kept } from "./kept.ts";

interface Draft {
  text: string;
  version: number;
}

/** From the last key to the write. */
const PAUSE = 800;

export class ServerDraft {
  #version: number;
  #timer = 0;
  /** One write at a time, so that each knows the version before it. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly kept: Kept,
    private readonly other: (text: string) => void,
  ) {
    this.#version = Number(kept.get("version") ?? 0);
    addEventListener("pagehide", () => this.#flush());
  }

  /** What another device has kept since this one wrote last, if anything. */
  async newer(): Promise<string | null> {
    try {
      const draft = await api<Draft>(`${this.path}/draft`);
      const isNewer = draft.version !== this.#version;
      this.#at(draft.version);
      return isNewer && draft.version > 0 ? draft.text : null;
    } catch {
      return null;
    }
  }

  #pending: string | null | undefined;

  /** Keeps a text; nothing when there is no draft any more. */
  keep(text: string | null) {
    this.#pending = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), text === null ? 0 : PAUSE);
  }

  #flush() {
    clearTimeout(this.#timer);
    const text = this.#pending;
    if (text === undefined) return;
    this.#pending = undefined;
    this.#writing = this.#writing.then(() => this.#write(text));
  }

  async #write(text: string | null) {
    try {
      if (text === null) {
        if (this.#version > 0) await api(`${this.path}/draft`, { method: "DELETE", keepalive: true });
        return this.#at(0);
      }
      const body = JSON.stringify({ text, version: this.#version });
      const { version } = await api<Draft>(`${this.path}/draft`, { method: "PUT", body, keepalive: true });
      this.#at(version);
    } catch (problem) {
      const theirs = problem instanceof Problem ? (problem.body.draft as Draft | undefined) : undefined;
      if (theirs) {
        this.#at(theirs.version);
        this.other(theirs.text);
      } else {
        // Without the server the browser keeps it, and the next change tries again.
        this.#pending ??= text;
      }
    }
  }

  #at(version: number) {
    this.#version = version;
    this.kept.put("version", version > 0 ? String(version) : null);
  }
}
