// How long the engine of a page takes, in node: `node measure/speed.mjs [DIST]`. For every lab, text to preview (of its
// solution as it is typed, a line more each time; what a browser needs to draw it is not in that) and a check, median
// and worst, beside the budget; and how long a hundred policies take to read.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BUDGET } from "./browser.mjs";
import { filesOf, isMain, labs, median, ms, row, solutionOf } from "./labs.mjs";

const ROUNDS = 3;

const timed = (work) => {
  const before = performance.now();
  work();
  return performance.now() - before;
};

export const engineTimes = async (dist) => {
  const engine = await import(pathToFileURL(resolve(dist, "engine.js")).href);
  engine.initSync({ module: readFileSync(join(dist, "engine_bg.wasm")) });
  return { rows: labs().map((id) => timesOf(engine, id)), hundred: hundred(engine) };
};

const timesOf = (engine, id) => {
  const bundle = JSON.stringify({ id, title: id, files: filesOf(id), rendered: {} });
  let lab;
  const load = timed(() => {
    lab = new engine.Lab(bundle);
  });
  const lines = solutionOf(id).split("\n");
  const preview = (count) => lab.preview(JSON.stringify({ text: lines.slice(0, count).join("\n"), brought: [], open: [] }));
  preview(lines.length);
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let count = 1; count <= lines.length; count += 1) times.push(timed(() => preview(count)));
  }
  lab.apply(JSON.stringify({ text: lines.join("\n"), brought: [] }));
  const check = timed(() => lab.check());
  return { id, load, typed: times.length, median: median(times), worst: Math.max(...times), check };
};

// A hundred policies for a hundred pods.
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

const hundred = (engine) => {
  const asked = JSON.stringify({ text: `${pods}---\n${policies}`, ports: ["8080/TCP"] });
  const nine = (work) => Array.from({ length: 9 }, () => timed(work));
  const [read, reach] = [nine(() => engine.read(policies)), nine(() => engine.reach(asked))];
  const told = (times) => `median ${ms(median(times))} ms, worst ${ms(Math.max(...times))} ms`;
  return [`Reading 100 policies: ${told(read)}.`, `100 pods and 100 policies, every pair: ${told(reach)}.`];
};

if (isMain(import.meta.url)) {
  const dist = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "../dist");
  const { rows, hundred: told } = await engineTimes(dist);
  row("lab (ms)", "load", "typed", "median", "worst", "check", "budget");
  for (const { id, load, typed, median, worst, check } of rows) row(id, ms(load), typed, ms(median), ms(worst), ms(check), BUDGET);
  console.log(`\n${told.join("\n")}`);
  const over = rows.filter(({ median }) => median > BUDGET).length;
  if (over > 0) {
    console.error(`${over} labs take longer than ${BUDGET} ms from a keystroke to the picture`);
    process.exitCode = 1;
  }
}
