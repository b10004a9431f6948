// What a page asks of whatever it runs on: a server, or the engine in the page. No page knows which.

import type { Engine, Tried } from "./engine.ts";
import type { Schema } from "./code/schema.ts";
import type { Answers } from "./quiz/answers.ts";
import type { QuestionResult, QuizReport } from "./quiz/question.ts";

/** A lab or a quiz of one's own. */
export interface Mine {
  name: string;
  passed: boolean;
}

export interface Me {
  /** Nothing where nobody has a name. */
  name: string;
  points: number;
  max_points: number;
  labs: Mine[];
  quizzes: Mine[];
}

export interface Host {
  lab(name: string): Engine;
  /** A lab in a lesson: what can be done there, and how it stands. */
  enhanceLab(section: HTMLElement): void;
  /** Graded, and kept. */
  handIn(quiz: string, answers: Answers): Promise<QuizReport>;
  /** Of the one question that is answered; nothing is kept. */
  feedback(quiz: string, answers: Answers): Promise<QuestionResult>;
  me(): Promise<Me>;
  /** The chapters that were opened so far, with this one. */
  read(opened: string | undefined): Promise<Set<string>>;
  /** A text in the first try of the start page. */
  tryOut(text: string, signal: AbortSignal): Promise<Tried>;
  schema(): Promise<Schema>;
}
