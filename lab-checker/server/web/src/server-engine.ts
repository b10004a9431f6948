// The engine that the server is. Where the page has one too, that one previews; the server judges.

import { type Applied, type Draft, type Engine, type Explanation, type Hint, type LabNow, Outdated, type Preview, type Probed, type Solution } from "./engine.ts";
import { follow } from "./lab/follow.ts";
import { InPage } from "./lab/in-page.ts";
import type { Report } from "./report/groups.ts";
import { api, isProblem, post } from "./shared/api.ts";

/** Browsers refuse to send more than 64 KiB after a page has gone; a character may be three bytes. */
const SENT_AFTERWARDS = 20 << 10;

/** Whoever types fast asks once for several keys. */
const BETWEEN_KEYS = 25;

export const serverEngine = (lab: string): Engine => {
  const path = `labs/${encodeURIComponent(lab)}`;
  const bench = document.querySelector<HTMLElement>("[data-workbench]");
  // Who has not begun types nothing.
  const inPage = new InPage(lab, bench?.querySelector("#yaml") ? bench.dataset.engine : undefined);
  let now: LabNow | null = null;
  /** What the server alone can judge stays as it is in the world. */
  const withWorld = (preview: Preview): Preview => {
    const known = new Set(preview.checks.map((check) => check.name));
    return { ...preview, checks: [...preview.checks, ...(now?.report.checks ?? []).filter((check) => !known.has(check.name))] };
  };
  return {
    complete: async () => {},
    apply: async (written) => {
      inPage.changing();
      try {
        return await post<Applied>(`${path}/objects`, written);
      } finally {
        inPage.changed();
      }
    },
    preview: async (written, open, signal) => {
      const preview = await inPage.preview(written, open, signal);
      return preview ? withWorld(preview) : post<Preview>(`${path}/preview`, { ...written, open }, { signal });
    },
    pause: () => (inPage.isReady ? 0 : BETWEEN_KEYS),
    check: () => post<Report>(`${path}/attempts`),
    why: (asked, written) => post<Explanation>(`${path}/explain`, { ...asked, ...written }),
    hint: (number) => api<Hint>(`${path}/hints/${number}`),
    solution: () => api<Solution>(`${path}/solution`),
    probe: (asked) => post<Probed>(`${path}/probe`, asked),
    whenPassed: async () => {
      const response = await fetch(location.pathname, { headers: { accept: "text/html" } });
      return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
    },
    reset: async (form) => {
      // The question has been asked; without a script the server asks.
      const hidden = (name: string, value: string) => Object.assign(document.createElement("input"), { type: "hidden", name, value });
      form.append(hidden("anew", "yes"), hidden("action", "start"));
      form.action = `${location.pathname}#editor`;
      form.submit();
    },
    follow: (seen) => {
      const stream = follow(lab, (state) => {
        now = state;
        inPage.followed();
        seen(state);
      });
      stream.addEventListener("error", () => inPage.unfollowed());
      addEventListener("pagehide", () => inPage.unfollowed());
    },
    draft: () => api<Draft>(`${path}/draft`),
    keepDraft: async (text, version) => {
      try {
        // It is kept even when the page is being left.
        const body = JSON.stringify({ text, version });
        return await api<Draft>(`${path}/draft`, { method: "PUT", body, keepalive: body.length < SENT_AFTERWARDS });
      } catch (problem) {
        const other = isProblem(problem) ? (problem.body.draft as Draft | undefined) : undefined;
        throw other ? new Outdated(other) : problem;
      }
    },
    forgetDraft: () => api<void>(`${path}/draft`, { method: "DELETE", keepalive: true }),
    keepAside: (text) => {
      if (text === null) return api<void>(`${path}/draft/aside`, { method: "DELETE", keepalive: true });
      const body = JSON.stringify({ text });
      return api<void>(`${path}/draft/aside`, { method: "PUT", body, keepalive: body.length < SENT_AFTERWARDS });
    },
  };
};
