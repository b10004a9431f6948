// From a keystroke to the picture, in real Chromium on the built site: `node measure/browser.mjs SITE`. In every lab the
// solution stands in the editor; its last characters are taken away and typed again, key by key. The clock starts with
// the browser's own time of the key, and stops when the first frame is painted after the engine's answer came: with the
// picture, where it is another one now, with the marks at the lines and the map.
import { hostOf, openBrowser } from "./host.mjs";
import { isMain, labs, median, ms, row, solutionOf } from "./labs.mjs";

/** Milliseconds from a keystroke to the picture. */
export const BUDGET = 30;
/** So many characters go, and come again. */
const KEYS = 15;
/** A fast typist's. */
const APART = 80;
const BACKSPACE = "\uE003";

const PREPARE = `
  const [text, done] = arguments;
  const until = (isSo) => new Promise((so) => { const look = () => isSo() ? so() : setTimeout(look, 20); look(); });
  const painted = () => new Promise((so) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel(); port1.onmessage = so; port2.postMessage(0); }));
  const write = async () => {
    await until(() => document.querySelector(".code-editor")?.shadowRoot?.querySelector(".cm-content"));
    const content = document.querySelector(".code-editor").shadowRoot.querySelector(".cm-content");
    const picture = document.querySelector("[data-picture]");
    window.times = [];
    let began = null;
    const shown = async () => {
      if (began === null) return;
      const key = began;
      began = null;
      await painted();
      window.times.push(performance.now() - key);
    };
    content.focus();
    document.execCommand("selectAll");
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const first = picture && new Promise((so) => new MutationObserver((_, seen) => { seen.disconnect(); so(); }).observe(picture, { childList: true }));
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    await first;
    await new Promise((so) => setTimeout(so, 500));
    // A picture that is as it was is left as it is.
    window.onPreview = shown;
    addEventListener("keydown", (event) => { began ??= event.timeStamp; }, true);
  };
  write().then(() => done(true), (problem) => done(String(problem)));
`;
/** Before the page's own scripts: a page marks each preview that it has shown. */
const LISTEN = `
  const mark = performance.mark.bind(performance);
  performance.mark = (name, ...more) => {
    if (name === "previewed") window.onPreview?.();
    return mark(name, ...more);
  };
`;
const TIMES = "arguments[0](window.times)";

export const browserTimes = async (site) => {
  const host = await hostOf(site);
  const browser = await openBrowser();
  const rows = [];
  try {
    await browser.beforeEachPage(LISTEN);
    for (const id of labs()) {
      await browser.goto(`${host.url}labs/${id}/`);
      const solution = solutionOf(id).trimEnd();
      const prepared = await browser.script(PREPARE, solution);
      if (prepared !== true) throw new Error(`${id}: ${prepared}`);
      const last = [...solution].slice(-KEYS).join("");
      await browser.keys(BACKSPACE.repeat(KEYS), APART);
      await browser.keys(last, APART);
      const times = await browser.script(TIMES);
      rows.push({ id, keys: times.length, median: median(times), worst: Math.max(...times) });
    }
  } finally {
    await browser.close();
    host.stop();
  }
  return { rows, version: browser.version };
};

if (isMain(import.meta.url)) {
  const { rows, version } = await browserTimes(process.argv[2]);
  console.log(version);
  row("keystroke to picture (ms)", "keys", "median", "worst", "budget");
  for (const { id, keys, median, worst } of rows) row(id, keys, ms(median), ms(worst), BUDGET);
  if (rows.some(({ median }) => median > BUDGET)) process.exitCode = 1;
}
