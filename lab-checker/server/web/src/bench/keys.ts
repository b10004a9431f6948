// Keys of the plain editor: Ctrl-Enter applies, and a new line begins where the one before does.

export const handleKeys = (editor: HTMLTextAreaElement, insert: (text: string) => void) => {
  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      editor.form?.requestSubmit(editor.form.querySelector<HTMLElement>("[value=apply]"));
    } else if (!event.shiftKey) {
      const before = editor.value.slice(0, editor.selectionStart);
      const line = before.slice(before.lastIndexOf("\n") + 1);
      const indent = (/^\s*(- )?/.exec(line)?.[0] ?? "").replace("- ", "  ");
      if (!indent) return;
      event.preventDefault();
      insert(`\n${indent}`);
    }
  });
};
