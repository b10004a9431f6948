// Compresses the engine for the wire, and says what it weighs beside its budget: `node measure/compress.mjs DIST`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Bytes over the wire, with brotli. */
const BUDGET = 500_000;

const folder = process.argv[2];
let brotli = 0;
const row = (name, ...columns) => console.log(name.padEnd(16), ...columns.map((column) => String(column).padStart(10)));
row("file", "bytes", "gzip", "brotli");
for (const name of ["engine_bg.wasm", "engine.js"]) {
  const content = readFileSync(join(folder, name));
  const gzip = gzipSync(content, { level: 9 });
  const best = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const small = brotliCompressSync(content, { params: best });
  writeFileSync(join(folder, `${name}.gz`), gzip);
  writeFileSync(join(folder, `${name}.br`), small);
  brotli += small.length;
  row(name, content.length, gzip.length, small.length);
}
row("both", "", "", brotli);
row("budget", "", "", BUDGET);
if (brotli > BUDGET) {
  console.log(`${brotli - BUDGET} bytes over its budget; measure/weights.mjs says what is large`);
}
