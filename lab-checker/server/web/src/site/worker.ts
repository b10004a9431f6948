// The engine's worker as the page sees it: one question at a time, and another worker when one dies.

import { Problem } from "../shared/api.ts";
import { assetAt } from "../shared/here.ts";
import { Turns } from "../shared/turns.ts";
import type { Answer, Call, To } from "./message.ts";
import { notice } from "./notice.ts";

/** No question takes so long, in milliseconds. */
const LONGEST = 30_000;
const DIED = "The engine has stopped at this, and begins again. What you have applied is still there.";

let worker: Worker | null = null;
const turns = new Turns();
let number = 0;
/** The labs that the worker knows. */
const known = new Set<string>();

const end = () => {
  worker?.terminate();
  worker = null;
  known.clear();
};

const died = () => {
  end();
  notice(DIED);
  return new Problem(DIED, 500);
};

const one = (to: To, method: string, args: Call["args"]) =>
  new Promise<string | undefined>((done, failed) => {
    worker ??= new Worker(assetAt("./engine-worker.js"), { type: "module", name: "engine" });
    const asked = worker;
    const id = (number += 1);
    const ended = new AbortController();
    const { signal } = ended;
    const settle = (then: () => void) => {
      clearTimeout(timer);
      ended.abort();
      then();
    };
    const timer = setTimeout(() => settle(() => failed(died())), LONGEST);
    const heard = ({ data }: MessageEvent<Answer>) => {
      if (data.id !== id) return;
      settle(() => {
        if ("died" in data) failed(died());
        else if ("error" in data) failed(new Problem(data.error, 422));
        else done(data.value);
      });
    };
    asked.addEventListener("message", heard, { signal });
    asked.addEventListener("error", () => settle(() => failed(died())), { signal });
    asked.postMessage({ id, to, method, args } satisfies Call);
  });

const parsed = <T>(answer: string | undefined) => (answer === undefined ? undefined : JSON.parse(answer)) as T;

export const askQuiz = <T>(quiz: string, method: string, answers: unknown) =>
  turns.take(async () => parsed<T>(await one({ quiz }, method, [JSON.stringify(answers)])));

/** A text in the first try of the start page. */
export const askFirst = <T>(text: string, signal: AbortSignal) =>
  turns.take(async () => parsed<T>(await one({ first: true }, "tryOut", [text])), signal);

/** A lab in the worker, which begins with the world that the page has kept of it. */
export const labIn = (lab: string, world: () => Promise<string | null>) => {
  const raw = (method: string, args: Call["args"], signal?: AbortSignal) =>
    turns.take(async () => {
      if (known.has(lab)) return one({ lab }, method, args);
      const answer = await one({ lab, world: await world() }, method, args);
      known.add(lab);
      return answer;
    }, signal);
  return {
    raw,
    ask: async <T>(method: string, args: Call["args"] = [], signal?: AbortSignal) => parsed<T>(await raw(method, args, signal)),
    /** The world is another one than the worker's. */
    forget: () => known.delete(lab),
  };
};
