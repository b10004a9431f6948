// Asks the WebAssembly build what the native one has answered: `node test/run.mjs DIST CASES.json`. The cases are written
// by course/tests/it/engine.rs; every answer has to be the same text.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [dist, file] = process.argv.slice(2);
const engine = await import(pathToFileURL(resolve(join(dist, "engine.js"))).href);
engine.initSync({ module: readFileSync(join(dist, "engine_bg.wasm")) });
const { labs, previews, quizzes, reach, read } = JSON.parse(readFileSync(file, "utf8"));

let compared = 0;
const wrong = [];
/** What a call gives, or the words that it throws. */
const said = (call) => {
  try {
    return call();
  } catch (thrown) {
    if (typeof thrown !== "string") throw thrown;
    return `thrown: ${thrown}`;
  }
};
const compare = (what, call, expected) => {
  compared += 1;
  const found = said(call);
  if (found === expected) return;
  let at = 0;
  while (found[at] === expected[at]) at += 1;
  const near = (text) => JSON.stringify(text.slice(Math.max(0, at - 80), at + 80));
  wrong.push(`${what}, at ${at}:\n  native ${near(expected)}\n  WebAssembly ${near(found)}`);
};

for (const { bundle, tries } of labs) {
  const lab = new engine.Lab(bundle);
  for (const { name, steps } of tries) {
    lab.reset();
    for (const { call, asked, answer } of steps) {
      compare(`${name}: ${call}`, () => (asked === null ? lab[call]() : lab[call](asked)), answer);
    }
  }
  // What was kept is the same lab again.
  const kept = lab.keep();
  compare("kept", () => new engine.Lab(bundle, kept).keep(), kept);
  compare("kept and looked at", () => new engine.Lab(bundle, kept).now(), lab.now());
}
for (const { bundle, tries } of previews) {
  const lab = new engine.PreviewLab(bundle);
  for (const { name, asked, answer } of tries) compare(`${name}: as a server's page`, () => lab.preview(asked) ?? "null", answer);
}
for (const { sealed, tries } of quizzes) {
  const quiz = new engine.Quiz(sealed);
  for (const { answers, report } of tries) compare(`quiz: ${answers}`, () => quiz.grade(answers), report);
}
for (const { name, asked, answer } of reach) compare(name, () => engine.reach(asked), answer);
for (const { name, text, answer } of read) compare(name, () => engine.read(text), answer);

if (wrong.length > 0) {
  console.error(`${wrong.length} of ${compared} answers differ:\n${wrong.slice(0, 20).join("\n")}`);
  process.exit(1);
}
console.log(`${compared} answers of the WebAssembly build are those of the native one`);
