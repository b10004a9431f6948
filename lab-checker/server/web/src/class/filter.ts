// The gradebook filtered while one types. Without it, the form asks the server.

import { counted } from "../shared/words.ts";

export const filterInPlace = (table: HTMLTableElement, form: HTMLFormElement) => {
  const body = table.tBodies[table.tBodies.length - 1];
  const status = form.querySelector("[role=status]");
  const valueOf = (name: string) => {
    const field = form.elements.namedItem(name);
    return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : "";
  };
  // What the server has left out is not here to be shown again.
  const isWhole = !["find", "show", "group"].some((name) => new URL(location.href).searchParams.get(name));
  if (!body || !isWhole) return;
  const apply = () => {
    const [find, show, group] = [valueOf("find").trim().toLowerCase(), valueOf("show"), valueOf("group")];
    let shown = 0;
    for (const row of body.rows) {
      const { find: text = "", group: ofRow = "", unfinished } = row.dataset;
      row.hidden = !text.includes(find) || (group !== "" && ofRow !== group) || (show === "unfinished" && !unfinished);
      if (!row.hidden) shown += 1;
    }
    if (status) status.textContent = shown < body.rows.length ? `${shown} of ${counted(body.rows.length, "learner")}` : "";
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
};
