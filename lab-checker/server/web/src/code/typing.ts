// Keys, indentation, undo, brackets and search.

import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { newLine } from "./enter.ts";
import { replacing } from "./replacing.ts";

/** Tab indents; Escape and then Tab leaves, as CodeMirror has it. Ctrl-Enter applies. */
export const typing = (apply: () => void): Extension => [
  lineNumbers(),
  history(),
  // A cursor that blinks moves.
  drawSelection({ cursorBlinkRate: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 1200 }),
  highlightActiveLine(),
  EditorState.allowMultipleSelections.of(true),
  EditorState.tabSize.of(2),
  indentUnit.of("  "),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  replacing,
  search({ top: true }),
  highlightSelectionMatches(),
  yaml(),
  EditorView.contentAttributes.of({ spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
  Prec.high(
    keymap.of([
      {
        key: "Mod-Enter",
        run: () => {
          apply();
          return true;
        },
      },
    ]),
  ),
  keymap.of([
    { key: "Enter", run: newLine },
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
];
