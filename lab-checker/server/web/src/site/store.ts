// What this browser keeps of what somebody has done: worlds of labs, texts, results. In the browser's database; where it
// has none to give, for as long as the page is open.

import { type IDBPDatabase, openDB } from "idb";
import { kept } from "../shared/here.ts";

const NAME = kept("default-deny");
const TABLE = "kept";

const opened: Promise<IDBPDatabase | null> = openDB(NAME, 1, {
  upgrade: (database) => void database.createObjectStore(TABLE),
}).catch(() => null);
const inMemory = new Map<string, unknown>();

/** Whether it is there when the page is opened again. */
export const isLasting = async () => (await opened) !== null;

export const get = async <T>(key: string): Promise<T | null> => {
  const database = await opened;
  return ((database ? await database.get(TABLE, key) : inMemory.get(key)) as T | undefined) ?? null;
};

/** Nothing is kept where the value is `null`. */
export const put = async (key: string, value: unknown): Promise<void> => {
  const database = await opened;
  if (database) await (value === null ? database.delete(TABLE, key) : database.put(TABLE, value, key));
  else if (value === null) inMemory.delete(key);
  else inMemory.set(key, value);
};

/** Reads and writes with nothing in between, also not of another tab. */
export const change = async <T>(key: string, changed: (before: T | null) => T | null): Promise<void> => {
  const database = await opened;
  if (!database) return put(key, changed((inMemory.get(key) as T | undefined) ?? null));
  const transaction = database.transaction(TABLE, "readwrite");
  const before = ((await transaction.store.get(key)) as T | undefined) ?? null;
  const value = changed(before);
  if (value === null) await transaction.store.delete(key);
  else await transaction.store.put(value, key);
  await transaction.done;
};

export const all = async (): Promise<Record<string, unknown>> => {
  const database = await opened;
  if (!database) return Object.fromEntries(inMemory);
  const transaction = database.transaction(TABLE);
  const [keys, values] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
  return Object.fromEntries(keys.map((key, at) => [String(key), values[at]]));
};

/** All of it is replaced, or nothing is. */
export const replaceAll = async (values: Record<string, unknown>): Promise<void> => {
  const database = await opened;
  if (!database) {
    inMemory.clear();
    for (const [key, value] of Object.entries(values)) inMemory.set(key, value);
    return;
  }
  const transaction = database.transaction(TABLE, "readwrite");
  const cleared = transaction.store.clear();
  const writes = Object.entries(values).map(([key, value]) => transaction.store.put(value, key));
  await Promise.all([cleared, ...writes, transaction.done]);
};
