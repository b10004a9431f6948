// The attack of the lab's story, once more: tried in the learner's own world at the moment of passing, with what curl
// prints now beside what the attacker got before.

import type { Engine } from "../engine.ts";
import { element } from "../shared/dom.ts";

export const replayAttack = async (engine: Engine) => {
  const attack = document.querySelector<HTMLElement>(".attack");
  const now = attack?.querySelector("[data-attack-now]");
  const { from, to, port } = attack?.dataset ?? {};
  if (!now || !from || !to || !port) return;
  const verdict = now.textContent ?? "";
  now.textContent = "Trying it again …";
  try {
    const { pod, command, output } = await engine.probe({ from, to, port });
    const shown = element("pre");
    shown.tabIndex = 0;
    shown.append(element("code", "language-console", `${pod} $ ${command}\n${output}`));
    now.replaceChildren(shown, element("p", "", verdict));
  } catch {
    // What the policies say is true without a try, too.
    now.textContent = verdict;
  }
};
