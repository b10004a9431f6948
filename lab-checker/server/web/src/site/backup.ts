// What somebody has done, as a file: for another browser, or for another day.

import { kept } from "../shared/here.ts";
import * as store from "./store.ts";

const FORMAT = "default-deny-progress";
/** Larger files are none of ours. */
const LARGEST = 20 << 20;

interface File {
  format: typeof FORMAT;
  version: 1;
  kept: Record<string, unknown>;
}

/** What may stand at each kind of place. */
const SHAPES: [RegExp, (value: unknown) => boolean][] = [
  [/^best:(lab|quiz):[\w.-]+$/, (value) => has(value, { points: "number", max_points: "number", passed: "boolean", attempts: "number" })],
  [/^read$/, (value) => Array.isArray(value) && value.every((one) => typeof one === "string")],
  [/^world:[\w.-]+$/, (value) => typeof value === "string"],
  [/^words:[\w.-]+$/, (value) => has(value, { text: "string", brought: "object" })],
  [/^draft:[\w.-]+$/, (value) => has(value, { text: "string", version: "number" })],
];

const has = (value: unknown, shape: Record<string, string>) =>
  typeof value === "object" && value !== null &&
  Object.entries(shape).every(([key, type]) => typeof (value as Record<string, unknown>)[key] === type);

const isOurs = ([key, value]: [string, unknown]) => SHAPES.some(([place, fits]) => place.test(key) && fits(value));

/** What is in such a file; nothing when it is none. */
export const readBackup = (text: string): Record<string, unknown> | null => {
  try {
    const file = JSON.parse(text) as Partial<File> | null;
    if (file?.format !== FORMAT || file.version !== 1 || typeof file.kept !== "object" || file.kept === null) return null;
    return Object.entries(file.kept).every(isOurs) ? file.kept : null;
  } catch {
    return null;
  }
};

const save = async () => {
  const file: File = { format: FORMAT, version: 1, kept: await store.all() };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(file)], { type: "application/json" }));
  link.download = "default-deny-progress.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

/** Drafts that this browser has beside the database would be offered as another device's. */
const forgetDrafts = () => {
  const own = kept("");
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("lab-checker/") && key.endsWith(own)) localStorage.removeItem(key);
  }
};

const bring = async (file: Blob): Promise<string> => {
  const found = file.size > LARGEST ? null : readBackup(await file.text());
  if (!found) return "This is no file that was saved here. Nothing has changed.";
  const before = Object.keys(await store.all()).length;
  if (before > 0 && !confirm("What you have done in this browser is replaced by what is in the file. Go on?")) return "Nothing has changed.";
  await store.replaceAll(found);
  forgetDrafts();
  location.reload();
  return "It is here now.";
};

export const offerBackup = async () => {
  const place = document.querySelector<HTMLElement>("[data-backup]");
  const said = place?.querySelector<HTMLElement>("[data-backup-said]");
  if (!place || !said) return;
  if (!(await store.isLasting())) said.textContent = "This browser keeps nothing for this page: what you do is gone when you close it.";
  place.querySelector("[data-export]")?.addEventListener("click", () => void save());
  const field = place.querySelector<HTMLInputElement>("[data-import]");
  place.querySelector("[data-choose]")?.addEventListener("click", () => field?.click());
  field?.addEventListener("change", async () => {
    const file = field.files?.[0];
    if (!file) return;
    said.textContent = await bring(file).catch(() => "The file cannot be read. Nothing has changed.");
    field.value = "";
  });
  place.hidden = false;
};
