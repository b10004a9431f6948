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

/** Whose flows the lab looks at, as far as they begin in a pod that is there. */
export const offerProbe = (engine: Engine, cells: Cell[]) => {
  const form = document.querySelector<HTMLFormElement>("form[data-probe]");
  const said = document.querySelector<HTMLElement>("[data-probe-output]");
  const pods = cells.filter(({ from }) => from.includes("/") && !from.includes("{"));
  if (!form || !said || pods.length === 0) return;
  const select = (name: string) => form.elements.namedItem(name) as HTMLSelectElement;
  const [from, to, port] = [select("from"), select("to"), select("port")];
  const narrow = () => {
    options(to, pods.filter((cell) => cell.from === from.value).map((cell) => cell.to));
    options(port, pods.filter((cell) => cell.from === from.value && cell.to === to.value).map(portOf));
  };
  options(from, pods.map((cell) => cell.from));
  narrow();
  if (form.hidden) {
    form.hidden = false;
    form.addEventListener("change", narrow);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(form.querySelector("button") as HTMLButtonElement, said, async () => {
        const { pod, command, output } = await engine.probe({ from: from.value, to: to.value, port: port.value });
        const shown = element("pre");
        shown.tabIndex = 0;
        shown.append(element("code", "language-console", `${pod} $ ${command}\n${output}`));
        said.replaceChildren(shown);
      });
    });
  }
};
