// What is to be said about the text, at its lines.

import { type Diagnostic as Mark, diagnosticCount, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import type { Diagnostic } from "../engine.ts";

const SEVERITIES = { error: "error", warning: "warning", hint: "info" } as const;

export const showDiagnostics = (view: EditorView, diagnostics: Diagnostic[]) => {
  if (diagnostics.length === 0 && diagnosticCount(view.state) === 0) return;
  const marks = diagnostics.map((diagnostic) => placed(view, diagnostic));
  view.dispatch(setDiagnostics(view.state, marks));
};

const placed = (view: EditorView, diagnostic: Diagnostic): Mark => {
  const { doc } = view.state;
  const line = doc.line(Math.min(Math.max(diagnostic.line, 1), doc.lines));
  const from = Math.min(line.from + Math.max(diagnostic.column - 1, 0), line.to);
  const end = diagnostic.end_column ? line.from + diagnostic.end_column - 1 : endOfWord(line.text, from - line.from) + line.from;
  const { message, help } = diagnostic;
  return {
    from,
    to: Math.max(from, Math.min(end, line.to)),
    severity: SEVERITIES[diagnostic.severity],
    message: help ? `${message}\n${help}` : message,
  };
};

const endOfWord = (text: string, from: number) => {
  const rest = /^[^\s:,[\]{}]+/.exec(text.slice(from));
  return rest ? from + rest[0].length : text.length;
};
