// Previews from the engine in the page, where the server has one for it. It works on a copy of the lab's world, which is
// fetched whenever the world changes; until that is here, and whenever the engine cannot say, the server is asked.

import type { Preview, Written } from "../engine.ts";
import { Turns } from "../shared/turns.ts";
import { Beside, Died } from "../wasm/beside.ts";
import { askedIn, type Previewing, Quick } from "../wasm/quick.ts";

/** A longer draft is the server's to judge. */
const LONGEST_TEXT = 60_000;
/** No preview takes so long, in milliseconds; loading the engine may. */
const LONGEST = 5_000;
const LOADING = 60_000;

interface Engine {
  PreviewLab: new (bundle: string) => Previewing;
}
type Question = { world: string } | { asked: string };
type Said = { value?: string; took: number } | { program: WebAssembly.Module };

export class InPage {
  readonly #beside: Beside<Question, Said>;
  readonly #quick = new Quick<Engine>();
  /** Whether the worker has the world as it is. */
  isReady = false;
  /** Whether somebody tells when the world changes. */
  #isFollowed = false;
  /** Counts the worlds. */
  #moment = 0;
  #known = "";
  readonly #turns = new Turns();
  #isLost = false;

  constructor(
    private readonly lab: string,
    /** Nothing where the server has no engine. */
    private readonly script: string | undefined,
  ) {
    this.#beside = new Beside(() => new Worker(script ?? "", { type: "module", name: "previews" }));
  }

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
  async preview(written: Written, open: string[], signal: AbortSignal): Promise<Preview | null> {
    if (!this.isReady || written.text.length > LONGEST_TEXT) return null;
    const atOnce = this.#quick.preview(written, open);
    if (atOnce !== undefined) return JSON.parse(atOnce) as Preview;
    const moment = this.#moment;
    try {
      const said = await this.#turns.take(() => this.#ask({ asked: askedIn(written, open) }, LONGEST), signal);
      if (!("took" in said)) return null;
      this.#quick.told(written.text.length, said.took);
      return said.value === undefined || moment !== this.#moment ? null : (JSON.parse(said.value) as Preview);
    } catch (problem) {
      if (signal.aborted) throw problem;
      return null;
    }
  }

  async #fetch() {
    const { script } = this;
    if (script === undefined || this.#isLost) return;
    this.changing();
    const moment = this.#moment;
    try {
      const answer = await fetch(`/api/v1/labs/${encodeURIComponent(this.lab)}/world`, { credentials: "same-origin" });
      const world = await answer.text();
      if (!answer.ok || moment !== this.#moment) return;
      if (world !== this.#known) await this.#take(world, script);
      this.isReady = moment === this.#moment;
    } catch {
      // The server previews.
    }
  }

  /** Gives the engine a world, on both threads. */
  async #take(world: string, script: string) {
    this.#quick.drop();
    const said = await this.#turns.take(() => this.#ask({ world }, LOADING));
    this.#known = world;
    if (!("program" in said)) return;
    const { program } = said;
    const lab = ({ PreviewLab }: Engine) => new PreviewLab(world);
    void this.#quick.begin(async () => ({ script: new URL("engine.js", new URL(script, location.href)).href, program, lab }));
  }

  async #ask(question: Question, patience: number): Promise<Said> {
    if (this.#isLost || this.script === undefined) throw new Error("there is no engine");
    try {
      return await this.#beside.ask(question, patience);
    } catch (problem) {
      if (problem instanceof Died) this.#lose();
      throw problem;
    }
  }

  /** What has died once is left alone. */
  #lose() {
    this.#beside.end();
    this.#quick.drop();
    this.#isLost = true;
    this.isReady = false;
  }
}
