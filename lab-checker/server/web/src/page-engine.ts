// The engine in the page: a worker judges, and this browser keeps what was done.

import { broughtBy } from "./bench/applied.ts";
import { type Applied, type Draft, type Engine, type Explanation, type Hint, type LabNow, Outdated, type Probed, type Solution } from "./engine.ts";
import type { Report } from "./report/groups.ts";
import { element, part, rendered } from "./shared/dom.ts";
import { kept } from "./shared/here.ts";
import { points } from "./shared/words.ts";
import { best, record } from "./site/progress.ts";
import * as store from "./site/store.ts";
import { labIn } from "./site/worker.ts";

/** What was applied last from the editor, and what its texts have brought. */
interface Words {
  text: string;
  brought: string[];
}

/** Tabs of the same site tell each other which lab's world has changed. */
const others = new BroadcastChannel(kept("default-deny"));

export const pageEngine = (lab: string): Engine => {
  const [world, words, draft] = ["world", "words", "draft"].map((what) => `${what}:${lab}`) as [string, string, string];
  const { ask, raw, preview, changing, forget } = labIn(lab, () => store.get<string>(world));
  const listeners: ((now: LabNow) => void)[] = [];

  const tell = async () => {
    const now = await ask<LabNow>("now");
    for (const seen of listeners) seen(now);
  };
  const keepWorld = async () => {
    await store.put(world, (await raw("keep", [])) ?? null);
    others.postMessage(lab);
  };
  others.addEventListener("message", ({ data }) => {
    if (data !== lab) return;
    forget();
    void tell().catch(() => {});
  });
  const draftNow = async (): Promise<Draft> => (await store.get<Draft>(draft)) ?? { text: "", version: 0, aside: null };
  const keepAside = (aside: string | null) =>
    store.change<Draft>(draft, (before) => ({ ...(before ?? { text: "", version: 0 }), aside }));

  /** The parts of the page that are there for who has passed. */
  const whenPassed = async (): Promise<ParentNode | null> => {
    const template = document.querySelector<HTMLTemplateElement>("template[data-when-passed]");
    if (!template) return null;
    const parts = document.createElement("div");
    parts.append(template.content.cloneNode(true), await solved(ask), await facts(lab));
    return parts;
  };

  return {
    complete: async (bench) => {
      const before = await store.get<Words>(words);
      if (before) fill(bench, before);
      const done = await best(`lab:${lab}`);
      if (done) part(document, "[data-facts]").replaceWith(await facts(lab));
      if (done?.passed) void whenPassed().then(showParts, () => {});
    },
    apply: async (written) => {
      const applied = await changing(async () => {
        const applied = await ask<Applied>("apply", [JSON.stringify(written)]);
        const isGood = applied.diagnostics.length === 0 && applied.results.every((result) => result.applied);
        const brought = broughtBy(applied, written.brought);
        await store.change<Words>(words, (before) => ({ text: isGood ? written.text : (before?.text ?? ""), brought }));
        await keepWorld();
        return applied;
      });
      void tell().catch(() => {});
      return applied;
    },
    preview,
    pause: () => 0,
    check: async () => {
      const report = await ask<Report>("check");
      await record(`lab:${lab}`, report);
      await keepWorld();
      return report;
    },
    why: (asked, written) => ask<Explanation>("why", [JSON.stringify({ ...asked, ...written })]),
    hint: (number) => ask<Hint>("hint", [number]),
    solution: () => ask<Solution>("solution"),
    probe: (asked) => ask<Probed>("probe", [JSON.stringify(asked)]),
    whenPassed,
    reset: async (form) => {
      const typed = part<HTMLTextAreaElement>(form, "#yaml").value;
      const start = document.querySelector<HTMLElement>("[data-workbench]")?.dataset.start ?? "";
      const before = (await store.get<Words>(words))?.text ?? "";
      const aside = [typed, before].find((text) => text.trim() !== "" && text.trim() !== start.trim());
      if (aside !== undefined) await keepAside(aside);
      for (const what of [world, words]) await store.put(what, null);
      others.postMessage(lab);
      history.replaceState(null, "", "#editor");
      location.reload();
    },
    follow: (seen) => {
      listeners.push(seen);
      void tell().catch(() => {});
    },
    draft: draftNow,
    keepDraft: async (text, version) => {
      let other: Draft | null = null;
      let written: Draft = { text, version };
      await store.change<Draft>(draft, (before) => {
        const there = before ?? { text: "", version: 0 };
        other = there.version === version ? null : there;
        if (other) return before;
        written = { ...there, text, version: there.version + 1 };
        return written;
      });
      if (other) throw new Outdated(other);
      return written;
    },
    forgetDraft: () =>
      store.change<Draft>(draft, (before) => (before?.aside ? { text: "", version: 0, aside: before.aside } : null)),
    keepAside,
  };
};

/** The editor as it was left: the page itself is the same for everybody. */
const fill = (bench: HTMLElement, { text, brought }: Words) => {
  if (text) {
    const box = part<HTMLTextAreaElement>(bench, "#yaml");
    box.value = text;
    box.defaultValue = text;
    part<HTMLInputElement>(bench, "input[name=shown]").value = text;
  }
  bench.dataset.brought = brought.join(" ");
};

const solved = async (ask: ReturnType<typeof labIn>["ask"]) => {
  const place = element("div");
  place.dataset.solution = "";
  const { files, html } = await ask<Solution>("solution");
  const box = element("details", "lab-solution");
  box.append(element("summary", "", "A solution, and why it is right"));
  for (const file of files) {
    const [title, pre] = [element("h3"), element("pre")];
    title.append(element("code", "", file.name));
    pre.append(element("code", "language-yaml", file.text));
    box.append(title, pre);
  }
  box.append(rendered("div", "", html));
  place.append(box);
  return place;
};

/** The line below the title, with what was reached so far. */
const facts = async (lab: string) => {
  const line = part(document, "[data-facts]").cloneNode(true) as HTMLElement;
  const done = await best(`lab:${lab}`);
  line.querySelector(".best")?.remove();
  if (done) line.append(" ", element("span", "best", `your best: ${points(done.points)}`));
  return line;
};

const showParts = (page: ParentNode | null) => {
  for (const css of ["[data-solution]", "[data-attack]", "[data-next]"]) {
    const [here, there] = [document.querySelector(css), page?.querySelector(css)];
    if (here && there) here.replaceChildren(...there.childNodes);
  }
};
