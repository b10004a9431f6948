// A reset asks, and what stands in the editor is put aside, so that it can be brought back.

import type { Engine } from "../engine.ts";
import type { DraftKeeper } from "./draft.ts";
import type { Editor } from "./editor.ts";

export const askBeforeReset = (form: HTMLFormElement, editor: Editor, draft: DraftKeeper, engine: Engine) => {
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
    await engine.reset(form);
  });
};
