// Keeps what a learner types until it is applied: in this browser at once, and on the server a moment later. And one
// text that was put aside (by a reset, by going back to what is in the cluster, by another device), which can be
// brought back.

import { part } from "../shared/dom.ts";
import type { Editor } from "./editor.ts";
import { isSame, type Kept } from "./kept.ts";
import { ServerDraft } from "./server-draft.ts";

export interface Draft {
  isApplied: () => boolean;
  nowApplied: (text: string) => void;
}

export const keepDraft = (path: string, kept: Kept, form: HTMLFormElement, editor: Editor): Draft => {
  const [draftNote, keptNote] = [part<HTMLElement>(form, ".draft-note"), part<HTMLElement>(form, ".kept-note")];
  let applied = part<HTMLInputElement>(form, "input[name=shown]").value;
  const isApplied = () => isSame(editor.text(), applied);
  const ask = (event: Event) => event.preventDefault();

  const server = new ServerDraft(path, kept, (theirs) => offer(theirs));
  const changed = () => {
    const isKept = kept.put("draft", isApplied() ? null : editor.text());
    server.keep(isApplied() ? null : editor.text());
    const isLost = !isKept && !isApplied();
    (isLost ? addEventListener : removeEventListener)("beforeunload", ask);
    draftNote.hidden = isApplied();
    part(draftNote, "span").textContent = isLost
      ? "Not applied yet, and this browser cannot keep it: apply it before you leave the page."
      : "A draft: not applied yet, and kept.";
    const aside = kept.get("aside");
    keptNote.hidden = aside === null || isSame(aside, editor.text());
  };
  /** Another text of this learner's, from another device: neither is lost. */
  const offer = (theirs: string) => {
    if (isSame(theirs, editor.text())) return;
    if (!kept.putAside(theirs)) return;
    part(keptNote, "span").textContent = "Another text of yours was kept, in another window or on another device.";
    changed();
  };

  editor.onChange(changed);
  part(form, ".leave-draft").addEventListener("click", () => {
    kept.putAside(editor.text());
    editor.replace(applied);
  });
  part(form, ".bring-back").addEventListener("click", () => {
    const aside = kept.get("aside");
    const now = editor.text();
    kept.put("aside", !isApplied() && kept.isWorthKeeping(now) ? now : null);
    if (aside !== null) editor.replace(aside);
  });
  part(form, ".forget").addEventListener("click", () => {
    kept.put("aside", null);
    changed();
    editor.focus();
  });
  askBeforeReset(form, kept, editor, () => {
    kept.put("draft", null);
    server.keep(null);
    removeEventListener("beforeunload", ask);
  });
  // A page out of the browser's memory may be older than the draft, and may be another learner's.
  addEventListener("pageshow", (event) => {
    if (event.persisted && draftNote.hidden) location.reload();
  });

  const nowApplied = (text: string) => {
    applied = text;
    changed();
  };
  void begin(kept, server, editor, offer);
  return { isApplied, nowApplied };
};

/** The draft of this browser, else the one of another device; where both have gone on, both are offered. */
const begin = async (kept: Kept, server: ServerDraft, editor: Editor, offer: (theirs: string) => void) => {
  const mine = kept.get("draft");
  if (mine !== null && !isSame(mine, editor.text())) editor.restore(mine);
  const before = editor.text();
  const theirs = await server.newer();
  if (theirs === null || isSame(theirs, editor.text())) return;
  if (mine === null && editor.text() === before) editor.restore(theirs);
  else offer(theirs);
};

const askBeforeReset = (form: HTMLFormElement, kept: Kept, editor: Editor, goes: () => void) => {
  form.addEventListener("submit", (event) => {
    const button = event.submitter as HTMLButtonElement | null;
    if (!button?.classList.contains("reset")) return;
    const before = kept.get("aside");
    const isSafe = kept.putAside(editor.text());
    const words = ["Reset the lab? What you have done in it is deleted."];
    if (!isSafe) words.push("This browser cannot keep what stands in the editor: it will be lost.");
    else if (kept.isWorthKeeping(editor.text())) {
      words.push("What stands in the editor is kept, and you can bring it back.");
    }
    if (!confirm(words.join("\n\n"))) {
      event.preventDefault();
      kept.put("aside", before);
      return;
    }
    goes();
    // The question has been asked; without a script the server asks.
    button.value = "start";
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "anew", value: "yes" }));
  });
};
