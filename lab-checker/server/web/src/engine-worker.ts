// The engine beside the page, which goes on meanwhile: calls come in as messages, and go out as answers.

import type { Answer, Question, Shared, To } from "./site/message.ts";
import { open, type Opened } from "./wasm/program.ts";

type Asked = Record<string, (...args: (string | number)[]) => string | undefined>;
interface Engine {
  Lab: new (bundle: string, world?: string) => Asked;
  Quiz: new (sealed: string) => Asked;
  Try: new (bundle: string) => Asked;
}

const folder = new URL("../engine/", import.meta.url);
let opened: Promise<Opened<Engine>> | null = null;
const labs = new Map<string, Asked>();
const bundles = new Map<string, string>();
const quizzes = new Map<string, Asked>();
let first: Asked | null = null;

const NOT_LOADED = "The engine cannot be loaded. Is there a network?";
const TOO_OLD = "This browser cannot run the engine; a newer one can.";

/** What somebody can do something about. */
class Unavailable extends Error {}

const load = () => {
  opened ??= open<Engine>(folder).catch((problem: unknown) => {
    opened = null;
    throw new Unavailable(problem instanceof WebAssembly.CompileError ? TOO_OLD : NOT_LOADED);
  });
  return opened;
};

const text = async (path: string) => {
  const answer = await fetch(new URL(path, folder)).catch(() => null);
  if (!answer?.ok) throw new Unavailable("This part of the course cannot be loaded. Is there a network?");
  return answer.text();
};

const bundle = async (lab: string) => {
  const there = bundles.get(lab) ?? (await text(`labs/${encodeURIComponent(lab)}.json`));
  bundles.set(lab, there);
  return there;
};

const shared = async (lab: string): Promise<Shared> => ({ program: (await load()).program, bundle: await bundle(lab) });

const asked = async (to: To): Promise<Asked> => {
  const { Lab, Quiz, Try } = (await load()).engine;
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
  const lab = new Lab(await bundle(to.lab), to.world ?? undefined);
  labs.set(to.lab, lab);
  return lab;
};

/** A program that has panicked is left in the middle of something. */
const isDead = (problem: unknown) => problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError;
const words = (problem: unknown) => (problem instanceof Error ? problem.message : String(problem));

const answer = async (question: Question): Promise<Answer> => {
  try {
    if ("share" in question) return await shared(question.share);
    const { to, method, args } = question;
    const object = await asked(to);
    const call = object[method];
    if (!call) throw new Unavailable(`this engine has no ${method}`);
    const began = performance.now();
    return { value: call.apply(object, args), took: performance.now() - began };
  } catch (problem) {
    return isDead(problem) ? { died: words(problem) } : { error: words(problem) };
  }
};

addEventListener("message", async ({ data }: MessageEvent<Question & { id: number }>) =>
  postMessage({ id: data.id, ...(await answer(data)) }),
);
