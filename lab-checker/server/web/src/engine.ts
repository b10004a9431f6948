// What a page asks of whatever runs a lab: the server (server-engine.ts), or the engine in the page (page-engine.ts).

import type { Report } from "./report/groups.ts";

/** Something to say about a place in a text. Lines and columns count from 1. */
export interface Diagnostic {
  line: number;
  column: number;
  end_column?: number | null;
  severity: "error" | "warning" | "hint";
  message: string;
  help?: string | null;
  id?: string;
}

export interface Flow {
  from: string;
  to: string;
  port: number;
  protocol: string;
}

export interface Cell extends Flow {
  check: string;
  expected: string;
  actual?: string | null;
  /** In a preview: whether the text changes it. */
  changed?: boolean;
}

/** What an editor holds: its text, and the objects that its earlier texts have brought into the world. */
export interface Written {
  text: string;
  brought: string[];
}

export interface Preview {
  diagnostics: Diagnostic[];
  checks: { name: string; passed: boolean }[];
  map: Cell[];
  picture?: string | null;
  /** The flows that each line lets through. */
  opens?: { line: number; flows: Flow[] }[];
}

export interface Applied {
  results: { id: string; object: string; applied: boolean; removed: boolean; message?: string | null }[];
  diagnostics: Omit<Diagnostic, "severity">[];
}

/** A flow in the words in which it is asked about. */
export interface Asked {
  from: string;
  to: string;
  port: string;
}

/** A piece of a policy that decides, and where it stands in the text. */
export interface Decision {
  policy: string;
  line?: number;
  column?: number;
}

/** What the policies on one side of a flow say. */
export interface Side {
  verdict: string;
  reason: string;
  policies: { policy: string; reason: string; rules?: { rule: number | string; admits: string; reason: string }[] }[];
}

export interface Explanation {
  verdict: string;
  summary: string;
  egress?: Side | null;
  ingress?: Side | null;
  decided_by?: Decision[];
  nearest_misses?: string[];
  notes?: string[];
}

export interface Probed {
  pod: string;
  command: string;
  output: string;
  exit_code: number;
}

export interface Hint {
  number: number;
  total: number;
  html: string;
}

export interface Solution {
  files: { name: string; text: string }[];
  html: string;
}

export interface Draft {
  text: string;
  /** 0: there is none. */
  version: number;
  changed_at?: string | null;
  /** A text that was put aside. */
  aside?: string | null;
}

/** Another draft has been kept since: nothing was written. */
export class Outdated extends Error {
  constructor(readonly draft: Draft) {
    super("another draft has been kept since");
  }
}

/** What came of a text in the first try of the start page. */
export interface Tried {
  diagnostics: { severity: string; message: string }[];
  checks: { name: string; passed: boolean }[];
  picture: string;
}

export const isOutdated = (error: unknown): error is Outdated => error instanceof Error && "draft" in error;

/** A lab at one moment. */
export interface LabNow {
  started: boolean;
  /** Where kubectl is: a lab's name, or `sandbox`. */
  current: string;
  report: Report;
  map: Cell[];
}

export interface Engine {
  /** Puts into the page what it does not hold of its learner's. */
  complete(bench: HTMLElement): Promise<void>;
  /** Also takes away what earlier texts have brought and this one leaves out. */
  apply(written: Written): Promise<Applied>;
  preview(written: Written, open: string[], signal: AbortSignal): Promise<Preview>;
  /** How long it is waited after a key, in milliseconds, whether another one follows: an answer from here costs nobody. */
  pause(): number;
  check(): Promise<Report>;
  why(asked: Asked, written: Written): Promise<Explanation>;
  hint(number: number): Promise<Hint>;
  /** Once the lab is passed. */
  solution(): Promise<Solution>;
  probe(asked: Asked): Promise<Probed>;
  /** The parts of the page as they are once the lab is passed. */
  whenPassed(): Promise<ParentNode | null>;
  /** The lab begins anew, and the page with it; what stands in the editor is put aside. */
  reset(form: HTMLFormElement): Promise<void>;
  /** Calls back whenever the lab's world changes. */
  follow(seen: (now: LabNow) => void): void;
  draft(): Promise<Draft>;
  keepDraft(text: string, version: number): Promise<Draft>;
  forgetDraft(): Promise<void>;
  /** Puts a text aside; nothing is left aside without one. */
  keepAside(text: string | null): Promise<void>;
}
