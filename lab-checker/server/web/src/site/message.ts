// What a page and the engine's worker say to each other: a message for each call, and one for its answer.

/** Whom a call is for. */
export type To = { lab: string; /** Its world, to begin with. */ world?: string | null } | { quiz: string } | { first: true };

export interface Call {
  id: number;
  to: To;
  method: string;
  args: (string | number)[];
}

export type Answer =
  | { id: number; value: string | undefined }
  | { id: number; error: string }
  /** The engine has failed and can be asked nothing more. */
  | { id: number; died: string };
