// Compresses the engine for the wire, and says what it weighs beside its budget: `node measure/compress.mjs DIST`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { BUDGET, PARTS, weights } from "./wire.mjs";

const folder = process.argv[2];
for (const name of PARTS) {
  const content = readFileSync(join(folder, name));
  const best = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, { params: best }));
}
const row = (name, ...columns) => console.log(name.padEnd(16), ...columns.map((column) => String(column).padStart(10)));
row("file", "bytes", "gzip", "brotli");
const all = weights(folder);
for (const { name, bytes, gzip, brotli } of all) row(name, bytes, gzip, brotli);
row("budget", "", "", BUDGET);
const { brotli } = all.at(-1);
if (brotli > BUDGET) console.log(`${brotli - BUDGET} bytes over its budget; measure/weights.mjs says what is large`);
