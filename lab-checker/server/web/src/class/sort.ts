// The gradebook sorted in place. Without it, the same links ask the server.

const rowsOf = (table: HTMLTableElement) => [...(table.tBodies[table.tBodies.length - 1]?.rows ?? [])];

/** Who has not tried comes before who has no points. */
const valueOf = (row: HTMLTableRowElement, column: number) => {
  const value = row.cells[column]?.dataset.value ?? "";
  return column === 0 ? value : Number(value || -1);
};

const compared = <T>(one: T, other: T) => (one < other ? -1 : one > other ? 1 : 0);

export const sortInPlace = (table: HTMLTableElement, form: HTMLFormElement) => {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  table.tHead?.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-sort]");
    const column = heads.findIndex((head) => head.contains(link));
    // Another tab is the server's business.
    if (!link || column < 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // Names from A on, points from the most down, and the other way round the second time.
    const before = heads[column]?.ariaSort;
    const isDown = before === "ascending" || (before !== "descending" && column > 0);
    heads.forEach((head, place) => (head.ariaSort = place !== column ? "none" : isDown ? "descending" : "ascending"));
    const rows = rowsOf(table).sort(
      (one, other) => compared(valueOf(one, column), valueOf(other, column)) * (isDown ? -1 : 1),
    );
    table.tBodies[table.tBodies.length - 1]?.append(...rows);
    remember(form, link.dataset.sort ?? "", isDown ? "desc" : "asc");
  });
};

/** The address and the form say the same: reloading and filtering keep the order. */
const remember = (form: HTMLFormElement, sort: string, order: string) => {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries({ sort, order })) {
    address.searchParams.set(name, value);
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value;
  }
  history.replaceState(null, "", address);
};
