// How long the engine of a page takes, in node: `node measure/speed.mjs [DIST]`. For every lab, text to preview (of its
// solution as it is typed, a line more each time; what a browser needs to draw it is not in that) and a check, median
// and worst, beside the budget; and how long a hundred policies take to read.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Milliseconds from a keystroke to the picture, drawing and all. */
const BUDGET = 30;
const ROUNDS = 3;

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, "../dist"));
const engine = await import(pathToFileURL(join(dist, "engine.js")).href);
engine.initSync({ module: readFileSync(join(dist, "engine_bg.wasm")) });

const filesOf = (folder, under = "") =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesOf(join(folder, entry.name), `${under}${entry.name}/`)
      : [[under + entry.name, readFileSync(join(folder, entry.name), "utf8")]],
  );
const timed = (work) => {
  const before = performance.now();
  work();
  return performance.now() - before;
};
const row = (...columns) => console.log(columns.map((c, at) => (at ? String(c).padStart(9) : String(c).padEnd(28))).join(""));
const ms = (time) => time.toFixed(1);
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

let over = 0;
row("lab (ms)", "load", "typed", "median", "worst", "check", "budget");
const labs = join(here, "../../../labs");
for (const id of readdirSync(labs).sort()) {
  const files = Object.fromEntries(filesOf(join(labs, id)));
  const bundle = JSON.stringify({ id, title: id, files, rendered: {} });
  let lab;
  const load = timed(() => {
    lab = new engine.Lab(bundle);
  });
  const solution = Object.entries(files).filter(([path]) => path.startsWith("solution/"));
  const lines = solution.map(([, text]) => text).join("\n---\n").split("\n");
  const preview = (count) => lab.preview(JSON.stringify({ text: lines.slice(0, count).join("\n"), brought: [], open: [] }));
  preview(lines.length);
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let count = 1; count <= lines.length; count += 1) times.push(timed(() => preview(count)));
  }
  lab.apply(JSON.stringify({ text: lines.join("\n"), brought: [] }));
  const check = timed(() => lab.check());
  const typical = median(times);
  if (typical > BUDGET) over += 1;
  row(id, ms(load), times.length, ms(typical), ms(Math.max(...times)), ms(check), BUDGET);
}

const policy = (at) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: policy-${at}, namespace: shop}
spec:
  podSelector: {matchLabels: {app: app-${at}}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: app-${(at + 1) % 100}}}}]
      ports: [{port: 8080}]
`;
const pod = (at) => `{apiVersion: v1, kind: Pod, metadata: {name: pod-${at}, namespace: shop, labels: {app: app-${at}}}}\n`;
const policies = Array.from({ length: 100 }, (_, at) => policy(at)).join("---\n");
const pods = Array.from({ length: 100 }, (_, at) => pod(at)).join("---\n");
const read = Array.from({ length: 9 }, () => timed(() => engine.read(policies)));
const asked = JSON.stringify({ text: `${pods}---\n${policies}`, ports: ["8080/TCP"] });
const reach = Array.from({ length: 9 }, () => timed(() => engine.reach(asked)));
console.log(`\nreading 100 policies: median ${ms(median(read))} ms, worst ${ms(Math.max(...read))} ms`);
console.log(`100 pods and 100 policies, every pair: median ${ms(median(reach))} ms, worst ${ms(Math.max(...reach))} ms`);
if (over > 0) {
  console.error(`${over} labs take longer than ${BUDGET} ms from a keystroke to the picture`);
  process.exitCode = 1;
}
