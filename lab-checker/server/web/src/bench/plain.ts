// The plain text box as an editor: for browsers that cannot load the other one.

import type { Editor } from "./editor.ts";

export const plainEditor = (box: HTMLTextAreaElement): Editor => {
  const listeners: (() => void)[] = [];
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const insert = (text: string) => {
    box.focus();
    if (document.execCommand(text === "" ? "delete" : "insertText", false, text)) return;
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    changed();
  };
  box.addEventListener("input", changed);
  handleEnter(box, insert);
  return {
    text: () => box.value,
    replace: (text) => {
      box.focus();
      box.select();
      insert(text);
    },
    restore: (text) => {
      box.value = text;
      changed();
    },
    focus: () => box.focus(),
    onText: (listener) => listeners.push(listener),
    onChange: (listener) => listeners.push(listener),
    show: () => {},
    light: ([line]) => {
      if (line !== undefined) select(box, line);
    },
    onLook: () => {},
  };
};

/** Ctrl-Enter applies, and a new line begins where the one before does. */
const handleEnter = (box: HTMLTextAreaElement, insert: (text: string) => void) => {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      box.form?.requestSubmit(box.form.querySelector<HTMLElement>("[value=apply]"));
    } else if (!event.shiftKey) {
      const before = box.value.slice(0, box.selectionStart);
      const line = before.slice(before.lastIndexOf("\n") + 1);
      const indent = (/^\s*(- )?/.exec(line)?.[0] ?? "").replace("- ", "  ");
      if (!indent) return;
      event.preventDefault();
      insert(`\n${indent}`);
    }
  });
};

const select = (box: HTMLTextAreaElement, line: number) => {
  const lines = box.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  box.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
};
