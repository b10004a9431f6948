// Keeps what a learner types, in this browser, until it is applied. One draft for each learner and lab; and one
// text that was put aside, by a reset or by going back to what is in the cluster, which can be brought back.

import { isSame, Kept } from "./kept.ts";

export interface Draft {
  insert: (text: string) => void;
  isApplied: () => boolean;
  nowApplied: (text: string) => void;
}

const part = <T extends Element>(css: string) => document.querySelector<T>(css) as T;

export const keepDraft = (bench: HTMLElement, editor: HTMLTextAreaElement): Draft => {
  const kept = new Kept(bench);
  const form = editor.form as HTMLFormElement;
  const [draftNote, keptNote] = [part<HTMLElement>(".draft-note"), part<HTMLElement>(".kept-note")];
  let applied = part<HTMLInputElement>(".editor-form input[name=shown]").value;
  const isApplied = () => isSame(editor.value, applied);

  const ask = (event: Event) => event.preventDefault();
  const changed = () => {
    const isKept = kept.put("draft", isApplied() ? null : editor.value);
    const isLost = !isKept && !isApplied();
    (isLost ? addEventListener : removeEventListener)("beforeunload", ask);
    draftNote.hidden = isApplied();
    (draftNote.firstElementChild as HTMLElement).textContent = isLost
      ? "Not applied yet, and this browser cannot keep it: apply it before you leave the page."
      : "A draft: not applied yet, and kept in this browser.";
    const aside = kept.get("aside");
    keptNote.hidden = aside === null || isSame(aside, editor.value);
  };

  // Text goes in as if it were typed, so that undo takes it out again.
  const insert = (text: string) => {
    editor.focus();
    if (document.execCommand(text === "" ? "delete" : "insertText", false, text)) return;
    editor.setRangeText(text, editor.selectionStart, editor.selectionEnd, "end");
    changed();
  };
  const replace = (text: string) => {
    editor.focus();
    editor.select();
    insert(text);
  };

  editor.addEventListener("input", changed);
  part(".leave-draft").addEventListener("click", () => {
    kept.putAside(editor.value);
    replace(applied);
  });
  part(".bring-back").addEventListener("click", () => {
    const aside = kept.get("aside");
    const now = editor.value;
    kept.put("aside", !isApplied() && kept.isWorthKeeping(now) ? now : null);
    if (aside !== null) replace(aside);
  });
  part(".forget").addEventListener("click", () => {
    kept.put("aside", null);
    changed();
    editor.focus();
  });

  form.addEventListener("submit", (event) => {
    const button = event.submitter as HTMLButtonElement | null;
    if (!button?.classList.contains("reset")) return;
    const before = kept.get("aside");
    const isSafe = kept.putAside(editor.value);
    const words = ["Reset the lab? What you have done in it is deleted."];
    if (!isSafe) words.push("This browser cannot keep what stands in the editor: it will be lost.");
    else if (kept.isWorthKeeping(editor.value)) words.push("What stands in the editor is kept, and you can bring it back.");
    if (!confirm(words.join("\n\n"))) {
      event.preventDefault();
      kept.put("aside", before);
      return;
    }
    kept.put("draft", null);
    removeEventListener("beforeunload", ask);
    // The question has been asked; without a script the server asks.
    button.value = "start";
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "anew", value: "yes" }));
  });

  // A page out of the browser's memory may be older than the draft, and may be another learner's.
  addEventListener("pageshow", (event) => {
    if (event.persisted && draftNote.hidden) location.reload();
  });

  const draft = kept.get("draft");
  if (draft !== null) editor.value = draft;
  changed();
  const nowApplied = (text: string) => {
    applied = text;
    changed();
  };
  return { insert, isApplied, nowApplied };
};
