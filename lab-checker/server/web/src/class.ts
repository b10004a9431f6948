// The pages of instructors: a gradebook that is sorted and filtered in place, and lists that are read from a file.

import { filterInPlace } from "./class/filter.ts";
import { readFiles } from "./class/list-file.ts";
import { sortInPlace } from "./class/sort.ts";

const table = document.querySelector<HTMLTableElement>("table.gradebook");
const filter = document.querySelector<HTMLFormElement>("form.gradebook-filter");
if (table && filter) {
  sortInPlace(table, filter);
  filterInPlace(table, filter);
}
document.querySelectorAll<HTMLInputElement>("input[data-list]").forEach(readFiles);
