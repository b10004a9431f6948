// Enter in YAML: the next line begins where this one does, below what stands behind a dash, and two further in
// after a key that is to hold something.

import { EditorSelection } from "@codemirror/state";
import type { Command } from "@codemirror/view";

const UNIT = "  ";

const indentAfter = (line: string) => {
  const indent = (/^\s*(- )*/.exec(line)?.[0] ?? "").replaceAll("- ", UNIT);
  return /:\s*(#.*)?$/.test(line) && !/^\s*#/.test(line) ? indent + UNIT : indent;
};

export const newLine: Command = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const change = state.changeByRange(({ from, to }) => {
    const insert = `\n${indentAfter(state.sliceDoc(state.doc.lineAt(from).from, from))}`;
    return { changes: { from, to, insert }, range: EditorSelection.cursor(from + insert.length) };
  });
  dispatch(state.update(change, { scrollIntoView: true, userEvent: "input" }));
  return true;
};
