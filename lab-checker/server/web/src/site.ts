// The host that the page itself is, on the static site: loaded by the pages' own scripts, once for all of them.

import type { Tried } from "./engine.ts";
import type { Schema } from "./code/schema.ts";
import type { Host } from "./host.ts";
import { pageEngine } from "./page-engine.ts";
import type { QuestionResult, QuizReport } from "./quiz/question.ts";
import { pageAt } from "./shared/here.ts";
import { offerBackup } from "./site/backup.ts";
import { showProgress } from "./site/front.ts";
import { keepSite } from "./site/keeper.ts";
import { best, me, read, record } from "./site/progress.ts";
import { enhanceLab } from "./site/section.ts";
import { askFirst, askQuiz } from "./site/worker.ts";

export const siteHost: Host = {
  lab: pageEngine,
  enhanceLab: (section) => void enhanceLab(section),
  handIn: async (quiz, answers) => {
    const report = await askQuiz<QuizReport>(quiz, "grade", answers);
    await record(`quiz:${quiz}`, report);
    return { ...report, best_points: (await best(`quiz:${quiz}`))?.points ?? report.points };
  },
  feedback: (quiz, answers) => askQuiz<QuestionResult>(quiz, "feedback", answers),
  me,
  read,
  tryOut: (text, signal) => askFirst<Tried>(text, signal),
  schema: async () => (await fetch(pageAt("/engine/schema.json"))).json() as Promise<Schema>,
};

void keepSite();
void showProgress();
void offerBackup();
