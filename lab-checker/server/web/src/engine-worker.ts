// The engine beside the page, so that the page never waits: calls come in as messages, and go out as answers.

import type { Answer, Call, To } from "./site/message.ts";

type Asked = Record<string, (...args: (string | number)[]) => string | undefined>;
interface Engine {
  default: (program: { module_or_path: URL }) => Promise<unknown>;
  Lab: new (bundle: string, world?: string) => Asked;
  Quiz: new (sealed: string) => Asked;
  Try: new (bundle: string) => Asked;
}

const folder = new URL("../engine/", import.meta.url);
let engine: Promise<Engine> | null = null;
const labs = new Map<string, Asked>();
const quizzes = new Map<string, Asked>();
let first: Asked | null = null;

const NOT_LOADED = "The engine cannot be loaded. Is there a network?";
const TOO_OLD = "This browser cannot run the engine; a newer one can.";

/** What somebody can do something about. */
class Unavailable extends Error {}

const load = async (): Promise<Engine> => {
  try {
    const loaded = (await import(new URL("engine.js", folder).href)) as Engine;
    await loaded.default({ module_or_path: new URL("engine_bg.wasm", folder) });
    return loaded;
  } catch (problem) {
    engine = null;
    throw new Unavailable(problem instanceof WebAssembly.CompileError ? TOO_OLD : NOT_LOADED);
  }
};

const text = async (path: string) => {
  const answer = await fetch(new URL(path, folder)).catch(() => null);
  if (!answer?.ok) throw new Unavailable("This part of the course cannot be loaded. Is there a network?");
  return answer.text();
};

const asked = async (to: To): Promise<Asked> => {
  engine ??= load();
  const { Lab, Quiz, Try } = await engine;
  if ("first" in to) {
    first ??= new Try(await text("first-try.json"));
    return first;
  }
  if ("quiz" in to) {
    const quiz = quizzes.get(to.quiz) ?? new Quiz(await text(`quizzes/${encodeURIComponent(to.quiz)}.json`));
    quizzes.set(to.quiz, quiz);
    return quiz;
  }
  const there = to.world === undefined ? labs.get(to.lab) : undefined;
  if (there) return there;
  const lab = new Lab(await text(`labs/${encodeURIComponent(to.lab)}.json`), to.world ?? undefined);
  labs.set(to.lab, lab);
  return lab;
};

/** A program that has panicked is left in the middle of something. */
const isDead = (problem: unknown) => problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError;
const words = (problem: unknown) => (problem instanceof Error ? problem.message : String(problem));

const answer = async ({ id, to, method, args }: Call): Promise<Answer> => {
  try {
    const object = await asked(to);
    const call = object[method];
    if (!call) throw new Unavailable(`this engine has no ${method}`);
    return { id, value: call.apply(object, args) };
  } catch (problem) {
    return isDead(problem) ? { id, died: words(problem) } : { id, error: words(problem) };
  }
};

addEventListener("message", async ({ data }: MessageEvent<Call>) => postMessage(await answer(data)));
