// The course's labs, and what tables of figures are made of.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../../labs");

export const labs = () => readdirSync(folder).sort();

const below = (folder, under = "") =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? below(join(folder, entry.name), `${under}${entry.name}/`)
      : [[under + entry.name, readFileSync(join(folder, entry.name), "utf8")]],
  );

/** What a lab's files say, by their paths. */
export const filesOf = (id) => Object.fromEntries(below(join(folder, id)));

/** As somebody would have it in the editor. */
export const solutionOf = (id) =>
  Object.entries(filesOf(id))
    .filter(([path]) => path.startsWith("solution/"))
    .map(([, text]) => text)
    .join("\n---\n");

export const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
export const ms = (time) => time.toFixed(1);
export const row = (...columns) => console.log(columns.map((c, at) => (at ? String(c).padStart(9) : String(c).padEnd(28))).join(""));

/** Whether this file is what node was told to run. */
export const isMain = (url) => process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(url);
