// Which of the two a page runs on.

import type { Host } from "./host.ts";
import { serverHost } from "./server-host.ts";
import { assetAt, isSite } from "./shared/here.ts";

/** A file of its own, which the bundles of the pages leave alone. */
const SITE = assetAt("./site.js");

export const host: Host = isSite ? ((await import(SITE)) as typeof import("./site.ts")).siteHost : serverHost;
