// Where in an object a line of YAML stands, told by its indentation: enough for text that is still being typed.

const LINE = /^(\s*)((?:- +)*)(?:(["']?)([\w./-]+)\3\s*:(?=\s|$))?/;

interface Line {
  /** Where the key begins. */
  indent: number;
  /** Where the dash before it stands, if there is one. */
  dash: number | null;
  key: string | null;
}

const read = (text: string): Line => {
  const found = LINE.exec(text);
  const [spaces, dashes, key] = [found?.[1] ?? "", found?.[2] ?? "", found?.[4] ?? null];
  return {
    indent: spaces.length + dashes.length,
    dash: dashes ? spaces.length + dashes.trimEnd().length - 1 : null,
    key,
  };
};

const isNothing = (text: string) => /^\s*(#.*)?$/.test(text);
const isBorder = (text: string) => /^(---|\.\.\.)(\s|$)/.test(text);

export interface Place {
  kind: string | null;
  /** The keys above, from the top of the object. */
  path: string[];
}

/** The place of a line, counted from 0. An empty line stands where `column` says. */
export const placeOf = (lines: string[], at: number, column: number): Place => {
  let first = at;
  while (first > 0 && !isBorder(lines[first - 1] ?? "")) first -= 1;
  const text = lines[at] ?? "";
  let { indent, dash } = isNothing(text) ? { indent: column, dash: null } : read(text);
  const path: string[] = [];
  for (let line = at - 1; line >= first; line -= 1) {
    const above = lines[line] ?? "";
    if (isNothing(above)) continue;
    const one = read(above);
    if (dash === null && one.indent === indent && one.dash !== null) {
      // The first key of the item that the line belongs to.
      dash = one.dash;
      continue;
    }
    const isParent = dash === null ? one.indent < indent : one.indent <= dash && one.dash !== dash;
    if (!isParent || one.key === null) continue;
    path.unshift(one.key);
    ({ indent, dash } = one);
  }
  return { kind: kindOf(lines, first), path };
};

const kindOf = (lines: string[], first: number): string | null => {
  for (let line = first; line < lines.length; line += 1) {
    const text = lines[line] ?? "";
    if (line > first && isBorder(text)) return null;
    const found = /^kind:\s*["']?(\w+)/.exec(text);
    if (found) return found[1] ?? null;
  }
  return null;
};
