// The map as a table: one stop for the Tab key, arrow keys inside.

const STEPS: Record<string, [number, number]> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
};

export const walkTable = () => {
  const table = document.querySelector<HTMLTableElement>("table.map");
  if (!table) return;
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const links = rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.querySelector("a")));
  const all = links.flat().filter((link) => link !== null);
  const only = (chosen: HTMLAnchorElement) => {
    for (const link of all) link.tabIndex = link === chosen ? 0 : -1;
  };
  const first = all[0];
  if (first) only(first);
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const row = links.findIndex((line) => line.includes(event.target as HTMLAnchorElement));
    if (!step || row < 0) return;
    event.preventDefault();
    const column = links[row]?.indexOf(event.target as HTMLAnchorElement) ?? 0;
    const next = nextLink(links, row, column, step);
    if (!next) return;
    only(next);
    next.focus();
  });
};

/** The next cell in a direction that is not empty. */
const nextLink = (links: (HTMLAnchorElement | null)[][], row: number, column: number, [down, right]: [number, number]) => {
  for (let step = 1; ; step += 1) {
    const line = links[row + down * step];
    const at = column + right * step;
    if (!line || at < 0 || at >= line.length) return null;
    if (line[at]) return line[at];
  }
};
