// The first try of the start page, answered while somebody types.

import { enhanceFirstTry } from "./front/first-try.ts";

document.querySelectorAll<HTMLElement>("[data-first-try]").forEach(enhanceFirstTry);
