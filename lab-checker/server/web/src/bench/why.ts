// Why a flow gets through or not, in place; and the line of the text that decides.

import type { Engine, Explanation, Side, Written } from "../engine.ts";
import { element } from "../shared/dom.ts";
import { sayProblem } from "../shared/words.ts";
import type { Editor } from "./editor.ts";
import { lightArrows } from "./picture.ts";

const side = (label: string, { verdict, reason, policies }: Side) => {
  const box = element("div", "side");
  box.append(element("h3", "", `${label}: ${verdict}`), element("p", "", reason));
  const list = element("ul");
  for (const policy of policies) {
    const item = element("li");
    item.append(element("code", "", policy.policy), `: ${policy.reason}`);
    const rules = element("ul");
    rules.append(
      ...(policy.rules ?? []).map((rule) => element("li", "", `rule ${rule.rule} admits ${rule.admits}: ${rule.reason}`)),
    );
    if (rules.childElementCount) item.append(rules);
    list.append(item);
  }
  if (list.childElementCount) box.append(list);
  return box;
};

const show = (place: Element, flow: string, told: Explanation) => {
  const verdict = element("p", "verdict neutral");
  verdict.append(element("strong", "", `${told.verdict}.`), ` ${told.summary}`);
  const parts: Element[] = [element("h2", "", "Why?"), inCode(flow), verdict];
  if (told.egress) parts.push(side("Out of the source", told.egress));
  if (told.ingress) parts.push(side("Into the destination", told.ingress));
  if (told.nearest_misses?.length) {
    const list = element("ul");
    list.append(...told.nearest_misses.map((miss) => element("li", "", miss)));
    parts.push(element("h3", "", "What is nearly matching"), list);
  }
  for (const note of told.notes ?? []) parts.push(element("p", "muted", note));
  place.replaceChildren(...parts);
};

const inCode = (text: string) => {
  const line = element("p");
  line.append(element("code", "", text));
  return line;
};

/** Answers clicks on arrows and on cells of the table, whose links lead to the same answer without a script. */
export const explainInPlace = (engine: Engine, editor: Editor | null, question: () => Written) => {
  const place = document.querySelector<HTMLElement>("#why");
  const pane = place?.closest<HTMLElement>(".pane");
  if (!place || !pane) return;
  place.tabIndex = -1;
  pane.addEventListener("click", async (event) => {
    const link = (event.target as Element).closest("a");
    const query = link ? new URL(link.getAttribute("href") ?? "", location.href).searchParams : null;
    const [from, to, port] = [query?.get("from"), query?.get("to"), query?.get("port")];
    if (!from || !to || !port || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    try {
      const told = await engine.why({ from, to, port }, question());
      show(place, `${from} → ${to}:${port}`, told);
      editor?.light((told.decided_by ?? []).flatMap(({ line }) => (line === undefined ? [] : [line])));
    } catch (problem) {
      sayProblem(place, problem);
    }
    const asked = /^\d+$/.test(port) ? `${port}/TCP` : port;
    lightArrows((one, other, ports) => one === from && other === to && ports.split(" ").includes(asked));
    place.scrollIntoView({ block: "nearest" });
  });
};
