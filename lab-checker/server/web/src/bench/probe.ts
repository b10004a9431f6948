// A probe: what curl prints in a pod of the lab's world.

import type { Cell, Engine } from "../engine.ts";
import { element } from "../shared/dom.ts";
import { busy } from "../shared/words.ts";

const portOf = ({ port, protocol }: Cell) => (protocol === "TCP" ? `${port}` : `${port}/${protocol}`);

const options = (select: HTMLSelectElement, values: string[]) => {
  const before = select.value;
  select.replaceChildren(...[...new Set(values)].map((value) => Object.assign(element("option", "", value), { value })));
  if (values.includes(before)) select.value = before;
};

/** The flows that are offered: the lab's own, which a text seldom changes. */
let offered: Cell[] = [];

const flowsOf = (cells: Cell[]) => JSON.stringify(cells.map((cell) => [cell.from, cell.to, portOf(cell)]));

const field = (form: HTMLFormElement, name: string) => form.elements.namedItem(name) as HTMLSelectElement;

/** What the chosen pod can be asked to reach. */
const narrow = (form: HTMLFormElement) => {
  const [from, to, port] = [field(form, "from"), field(form, "to"), field(form, "port")];
  options(to, offered.filter((cell) => cell.from === from.value).map((cell) => cell.to));
  options(port, offered.filter((cell) => cell.from === from.value && cell.to === to.value).map(portOf));
};

/** Whose flows the lab looks at, as far as they begin in a pod that is there. */
export const offerProbe = (engine: Engine, cells: Cell[]) => {
  const form = document.querySelector<HTMLFormElement>("form[data-probe]");
  const said = document.querySelector<HTMLElement>("[data-probe-output]");
  const pods = cells.filter(({ from }) => from.includes("/") && !from.includes("{"));
  if (!form || !said || pods.length === 0 || flowsOf(pods) === flowsOf(offered)) return;
  offered = pods;
  options(field(form, "from"), pods.map((cell) => cell.from));
  narrow(form);
  if (form.hidden) {
    form.hidden = false;
    form.addEventListener("change", () => narrow(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(form.querySelector("button") as HTMLButtonElement, said, async () => {
        const asked = Object.fromEntries(new FormData(form)) as { from: string; to: string; port: string };
        const { pod, command, output } = await engine.probe(asked);
        const shown = element("pre");
        shown.tabIndex = 0;
        shown.append(element("code", "language-console", `${pod} $ ${command}\n${output}`));
        said.replaceChildren(shown);
      });
    });
  }
};
