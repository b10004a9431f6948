// A host of files, and a browser that is driven through chromedriver, for measuring.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm" };

/** Sends what lies in a folder, on a free port. */
export const hostOf = async (folder) => {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    try {
      const content = readFileSync(join(folder, path.endsWith("/") ? `${path}index.html` : path));
      const kind = KINDS[extname(path) || ".html"] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": kind }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
};

/** Headless Chromium, with a profile of its own. */
export const openBrowser = async () => {
  const driver = spawn("chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
  const profile = mkdtempSync(join(tmpdir(), "engine-browser-"));
  let port = null;
  for await (const line of createInterface({ input: driver.stdout })) {
    port = /successfully on port (\d+)/.exec(line)?.[1] ?? null;
    if (port) break;
  }
  if (!port) throw new Error("chromedriver does not start: this needs Chromium and its driver");
  driver.stdout.resume();
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.message}`);
    return value;
  };
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup", "--window-size=1440,900", `--user-data-dir=${profile}`];
  const capabilities = { alwaysMatch: { "goog:chromeOptions": { args } } };
  const { sessionId, capabilities: has } = await ask("POST", "/session", { capabilities });
  const of = (path) => `/session/${sessionId}${path}`;
  const devtools = (cmd, params) => ask("POST", of("/goog/cdp/execute"), { cmd, params });
  await ask("POST", of("/timeouts"), { script: 60_000 });
  return {
    version: `${has.browserName} ${has.browserVersion}`,
    beforeEachPage: (source) => devtools("Page.addScriptToEvaluateOnNewDocument", { source }),
    goto: (url) => ask("POST", of("/url"), { url }),
    script: (script, ...args) => ask("POST", of("/execute/async"), { script, args }),
    /** Presses one key after the other, as far apart as a fast typist's. */
    keys: (keys, apart) => {
      const actions = [...keys].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }, { type: "pause", duration: apart }]);
      return ask("POST", of("/actions"), { actions: [{ type: "key", id: "keyboard", actions }] });
    },
    close: async () => {
      await ask("DELETE", of("")).catch(() => {});
      driver.kill();
      rmSync(profile, { recursive: true, force: true });
    },
  };
};
