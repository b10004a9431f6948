// Keeps the site in the browser, all files of one build together, and answers for the host. `course build` writes the
// list of files and their hashes in front of this script.

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Keeper {
  BUILD: { version: string; files: Record<string, string> };
  registration: { scope: string };
  clients: { claim(): Promise<void>; matchAll(): Promise<{ postMessage(message: unknown): void }[]> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", work: (event: Extendable) => void): void;
  addEventListener(type: "fetch", work: (event: Fetched) => void): void;
  addEventListener(type: "message", work: (event: MessageEvent) => void): void;
}

const keeper = self as unknown as Keeper;
const { version, files } = keeper.BUILD;
const scope = new URL(keeper.registration.scope);
/** Sites may share a host: each has its own. */
const OURS = `default-deny ${scope.pathname} `;
const HASHES = "?hashes";
/** How many files are fetched at once. */
const AT_ONCE = 8;

const at = (path: string) => new URL(path, scope).href;

/** What an earlier build has of these files. */
const earlier = async () => {
  const found = new Map<string, Response>();
  for (const name of await caches.keys()) {
    if (!name.startsWith(OURS)) continue;
    const cache = await caches.open(name);
    const hashes: Record<string, string> = await (await cache.match(at(HASHES)))?.json().catch(() => ({})) ?? {};
    for (const [path, hash] of Object.entries(hashes)) {
      const answer = files[path] === hash && !found.has(path) ? await cache.match(at(path)) : undefined;
      if (answer) found.set(path, answer);
    }
  }
  return found;
};

/** The file of this very build, or none: a host may be in the middle of something. */
const fetched = async (path: string): Promise<Response> => {
  const answer = await fetch(at(path), { cache: "no-cache", integrity: `sha256-${files[path]}` });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  // A copy, as a browser refuses to show a page that a host has sent elsewhere on the way.
  const kind = answer.headers.get("content-type");
  return new Response(await answer.blob(), { headers: kind ? { "content-type": kind } : {} });
};

const keepAll = async () => {
  const cache = await caches.open(OURS + version);
  const before = await earlier();
  const wanted = Object.keys(files);
  const worker = async () => {
    for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
      await cache.put(at(path), before.get(path) ?? (await fetched(path)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await cache.put(at(HASHES), Response.json(files));
};

const forgetOthers = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== OURS + version).map((name) => caches.delete(name)));
};

const takeOver = async () => {
  await forgetOthers();
  await keeper.clients.claim();
  for (const client of await keeper.clients.matchAll()) client.postMessage({ build: version });
};

/** Which file an address means. */
const fileOf = (url: URL): string | null => {
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return null;
  const path = decodeURIComponent(url.pathname.slice(scope.pathname.length));
  return path === "" || path.endsWith("/") ? `${path}index.html` : path;
};

const answer = async (request: Request, path: string): Promise<Response> => {
  const cache = await caches.open(OURS + version);
  if (path in files) return (await cache.match(at(path))) ?? fetched(path);
  const isFolder = `${path}/index.html` in files;
  if (isFolder) return Response.redirect(at(`${path}/`), 301);
  const missing = request.mode === "navigate" ? await cache.match(at("404.html")) : undefined;
  return fetch(request).catch(() => (missing ? new Response(missing.body, { status: 404, headers: missing.headers }) : Response.error()));
};

keeper.addEventListener("install", (event) => event.waitUntil(keepAll()));
keeper.addEventListener("activate", (event) => event.waitUntil(takeOver()));
keeper.addEventListener("message", ({ data }) => {
  if (data === "take over") void keeper.skipWaiting();
});
keeper.addEventListener("fetch", (event) => {
  const path = fileOf(new URL(event.request.url));
  if (event.request.method === "GET" && path !== null && path !== "sw.js") event.respondWith(answer(event.request, path));
});
