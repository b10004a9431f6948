// What was filled in stays when the page is left, in this browser, until it is handed in.

import { kept } from "../shared/here.ts";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const PLACE = "default-deny-quiz:";
const isChoice = (field: Field): field is HTMLInputElement => field.type === "radio" || field.type === "checkbox";
const fieldsOf = (form: HTMLFormElement) =>
  [...form.querySelectorAll<Field>("fieldset[data-question] :is(input, textarea, select)")].filter((field) => field.name);

const filled = (form: HTMLFormElement): [string, string][] =>
  fieldsOf(form)
    .filter((field) => (isChoice(field) ? field.checked : field.value !== ""))
    .map((field) => [field.name, field.value]);

/** A setting or an answer of this browser; none where nothing may be stored. */
export const remembered = (name: string): string | null => {
  try {
    return localStorage.getItem(kept(PLACE + name));
  } catch {
    return null;
  }
};

export const remember = (name: string, value: string | null) => {
  try {
    if (value === null) localStorage.removeItem(kept(PLACE + name));
    else localStorage.setItem(kept(PLACE + name), value);
  } catch {
    // Private browsing: for this page only.
  }
};

const nameOf = (form: HTMLFormElement) => form.dataset.quiz ?? "";

export const keep = (form: HTMLFormElement) => remember(nameOf(form), JSON.stringify(filled(form)));
export const forget = (form: HTMLFormElement) => remember(nameOf(form), null);

/** Fills in what was kept, where nothing is filled in. */
export const restore = (form: HTMLFormElement) => {
  if (filled(form).length) return;
  try {
    const before: [string, string][] = JSON.parse(remembered(nameOf(form)) ?? "[]");
    for (const field of fieldsOf(form)) {
      const mine = before.filter(([name]) => name === field.name).map(([, value]) => value);
      if (isChoice(field)) field.checked = mine.includes(field.value);
      else if (mine[0] !== undefined) field.value = mine[0];
    }
  } catch {
    forget(form);
  }
};
