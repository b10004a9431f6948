// Which line is looked at: the one below the pointer, or the one that the cursor goes to.

import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

export const looking = (looked: (line: number | null) => void): Extension => {
  let last: number | null = null;
  const tell = (line: number | null) => {
    if (line === last) return;
    last = line;
    looked(line);
  };
  return [
    EditorView.domEventHandlers({
      mousemove: (event, view) => {
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
        tell(at === null ? null : view.state.doc.lineAt(at).number);
      },
      mouseleave: () => tell(null),
      blur: () => tell(null),
    }),
    EditorView.updateListener.of(({ state, view, selectionSet, docChanged }) => {
      if (selectionSet && !docChanged && view.hasFocus) tell(state.doc.lineAt(state.selection.main.head).number);
    }),
  ];
};
