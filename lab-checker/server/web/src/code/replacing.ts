// Typing over a selection. Left to Chromium, it keeps the look of what is replaced in a style attribute, which
// `style-src 'self'` refuses; so the editor does it by itself.

import { EditorView } from "@codemirror/view";

export const replacing = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data: text, inputType, isComposing } = event;
    const { from, to, empty } = view.state.selection.main;
    if (inputType !== "insertText" || !text || isComposing || empty || view.state.readOnly) return false;
    event.preventDefault();
    const typed = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    // Whoever wants to do something else with it, such as putting a selection in brackets, goes first.
    const isDone = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, typed));
    if (!isDone) view.dispatch(typed());
    return true;
  },
});
