// A reset asks, and what stands in the editor is put aside on the server, so that it can be brought back.

import type { DraftKeeper } from "./draft.ts";
import type { Editor } from "./editor.ts";

export const askBeforeReset = (form: HTMLFormElement, editor: Editor, draft: DraftKeeper) => {
  const isMeant = () => {
    const words = ["Reset the lab? What you have done in it is deleted."];
    if (draft.kept.isWorthKeeping(editor.text())) words.push("What stands in the editor is kept, and you can bring it back.");
    return confirm(words.join("\n\n"));
  };
  form.addEventListener("submit", async (event) => {
    const button = event.submitter as HTMLButtonElement | null;
    if (!button?.classList.contains("reset")) return;
    event.preventDefault();
    if (!isMeant()) return;
    await draft.forget();
    // The server puts the text aside that is sent along. The question has been asked; without a script the server asks.
    const hidden = (name: string, value: string) => Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(hidden("anew", "yes"), hidden("action", "start"));
    form.action = `${button.formAction}#editor`;
    form.submit();
  });
};
