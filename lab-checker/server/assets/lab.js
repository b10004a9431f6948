// Makes the workbench live: apply and check without leaving the page, and follow the practice cluster.
(() => {
  "use strict";
  const bench = document.querySelector("[data-workbench]");
  if (!bench || !window.labChecker) return;
  const { api, draft, element, follow, sayProblem, showReport } = window.labChecker;
  const name = encodeURIComponent(bench.dataset.workbench);
  const report = document.querySelector("#report");
  const editor = document.querySelector("#yaml");
  const said = document.querySelector(".applied-live");

  const busy = async (button, place, work) => {
    button.disabled = true;
    try { await work(); } catch (problem) { sayProblem(place, problem); } finally { button.disabled = false; }
  };

  const showApplied = (applied) => {
    document.querySelector(".applied:not(.applied-live .applied)")?.remove();
    const good = applied.diagnostics.length === 0 && applied.results.every((result) => result.applied);
    const box = element("div", `applied ${good ? "good" : "bad"}`);
    for (const result of applied.results) {
      const line = element("p");
      line.append(result.applied ? "✓ " : "✗ ", element("code", "", result.object), result.applied ? " applied" : `: ${result.message}`);
      box.append(line);
    }
    for (const problem of applied.diagnostics) {
      box.append(element("p", "", `✗ line ${problem.line}, column ${problem.column}: ${problem.message}${problem.help ? ` ${problem.help}` : ""}`));
    }
    if (!box.childElementCount) box.append(element("p", "", "There is nothing in the text to apply."));
    said.replaceChildren(box);
    return good;
  };

  // Who changes the text and presses "Check" means the changed text.
  const apply = async () => {
    const text = editor.value;
    const result = await api(`labs/${name}/objects`, { method: "POST", body: JSON.stringify({ text }) });
    const good = showApplied(result);
    if (good) draft.nowApplied(text);
    return good;
  };
  const check = async () => {
    if (!draft.isApplied() && !(await apply())) return;
    showReport(report, await api(`labs/${name}/attempts`, { method: "POST" }));
    report.scrollIntoView({ block: "nearest" });
  };

  document.querySelector(".editor-form")?.addEventListener("submit", (event) => {
    const button = event.submitter;
    const work = { apply, check }[button?.value];
    if (!work) return;
    event.preventDefault();
    busy(button, said, work);
  });

  if (editor) {
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        editor.form.requestSubmit(editor.form.querySelector("[value=apply]"));
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        // The next line begins where this one does.
        const before = editor.value.slice(0, editor.selectionStart);
        const line = before.slice(before.lastIndexOf("\n") + 1);
        const indent = /^\s*(- )?/.exec(line)[0].replace("- ", "  ");
        if (!indent) return;
        event.preventDefault();
        draft.insert(`\n${indent}`);
      }
    });
  }

  // The map, as the cluster changes under it.
  const update = (now) => {
    const cells = new Map(now.map.map((cell) => {
      const port = cell.protocol === "TCP" ? `${cell.port}` : `${cell.port}/${cell.protocol}`;
      return [`${cell.from} ${cell.to} ${port}`, cell];
    }));
    let wrong = 0;
    for (const link of document.querySelectorAll("table.map td a")) {
      const query = new URL(link.href).searchParams;
      const cell = cells.get(`${query.get("from")} ${query.get("to")} ${query.get("port")}`);
      if (!cell) continue;
      const verdict = cell.actual ?? "unknown";
      const right = cell.actual === cell.expected;
      if (!right) wrong += 1;
      const place = link.parentElement;
      const className = right ? verdict : `${verdict} wrong`;
      if (place.className !== className) {
        place.className = className;
        place.classList.add("changed");
        setTimeout(() => place.classList.remove("changed"), 1200);
      }
      const words = right ? verdict : `${verdict}, must be ${cell.expected}`;
      link.title = `${cell.check}: ${words}`;
      link.firstElementChild.textContent = { allowed: "✓", blocked: "✕" }[verdict] ?? "?";
      link.lastElementChild.textContent = words;
    }
    const sum = document.querySelector("[data-map-sum]");
    if (sum) sum.textContent = wrong === 0 ? "Every flow is as the task asks." : `${wrong} of ${cells.size} ${cells.size === 1 ? "flow" : "flows"} ${wrong === 1 ? "is" : "are"} not as the task asks.`;
  };

  // Where kubectl is, when it is in another world than the one that this page shows.
  const elsewhere = document.querySelector("[data-elsewhere]");
  const place = (current) => {
    if (!elsewhere) return;
    elsewhere.hidden = current === bench.dataset.workbench;
    const words = current === "sandbox" ? "the sandbox" : `the world of “${current}”`;
    const said = elsewhere.querySelector("[data-elsewhere-place]");
    // The page itself says the lab's title.
    if (said.dataset.current !== current) said.textContent = words;
    said.dataset.current = current;
  };

  const begun = Boolean(editor);
  follow(bench.dataset.workbench, (now) => {
    // Started or removed from a terminal: the page itself is another one now.
    if (now.started !== begun) location.reload();
    else { update(now); place(now.current); }
  });
})();
