// What the workbench needs of an editor: the plain text box is one, and what grows out of it is another.

export type Severity = "error" | "warning" | "hint";

export interface Diagnostic {
  line: number;
  column: number;
  end_column?: number | null;
  severity: Severity;
  message: string;
  help?: string | null;
}

export interface Editor {
  text(): string;
  /** Puts another text there as if it were typed, so that undo takes it out again. */
  replace(text: string): void;
  /** Puts a kept text there when the page opens, without taking the focus. */
  restore(text: string): void;
  focus(): void;
  onChange(changed: () => void): void;
  /** Marks lines that something is to be said about. */
  show(diagnostics: Diagnostic[]): void;
  /** Lights up a line, or none. */
  light(line: number | null): void;
}
