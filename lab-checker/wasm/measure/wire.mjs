// What the engine weighs beside its budget: as it is, as gzip, and with brotli.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes over the wire, with brotli. */
export const BUDGET = 500_000;
export const PARTS = ["engine_bg.wasm", "engine.js"];

/** Of each part, and of both together. */
export const weights = (folder) => {
  const size = (name) => readFileSync(join(folder, name)).length;
  const rows = PARTS.map((name) => ({ name, bytes: size(name), gzip: size(`${name}.gz`), brotli: size(`${name}.br`) }));
  const sum = (key) => rows.reduce((all, row) => all + row[key], 0);
  return [...rows, { name: "both", bytes: sum("bytes"), gzip: sum("gzip"), brotli: sum("brotli") }];
};
