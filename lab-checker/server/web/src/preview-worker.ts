// The engine beside the page of a lab that has a server: it is given the lab's world, and drafts to try out in it. The
// server sends this script with the engine, from one folder.

interface PreviewLab {
  preview(asked: string): string | undefined;
  free(): void;
}
interface Engine {
  default: (program: { module_or_path: URL }) => Promise<unknown>;
  PreviewLab: new (bundle: string) => PreviewLab;
}

const beside = (name: string) => new URL(name, import.meta.url);
const load = async (): Promise<Engine> => {
  const engine = (await import(beside("engine.js").href)) as Engine;
  await engine.default({ module_or_path: beside("engine_bg.wasm") });
  return engine;
};
const loaded = load();
// Whoever asks is told.
loaded.catch(() => {});
let lab: PreviewLab | null = null;

type Question = { id: number; world: string } | { id: number; asked: string };

/** What the engine throws by itself is a text: the server says the same in its own words. */
const answer = async (question: Question): Promise<string | undefined> => {
  const { PreviewLab } = await loaded;
  if ("world" in question) {
    lab?.free();
    lab = null;
    lab = new PreviewLab(question.world);
    return undefined;
  }
  try {
    return lab?.preview(question.asked);
  } catch (problem) {
    if (typeof problem === "string") return undefined;
    throw problem;
  }
};

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  try {
    postMessage({ id: data.id, value: await answer(data) });
  } catch (problem) {
    postMessage({ id: data.id, died: String(problem) });
  }
});
