// A text with one blank: what is filled in is tried, and the picture shows what comes of it.

import type { Tried } from "../engine.ts";
import { host } from "../hosted.ts";
import { element, part } from "../shared/dom.ts";

/** How long somebody has to pause before they are answered, in milliseconds. */
const PAUSE = 30;

export const enhanceFirstTry = (section: HTMLElement) => {
  const form = part<HTMLFormElement>(section, "form");
  const field = part<HTMLInputElement>(form, "input[name=fill]");
  const picture = part(section, ".picture-scroller");
  const checks = part(section, ".try-checks");
  const wrong = part(section, ".wrong-box");
  const done = part(section, ".verdict");
  const [before, behind] = [".before", ".behind"].map((css) => part(form, css).textContent ?? "");
  let asked = new AbortController();
  let pause = 0;

  const say = (message: string) => {
    wrong.textContent = message;
    wrong.hidden = message === "";
  };

  const show = (tried: Tried) => {
    picture.innerHTML = tried.picture;
    checks.replaceChildren(
      ...tried.checks.map(({ name, passed }) => {
        const item = element("li", passed ? "passed" : "failed");
        const mark = element("span", "mark", passed ? "✓" : "✗");
        mark.role = "img";
        mark.ariaLabel = passed ? "yes" : "no";
        item.append(mark, ` ${name}`);
        return item;
      }),
    );
    done.hidden = !tried.checks.every(({ passed }) => passed);
    say(tried.diagnostics.find(({ severity }) => severity === "error")?.message ?? "");
  };

  const look = async () => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const word = field.value.trim();
    try {
      const tried = await host.tryOut(word ? `${before}${word}${behind}` : "", signal);
      if (!signal.aborted) show(tried);
    } catch (error) {
      if (!signal.aborted) say(error instanceof Error ? error.message : String(error));
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = window.setTimeout(look, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(pause);
    void look();
  });
};
