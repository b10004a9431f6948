// The engine's figures as one page: `node measure/report.mjs DIST SITE OUT`; see benches/report.sh.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { BUDGET as FRAME, browserTimes } from "./browser.mjs";
import { ms } from "./labs.mjs";
import { engineTimes } from "./speed.mjs";
import { BUDGET as WIRE, weights } from "./wire.mjs";

const [dist, site, out] = process.argv.slice(2);
const table = (head, rows) => [head, head.map((_, at) => (at ? "--:" : "---")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, " ");
const over = [];

const sizes = weights(dist);
if (sizes.at(-1).brotli > WIRE) over.push(`the engine weighs ${sizes.at(-1).brotli} bytes`);
const before = loadavg()[0];
const { rows: inNode, hundred } = await engineTimes(dist);
const { rows: inBrowser, version } = await browserTimes(site);
for (const { id, median } of inBrowser) if (median > FRAME) over.push(`${id} takes ${ms(median)} ms from a keystroke to the picture`);
const busy = Math.max(before, loadavg()[0]);
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();

const text = `# The engine for pages, measured

Written by \`lab-checker/wasm/benches/report.sh\` at ${commit}; node ${process.versions.node}, ${version}, on ${cpus().length} cores of ${cpus()[0].model}, of
which up to ${busy.toFixed(1)} were wanted at once, by this and by everything else on the machine.

## Over the wire

Bytes; with brotli it may be ${grouped(WIRE)}.

${table(["file", "as it is", "gzip", "brotli"], sizes.map(({ name, bytes, gzip, brotli }) => [name, grouped(bytes), grouped(gzip), grouped(brotli)]))}

## From a keystroke to the picture, in the browser

Milliseconds; the median may be ${FRAME}. The solution stands in the editor, and its end is taken away and typed again by real keys. The clock
starts with the browser's time of the key and stops when the first frame is painted after the page has shown the preview: with the picture, if
it is another one now, the marks at the lines and the table.

Chromium gives a page what a worker answers after the frame with the letter. So the page asks the engine on its own thread, unless that would
take longer than a frame: the first keys, for which much of the engine is compiled, and texts that are much longer than the one before.

${table(["lab", "keys", "median", "worst"], inBrowser.map(({ id, keys, median, worst }) => [id, keys, ms(median), ms(worst)]))}

## The engine alone, in node

Milliseconds. The solution is previewed as it is typed, a line more each time; \`load\` is the lab read from its bundle, and \`check\` a whole
report.

${table(["lab", "load", "median", "worst", "check"], inNode.map(({ id, load, median, worst, check }) => [id, ms(load), ms(median), ms(worst), ms(check)]))}

${hundred.join(" ")}
`;
writeFileSync(out, text);
console.log(text);
for (const line of over) console.error(`over its budget: ${line}`);
if (over.length > 0) process.exitCode = 1;
