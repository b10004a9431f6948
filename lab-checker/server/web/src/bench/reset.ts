// A reset asks, and keeps what stands in the editor, so that it can be brought back.

import type { DraftKeeper } from "./draft.ts";
import type { Editor } from "./editor.ts";

export const askBeforeReset = (form: HTMLFormElement, editor: Editor, draft: DraftKeeper) => {
  const { kept } = draft;
  const isMeant = () => {
    const before = kept.get("aside");
    const words = ["Reset the lab? What you have done in it is deleted."];
    if (!kept.putAside(editor.text())) words.push("This browser cannot keep what stands in the editor: it will be lost.");
    else if (kept.isWorthKeeping(editor.text())) words.push("What stands in the editor is kept, and you can bring it back.");
    const isMeant = confirm(words.join("\n\n"));
    if (!isMeant) kept.put("aside", before);
    return isMeant;
  };
  form.addEventListener("submit", async (event) => {
    const button = event.submitter as HTMLButtonElement | null;
    if (!button?.classList.contains("reset")) return;
    event.preventDefault();
    if (!isMeant()) return;
    await draft.forget();
    // The question has been asked; without a script the server asks.
    const hidden = (name: string, value: string) => Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(hidden("anew", "yes"), hidden("action", "start"));
    form.action = `${button.formAction}#editor`;
    form.submit();
  });
};
