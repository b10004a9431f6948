// xterm.js makes style elements and a style attribute; `style-src 'self'` forbids both. In our bundle an adopted sheet
// and CSSOM take their places. Should another version write this otherwise, the build fails.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ADOPTED = fileURLToPath(new URL("src/terminal/adopted.ts", import.meta.url));

const REPLACED = [
  { found: /[\w.]+\.createElement\("style"\)/g, times: 3, by: () => "__adoptedStyle()" },
  {
    found: /(\w+)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w+)\};`\)/g,
    times: 1,
    by: (_, element, css) => `__addStyle(${element},${css})`,
  },
];

export const withoutStyles = {
  name: "xterm without style elements",
  setup(build) {
    build.onLoad({ filter: /@xterm[\\/]xterm[\\/]lib[\\/]xterm\.mjs$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const { found, times, by } of REPLACED) {
        const count = contents.match(found)?.length ?? 0;
        if (count !== times) throw new Error(`${found} stands ${count} times in xterm.js, and not ${times}`);
        contents = contents.replace(found, by);
      }
      if (/createElement\("style"\)|setAttribute\("style"/.test(contents)) throw new Error("xterm.js makes styles elsewhere too");
      const names = "adoptedStyle as __adoptedStyle, addStyle as __addStyle";
      return { contents: `import { ${names} } from ${JSON.stringify(ADOPTED)};\n${contents}`, loader: "js" };
    });
  },
};
