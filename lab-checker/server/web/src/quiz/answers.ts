// What a learner has filled in, as the server wants it.

type Flows = Record<string, string>;
type Answer = string | string[] | Flows | { answer: Answer | null; why: string };
export type Answers = Record<string, Answer>;

type Filled = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export const answersOf = (form: HTMLFormElement): Answers => {
  const answers: Answers = {};
  for (const fieldset of form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-question]")) {
    const id = fieldset.dataset.question ?? "";
    const answer = answerOf(fieldset, id);
    const why = fieldset.querySelector<Filled>(`[name="${CSS.escape(`${id}.why`)}"]`)?.value.trim();
    if (why) answers[id] = { answer, why };
    else if (answer !== null) answers[id] = answer;
  }
  return answers;
};

const answerOf = (fieldset: HTMLFieldSetElement, id: string): Answer | null => {
  const flows: Flows = {};
  const chosen: string[] = [];
  let text: string | null = null;
  for (const field of fieldset.querySelectorAll<Filled>("input, textarea, select")) {
    const isChoice = field.type === "radio" || field.type === "checkbox";
    if (!field.name || (isChoice && !(field as HTMLInputElement).checked)) continue;
    const part = field.name.startsWith(`${id}.`) ? field.name.slice(id.length + 1) : null;
    if (part === "why") continue;
    if (part) flows[part] = field.value;
    else if (field.type === "checkbox") chosen.push(field.value);
    else if (field.value.trim() !== "") text = field.value;
  }
  if (Object.keys(flows).length) return flows;
  return chosen.length ? chosen : text;
};
