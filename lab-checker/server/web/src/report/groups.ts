// A check that fails stands in a report once for every wrong flow; a person reads it once.

import { counted } from "../shared/words.ts";

export interface Check {
  name: string;
  passed: boolean;
  message?: string | null;
}

export interface Report {
  lab: string;
  attempt_id?: string;
  passed: boolean;
  points: number;
  max_points: number;
  checks: Check[];
  mistake?: { hint: string; hint_html?: string } | null;
  finding?: { policy: string; field: string; message: string; help?: string | null } | null;
  incomplete?: string[];
}

export interface Group {
  name: string;
  passed: boolean;
  checks: Check[];
}

export const groupsOf = (report: Report): Group[] => {
  const named = Map.groupBy(report.checks, (check) => check.name);
  return [...named].map(([name, checks]) => {
    const wrong = checks.filter((check) => !check.passed);
    return { name, passed: wrong.length === 0, checks: wrong.length === 0 ? checks : wrong };
  });
};

export const sumOf = (groups: Group[]) => {
  const failing = groups.filter((group) => !group.passed).length;
  return `${failing} of ${counted(groups.length, "check")} ${failing === 1 ? "fails" : "fail"}.`;
};
