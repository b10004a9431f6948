// The site without a network: a worker of the browser keeps all files of one build, and answers for the host. When there
// is another build, open pages say so; whoever reloads gets all of it at once.

import { pageAt } from "../shared/here.ts";
import { notice } from "./notice.ts";

/** What this page is of. */
const own = document.documentElement.dataset.site;

const takeOver = (waiting: ServiceWorker) => waiting.postMessage("take over");

const offer = (waiting: ServiceWorker) =>
  notice("There is a new version of this course.", { label: "Reload", work: () => takeOver(waiting) });

const watch = (registration: ServiceWorkerRegistration) => {
  // The page was opened or reloaded just now: nobody is in the middle of something.
  if (registration.waiting) takeOver(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const found = registration.installing;
    found?.addEventListener("statechange", () => {
      if (found.state === "installed" && navigator.serviceWorker.controller) offer(found);
    });
  });
  // A page may be open for days.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => {});
  });
};

export const keepSite = async () => {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  // Browsers have it for secure pages alone.
  if (!serviceWorker) return;
  serviceWorker.addEventListener("message", ({ data }) => {
    // A page of one build never runs with files of another. What was typed is kept.
    if (data?.build !== undefined && data.build !== own) location.reload();
  });
  try {
    watch(await serviceWorker.register(pageAt("/sw.js"), { updateViaCache: "none" }));
  } catch {
    // Without it the site needs its network.
  }
};
