// The engine beside the page of a lab that has a server: it is given the lab's world, and drafts to try out in it. The
// server sends this script with the engine, from one folder.

import { open } from "./wasm/program.ts";
import type { Previewing } from "./wasm/quick.ts";

interface Engine {
  PreviewLab: new (bundle: string) => Previewing;
}

const opened = open<Engine>(new URL(".", import.meta.url));
// Whoever asks is told.
opened.catch(() => {});
let lab: Previewing | null = null;

type Question = { id: number; world: string } | { id: number; asked: string };

/** What the engine throws by itself is a text: the server says the same in its own words. */
const previewed = (asked: string): string | undefined => {
  try {
    return lab?.preview(asked);
  } catch (problem) {
    if (typeof problem === "string") return undefined;
    throw problem;
  }
};

const answer = async (question: Question) => {
  const { engine, program } = await opened;
  if ("world" in question) {
    lab?.free();
    lab = null;
    lab = new engine.PreviewLab(question.world);
    return { program };
  }
  const began = performance.now();
  return { value: previewed(question.asked), took: performance.now() - began };
};

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  try {
    postMessage({ id: data.id, ...(await answer(data)) });
  } catch (problem) {
    postMessage({ id: data.id, died: String(problem) });
  }
});
