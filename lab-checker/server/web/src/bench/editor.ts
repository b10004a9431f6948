// What the workbench needs of an editor: the plain text box is one, and what grows out of it is another.

import type { Diagnostic } from "../engine.ts";

export interface Editor {
  text(): string;
  /** Puts another text there as if it were typed, so that undo takes it out again. */
  replace(text: string): void;
  /** Puts a kept text there when the page opens, without taking the focus. */
  restore(text: string): void;
  focus(): void;
  /** The text is another one, and is not drawn yet: what is worked out elsewhere can begin. */
  onText(changed: () => void): void;
  /** The text is another one. */
  onChange(changed: () => void): void;
  /** Marks lines that something is to be said about. */
  show(diagnostics: Diagnostic[]): void;
  /** Lights up lines, or none. */
  light(lines: number[]): void;
  /** A line is looked at, with the pointer or the cursor; or none. */
  onLook(looked: (line: number | null) => void): void;
}
