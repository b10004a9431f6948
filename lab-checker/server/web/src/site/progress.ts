// What was done so far, as far as this browser knows: the best of each lab and quiz, and which chapters were opened.

import type { Me, Mine } from "../host.ts";
import * as store from "./store.ts";

/** The best of what was handed in for a lab or a quiz. */
export interface Best {
  points: number;
  max_points: number;
  passed: boolean;
  attempts: number;
}

const PLACE = "best:";

/** Of `lab:NAME` or `quiz:NAME`. */
export const best = (activity: string) => store.get<Best>(PLACE + activity);

export const record = async (activity: string, result: { points: number; max_points: number; passed: boolean }) => {
  const { points, max_points, passed } = result;
  await store.change<Best>(PLACE + activity, (before) => ({
    points: Math.max(points, before?.points ?? 0),
    max_points,
    passed: passed || (before?.passed ?? false),
    attempts: (before?.attempts ?? 0) + 1,
  }));
  document.dispatchEvent(new Event("handed-in"));
};

export const allBest = async (): Promise<Map<string, Best>> => {
  const found = Object.entries(await store.all()).filter(([key]) => key.startsWith(PLACE));
  return new Map(found.map(([key, value]) => [key.slice(PLACE.length), value as Best]));
};

export const me = async (): Promise<Me> => {
  const all = [...(await allBest())];
  const mine = (kind: string): Mine[] =>
    all.filter(([activity]) => activity.startsWith(kind)).map(([activity, { passed }]) => ({ name: activity.slice(kind.length), passed }));
  return {
    name: "",
    points: all.reduce((sum, [, { points }]) => sum + points, 0),
    max_points: Number(document.documentElement.dataset.points ?? 0),
    labs: mine("lab:"),
    quizzes: mine("quiz:"),
  };
};

export const read = async (opened: string | undefined): Promise<Set<string>> => {
  if (opened) await store.change<string[]>("read", (before) => [...new Set([...(before ?? []), opened])]);
  return new Set((await store.get<string[]>("read")) ?? []);
};
