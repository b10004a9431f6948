// The fields of Kubernetes' kinds, as the server describes them.

import type { Place } from "./place.ts";

export interface Field {
  type: string;
  holds?: "one" | "list" | "map";
  required?: boolean;
  description?: string;
  enum?: string[];
}

export interface Schema {
  kinds: Record<string, { api_version: string; type: string; namespaced: boolean }>;
  types: Record<string, { description?: string; fields: Record<string, Field> }>;
}

/** The fields that may stand at a place; nothing where keys are one's own. */
export const fieldsAt = (schema: Schema, { kind, path }: Place): Record<string, Field> | null => {
  let type = kind === null ? undefined : schema.kinds[kind]?.type;
  for (const key of path) {
    const field = type === undefined ? undefined : schema.types[type]?.fields[key];
    if (!field || field.holds === "map") return null;
    type = field.type;
  }
  return type === undefined ? null : (schema.types[type]?.fields ?? null);
};
