// Builds what the pages load into ../assets, or into the folder that is named. The built files are committed, so that Rust alone builds the program.
import { build } from "esbuild";
import { withoutStyles } from "./xterm.mjs";

const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "eof",
  outdir: process.argv[2] ?? "../assets",
  logLevel: "warning",
};

// Before the first paint: no module, which would come later.
await build({ ...common, entryPoints: ["src/theme.ts"], format: "iife" });
await build({ ...common, entryPoints: ["src/class.ts", "src/course.ts", "src/front.ts", "src/lab.ts"], format: "esm", external: ["./editor.js"] });
// Loaded by `lab.js` when a lab has begun.
await build({ ...common, entryPoints: ["src/editor.ts"], format: "esm" });
// The terminal comes when it is opened.
await build({ ...common, entryPoints: ["src/terminal.ts"], format: "esm", loader: { ".css": "text" }, plugins: [withoutStyles] });
// With a server that has the engine: what runs it beside the page of a lab.
await build({ ...common, entryPoints: ["src/preview-worker.ts"], format: "esm" });
// On the static site: the host that the page itself is, the engine's worker, and what keeps the site in the browser.
await build({ ...common, entryPoints: ["src/site.ts", "src/engine-worker.ts"], format: "esm" });
await build({ ...common, entryPoints: ["src/sw.ts"], format: "iife" });
