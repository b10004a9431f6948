// The engine, compiled: a worker does that, and hands the page what it has compiled.

export interface Opened<Engine> {
  engine: Engine;
  program: WebAssembly.Module;
}

/** The engine of a folder. */
export const open = async <Engine>(folder: URL): Promise<Opened<Engine>> => {
  const at = (name: string) => new URL(name, folder);
  const [engine, program] = await Promise.all([import(at("engine.js").href), compiled(at("engine_bg.wasm"))]);
  await engine.default({ module_or_path: program });
  return { engine: engine as Engine, program };
};

/** Compiled while it comes, where the host tells what it is. */
const compiled = async (address: URL) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address.pathname}: ${answer.status}`);
  const isTold = answer.headers.get("content-type") === "application/wasm";
  return isTold ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
};
