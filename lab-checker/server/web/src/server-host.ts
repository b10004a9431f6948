// The host that a server is.

import type { Me, Host } from "./host.ts";
import type { Tried } from "./engine.ts";
import type { Schema } from "./code/schema.ts";
import { enhanceLab } from "./lab/section.ts";
import type { QuestionResult, QuizReport } from "./quiz/question.ts";
import { serverEngine } from "./server-engine.ts";
import { api, post } from "./shared/api.ts";

const READ = "default-deny-read";
const pathOf = (quiz: string) => `quizzes/${encodeURIComponent(quiz)}`;

export const serverHost: Host = {
  lab: serverEngine,
  enhanceLab,
  handIn: (quiz, answers) => post<QuizReport>(`${pathOf(quiz)}/attempts`, { answers }),
  feedback: (quiz, answers) => post<QuestionResult>(`${pathOf(quiz)}/feedback`, { answers }),
  me: () => api<Me>("me"),
  read: async (opened) => {
    try {
      const read = new Set<string>(JSON.parse(localStorage.getItem(READ) ?? "[]"));
      if (opened) localStorage.setItem(READ, JSON.stringify([...read.add(opened)]));
      return read;
    } catch {
      return new Set(opened ? [opened] : []);
    }
  },
  tryOut: (text, signal) => post<Tried>("try", { text }, { signal }),
  schema: () => api<Schema>("schema"),
};
