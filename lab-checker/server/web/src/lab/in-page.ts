// Previews from the engine in the page, where the server has one for it. It works on a copy of the lab's world, which is
// fetched whenever the world changes; until that is here, and whenever the engine cannot say, the server is asked.

import type { Preview, Written } from "../engine.ts";
import { Turns } from "../shared/turns.ts";

/** A longer draft is the server's to judge. */
const LONGEST_TEXT = 60_000;
/** No preview takes so long, in milliseconds; loading the engine may. */
const LONGEST = 5_000;
const LOADING = 60_000;

type Said = { id: number; value?: string; died?: string };

export class InPage {
  #worker: Worker | null = null;
  /** Whether the worker has the world as it is. */
  isReady = false;
  /** Whether somebody tells when the world changes. */
  #isFollowed = false;
  /** Counts the worlds. */
  #moment = 0;
  #known = "";
  #number = 0;
  readonly #turns = new Turns();
  #isLost = false;

  constructor(
    private readonly lab: string,
    /** Nothing where the server has no engine. */
    private readonly script: string | undefined,
  ) {}

  /** The world is another one, or somebody has just begun to tell when it is. */
  followed() {
    this.#isFollowed = true;
    void this.#fetch();
  }

  /** Nobody knows what becomes of the world. */
  unfollowed() {
    this.#isFollowed = false;
    this.changing();
  }

  /** The world is about to be another one. */
  changing() {
    this.isReady = false;
    this.#moment += 1;
  }

  /** It was changed by this page. */
  changed() {
    if (this.#isFollowed) void this.#fetch();
  }

  /** Nothing while the engine cannot say. */
  async preview({ text, brought }: Written, open: string[], signal: AbortSignal): Promise<Preview | null> {
    if (!this.isReady || text.length > LONGEST_TEXT) return null;
    const moment = this.#moment;
    try {
      const value = await this.#turns.take(() => this.#ask({ asked: JSON.stringify({ text, brought, open }) }, LONGEST), signal);
      return value === undefined || moment !== this.#moment ? null : (JSON.parse(value) as Preview);
    } catch (problem) {
      if (signal.aborted) throw problem;
      return null;
    }
  }

  async #fetch() {
    if (this.script === undefined || this.#isLost) return;
    this.changing();
    const moment = this.#moment;
    try {
      const answer = await fetch(`/api/v1/labs/${encodeURIComponent(this.lab)}/world`, { credentials: "same-origin" });
      const world = await answer.text();
      if (!answer.ok || moment !== this.#moment) return;
      if (world !== this.#known) await this.#turns.take(() => this.#ask({ world }, LOADING));
      this.#known = world;
      this.isReady = moment === this.#moment;
    } catch {
      // The server previews.
    }
  }

  #ask(question: { world: string } | { asked: string }, patience: number) {
    return new Promise<string | undefined>((done, failed) => {
      if (this.#isLost || this.script === undefined) return failed(new Error("there is no engine"));
      this.#worker ??= new Worker(this.script, { type: "module", name: "previews" });
      const worker = this.#worker;
      const id = (this.#number += 1);
      const ended = new AbortController();
      const { signal } = ended;
      const settle = (then: () => void) => {
        clearTimeout(timer);
        ended.abort();
        then();
      };
      const died = () =>
        settle(() => {
          this.#lose();
          failed(new Error("the engine has died"));
        });
      const timer = setTimeout(died, patience);
      const heard = ({ data }: MessageEvent<Said>) => {
        if (data.id !== id) return;
        if ("died" in data) died();
        else settle(() => done(data.value));
      };
      worker.addEventListener("message", heard, { signal });
      worker.addEventListener("error", died, { signal });
      worker.postMessage({ id, ...question });
    });
  }

  /** What has died once is left alone. */
  #lose() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isLost = true;
    this.isReady = false;
  }
}
