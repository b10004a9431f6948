// Completes fields and values while one types, and shows what a field means.

import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import type { EditorState, Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import { element } from "../shared/dom.ts";
import { type Place, placeOf } from "./place.ts";
import { type Field, fieldsAt, type Schema } from "./schema.ts";

export type Completions = Schema;

const placeIn = (state: EditorState, at: number): Place => {
  const line = state.doc.lineAt(at);
  return placeOf(state.doc.toString().split("\n"), line.number - 1, at - line.from);
};

export const completing = (schema: Promise<Completions | null>): Extension => [
  autocompletion({
    override: [
      async (context) => {
        const known = await schema;
        return known && (values(known, context) ?? keys(known, context));
      },
    ],
  }),
  hoverTooltip(async (view, at) => {
    const known = await schema;
    const line = view.state.doc.lineAt(at);
    const key = /^\s*(?:- +)*["']?([\w./-]+)["']?\s*:/.exec(line.text)?.[1];
    const field = known && key ? fieldsAt(known, placeIn(view.state, at))?.[key] : undefined;
    if (!key || !field?.description || at > line.from + line.text.indexOf(key) + key.length) return null;
    const from = line.from + line.text.indexOf(key);
    return { pos: from, end: from + key.length, above: true, create: () => ({ dom: about(key, field) }) };
  }),
];

const about = (key: string, field: Field) => {
  const box = element("div", "cm-tooltip-hover");
  box.append(element("strong", "", key), ` (${typeOf(field)}) `, field.description ?? "");
  return box;
};

const typeOf = ({ type, holds }: Field) =>
  holds === "list" ? `list of ${type}` : holds === "map" ? `map to ${type}` : type;

const keys = (schema: Schema, context: CompletionContext): CompletionResult | null => {
  const word = context.matchBefore(/[\w./-]*/);
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  if (!word || (word.from === word.to && !context.explicit) || !/^\s*(?:- +)*[\w./-]*$/.test(before)) return null;
  const fields = fieldsAt(schema, placeIn(context.state, context.pos));
  const indent = " ".repeat(before.length - (word.to - word.from));
  const options = Object.entries(fields ?? topFields()).map(([key, field]): Completion => ({
    label: key,
    detail: typeOf(field),
    info: field.description ?? "",
    boost: field.required ? 1 : 0,
    apply: `${key}:${after(schema, field, indent)}`,
  }));
  return { from: word.from, options, validFor: /^[\w./-]*$/ };
};

/** An object begins with these, whatever its kind. */
const topFields = (): Record<string, Field> => ({
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: { type: "ObjectMeta" },
});

const after = (schema: Schema, { type, holds }: Field, indent: string) => {
  if (holds === "list") return `\n${indent}  - `;
  if (holds === "map" || type in schema.types) return `\n${indent}  `;
  return " ";
};

const values = (schema: Schema, context: CompletionContext): CompletionResult | null => {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const found = /^(\s*(?:- +)*)["']?([\w./-]+)["']?:\s+(\S*)$/.exec(before);
  if (!found) return null;
  const [, , key, typed] = found as unknown as [string, string, string, string];
  const place = placeIn(context.state, context.pos);
  const named = { kind: Object.keys(schema.kinds), apiVersion: versions(schema, place.kind) };
  const isTop = place.path.length === 0 && key in named;
  const words = isTop ? named[key as keyof typeof named] : fieldsAt(schema, place)?.[key]?.enum;
  if (!words?.length) return null;
  return { from: context.pos - typed.length, options: words.map((label) => ({ label })), validFor: /^\S*$/ };
};

const versions = ({ kinds }: Schema, kind: string | null) => {
  const own = kind === null ? undefined : kinds[kind]?.api_version;
  return own ? [own] : [...new Set(Object.values(kinds).map((one) => one.api_version))];
};
