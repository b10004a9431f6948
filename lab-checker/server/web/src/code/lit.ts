// The lines that decide about a flow, lit up.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

const lightLines = StateEffect.define<number[]>();
const mark = Decoration.line({ class: "cm-lit" });

export const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (lines, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(lightLines)) return Decoration.set(effect.value.map((start) => mark.range(start)), true);
    }
    // What was asked about is another text now.
    return transaction.docChanged ? Decoration.none : lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export const light = (view: EditorView, lines: number[]) => {
  const { doc } = view.state;
  const known = [...new Set(lines)].filter((line) => line >= 1 && line <= doc.lines);
  const starts = known.map((line) => doc.line(line).from);
  const scroll = starts.slice(0, 1).map((start) => EditorView.scrollIntoView(start, { y: "nearest", yMargin: 40 }));
  view.dispatch({ effects: [lightLines.of(starts), ...scroll] });
};
