// The editor with colours, loaded when a lab has begun. It lives in a shadow root, where its styles need no exception
// from the page's policy.

import { EditorState, type Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Editor } from "./bench/editor.ts";
import { type Completions, completing } from "./code/complete.ts";
import { showDiagnostics } from "./code/diagnostics.ts";
import { light, lit } from "./code/lit.ts";
import { looking } from "./code/looking.ts";
import { look } from "./code/look.ts";
import { typing } from "./code/typing.ts";

/** Puts the editor in the place of a text box, which goes on holding the text for its form. */
export const codeEditor = (box: HTMLTextAreaElement, completions: Promise<Completions | null>): Editor => {
  let text = box.value;
  const early: (() => void)[] = [];
  const listeners: (() => void)[] = [];
  const lookers: ((line: number | null) => void)[] = [];
  const host = document.createElement("div");
  host.className = "code-editor";
  box.before(host);
  const root = host.attachShadow({ mode: "open" });
  const hadFocus = document.activeElement === box;
  const state = EditorState.create({
    doc: box.value,
    selection: { anchor: Math.min(box.selectionStart, box.value.length) },
    extensions: [
      typing(() => box.form?.requestSubmit(box.form.querySelector<HTMLElement>("[value=apply]"))),
      completing(completions),
      lit,
      looking((line) => lookers.forEach((looked) => looked(line))),
      look,
      // It can have the focus without saying so; said, what scrolls around it is known to be reachable.
      EditorView.contentAttributes.of({ "aria-label": "Kubernetes objects as YAML", id: "code", tabindex: "0" }),
    ],
  });
  const told = (all: (() => void)[]) => all.forEach((listener) => listener());
  const dispatchTransactions = (transactions: readonly Transaction[], view: EditorView) => {
    const isChanged = transactions.some(({ docChanged }) => docChanged);
    if (isChanged) {
      text = transactions.at(-1)?.newDoc.toString() ?? text;
      box.value = text;
      told(early);
    }
    view.update(transactions);
    if (isChanged) told(listeners);
  };
  const view = new EditorView({ state, parent: root, root, dispatchTransactions });
  box.hidden = true;
  box.form?.classList.add("with-editor");
  if (hadFocus) view.focus();
  const put = (text: string) =>
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, userEvent: "input.paste" });
  // Whatever fills in the form's own field means the text.
  box.addEventListener("input", () => {
    if (box.value !== text) put(box.value);
  });
  return {
    text: () => text,
    replace: (text) => {
      put(text);
      view.focus();
    },
    restore: put,
    focus: () => view.focus(),
    onText: (listener) => early.push(listener),
    onChange: (listener) => listeners.push(listener),
    show: (diagnostics) => showDiagnostics(view, diagnostics),
    light: (lines) => light(view, lines),
    onLook: (listener) => lookers.push(listener),
  };
};
