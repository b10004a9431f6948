// A line that decides about a flow, lit up.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

const lightLine = StateEffect.define<number | null>();
const mark = Decoration.line({ class: "cm-lit" });

export const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (lines, transaction) => {
    for (const effect of transaction.effects) {
      if (!effect.is(lightLine)) continue;
      const line = effect.value;
      if (line === null || line > transaction.state.doc.lines) return Decoration.none;
      return Decoration.set([mark.range(transaction.state.doc.line(line).from)]);
    }
    return transaction.docChanged ? Decoration.none : lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export const light = (view: EditorView, line: number | null) => {
  const known = line !== null && line >= 1 && line <= view.state.doc.lines ? line : null;
  const scroll = known === null ? [] : [EditorView.scrollIntoView(view.state.doc.line(known).from, { y: "nearest" })];
  view.dispatch({ effects: [lightLine.of(known), ...scroll] });
};
