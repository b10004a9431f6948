// What a page and the engine's worker say to each other: a message for each question, and one for its answer.

/** Whom a call is for. */
export type To = { lab: string; /** Its world, to begin with. */ world?: string | null } | { quiz: string } | { first: true };

export interface Call {
  to: To;
  method: string;
  args: (string | number)[];
}

export type Question =
  | Call
  /** What the page needs to have a lab on its own thread, too. */
  | { share: string };

export type Answer =
  /** How long the engine took, in milliseconds. */
  | { value: string | undefined; took: number }
  | Shared
  | { error: string }
  /** The engine has failed and can be asked nothing more. */
  | { died: string };

export interface Shared {
  program: WebAssembly.Module;
  bundle: string;
}
