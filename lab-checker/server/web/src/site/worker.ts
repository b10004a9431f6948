// The engine's worker as the page sees it: one question at a time, and another worker when one dies.

import type { Preview, Written } from "../engine.ts";
import { Problem } from "../shared/api.ts";
import { assetAt } from "../shared/here.ts";
import { Turns } from "../shared/turns.ts";
import { Beside, Died } from "../wasm/beside.ts";
import { askedIn, type Previewing, Quick } from "../wasm/quick.ts";
import type { Answer, Call, Question, Shared, To } from "./message.ts";
import { notice } from "./notice.ts";

/** No question takes so long, in milliseconds. */
const LONGEST = 30_000;
const DIED = "The engine has stopped at this, and begins again. What you have applied is still there.";

const beside = new Beside<Question, Answer>(() => new Worker(assetAt("./engine-worker.js"), { type: "module", name: "engine" }));
const turns = new Turns();
/** The labs that the worker knows. */
const known = new Set<string>();

interface Engine {
  Lab: new (bundle: string, world?: string) => Previewing;
}
const script = assetAt("../engine/engine.js");

/** An answer that is one. */
const said = async (question: Question) => {
  try {
    const answer = await beside.ask(question, LONGEST);
    if ("error" in answer) throw new Problem(answer.error, 422);
    return answer as Exclude<Answer, { error: string } | { died: string }>;
  } catch (problem) {
    if (!(problem instanceof Died)) throw problem;
    known.clear();
    notice(DIED);
    throw new Problem(DIED, 500);
  }
};

const one = async (to: To, method: string, args: Call["args"]) =>
  (await said({ to, method, args })) as Extract<Answer, { took: number }>;

const parsed = <T>(answer: string | undefined) => (answer === undefined ? undefined : JSON.parse(answer)) as T;

export const askQuiz = <T>(quiz: string, method: string, answers: unknown) =>
  turns.take(async () => parsed<T>((await one({ quiz }, method, [JSON.stringify(answers)])).value));

/** A text in the first try of the start page. */
export const askFirst = <T>(text: string, signal: AbortSignal) =>
  turns.take(async () => parsed<T>((await one({ first: true }, "tryOut", [text])).value), signal);

/** A lab in the worker, which begins with the world that the page has kept of it; and here, for previews that are quick. */
export const labIn = (lab: string, world: () => Promise<string | null>) => {
  const quick = new Quick<Engine>();
  /** How many changes of the world are not kept yet. */
  let changes = 0;

  const answered = (method: string, args: Call["args"], signal?: AbortSignal) =>
    turns.take(async () => {
      if (known.has(lab)) return one({ lab }, method, args);
      const answer = await one({ lab, world: await world() }, method, args);
      known.add(lab);
      return answer;
    }, signal);
  const raw = async (method: string, args: Call["args"]) => (await answered(method, args)).value;
  const begin = async () => {
    const { program, bundle } = (await turns.take(() => said({ share: lab }))) as Shared;
    const kept = (await world()) ?? undefined;
    return { script, program, lab: ({ Lab }: Engine) => new Lab(bundle, kept) };
  };
  return {
    raw,
    ask: async <T>(method: string, args: Call["args"] = []) => parsed<T>(await raw(method, args)),
    preview: async (written: Written, open: string[], signal: AbortSignal): Promise<Preview> => {
      const atOnce = quick.preview(written, open);
      if (atOnce !== undefined) return parsed<Preview>(atOnce);
      const { value, took } = await answered("preview", [askedIn(written, open)], signal);
      quick.told(written.text.length, took);
      if (changes === 0) void quick.begin(begin);
      return parsed<Preview>(value);
    },
    /** Changes the world, and keeps it. */
    changing: async <T>(change: () => Promise<T>): Promise<T> => {
      changes += 1;
      quick.drop();
      try {
        return await change();
      } finally {
        changes -= 1;
      }
    },
    /** The world is another one than the worker's. */
    forget: () => {
      known.delete(lab);
      quick.drop();
    },
  };
};
