// Makes the workbench live: apply and check without leaving the page, and follow the practice cluster.

import { type Applied, showApplied } from "./bench/applied.ts";
import { type Draft, keepDraft } from "./bench/draft.ts";
import { showElsewhere } from "./bench/elsewhere.ts";
import { handleKeys } from "./bench/keys.ts";
import { updateMap } from "./bench/map.ts";
import { offerTerminal } from "./bench/terminal.ts";
import { follow } from "./lab/follow.ts";
import type { Report } from "./report/groups.ts";
import { showReport } from "./report/report.ts";
import { post } from "./shared/api.ts";
import { busy } from "./shared/words.ts";

const enliven = (bench: HTMLElement, editor: HTMLTextAreaElement, draft: Draft) => {
  const path = `labs/${encodeURIComponent(bench.dataset.workbench ?? "")}`;
  const said = document.querySelector(".applied-live");
  const report = document.querySelector("#report");
  if (!said || !report) return;

  // Who changes the text and presses "Check" means the changed text.
  const apply = async () => {
    const text = editor.value;
    const isGood = showApplied(said, await post<Applied>(`${path}/objects`, { text }));
    if (isGood) draft.nowApplied(text);
    return isGood;
  };
  const check = async () => {
    if (!draft.isApplied() && !(await apply())) return;
    showReport(report, await post<Report>(`${path}/attempts`));
    report.scrollIntoView({ block: "nearest" });
  };

  editor.form?.addEventListener("submit", (event) => {
    const button = event.submitter as HTMLButtonElement | null;
    const work = new Map<string, () => Promise<unknown>>([["apply", apply], ["check", check]]).get(button?.value ?? "");
    if (!button || !work) return;
    event.preventDefault();
    busy(button, said, work);
  });
  handleKeys(editor, draft.insert);
};

const bench = document.querySelector<HTMLElement>("[data-workbench]");
if (bench) {
  const name = bench.dataset.workbench ?? "";
  const editor = document.querySelector<HTMLTextAreaElement>("#yaml");
  if (editor) {
    enliven(bench, editor, keepDraft(bench, editor));
    offerTerminal(name, () => editor.value);
  }
  follow(name, (now) => {
    // Started or removed from a terminal: the page itself is another one now.
    if (now.started !== (editor !== null)) return location.reload();
    updateMap(now.map);
    showElsewhere(name, now.current);
  });
}
