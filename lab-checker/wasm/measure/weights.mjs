// What the engine's bytes are for: `node measure/weights.mjs FILE.wasm` adds up the functions of a module that still has
// its names, by crate, and lists the largest. Data stands below.
import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2]);
let at = 8;
const number = () => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
};
const text = () => {
  const length = number();
  at += length;
  return bytes.toString("utf8", at - length, at);
};

const sizes = [];
const names = new Map();
let imported = 0;
let data = 0;
while (at < bytes.length) {
  const id = bytes[at++];
  const size = number();
  const end = at + size;
  if (id === 2) {
    for (let left = number(); left > 0; left -= 1) {
      text();
      text();
      const kind = bytes[at++];
      if (kind === 0) {
        number();
        imported += 1;
      } else throw new Error("only functions are expected among the imports");
    }
  } else if (id === 10) {
    for (let left = number(); left > 0; left -= 1) {
      const length = number();
      sizes.push(length);
      at += length;
    }
  } else if (id === 11) data = size;
  else if (id === 0 && text() === "name") {
    while (at < end) {
      const part = bytes[at++];
      const partEnd = number() + at;
      if (part === 1) {
        for (let left = number(); left > 0; left -= 1) {
          const index = number();
          names.set(index, text());
        }
      }
      at = partEnd;
    }
  }
  at = end;
}

// Rust writes the crate of an item first: `_RNvNtCs…_6netpol…`.
const crateOf = (name) => {
  const found = /C(?:s[0-9A-Za-z]*_)?([0-9]+)_?([a-z_0-9]+)/.exec(name);
  return found ? found[2].slice(0, Number(found[1])) : "other";
};
const crates = new Map();
const functions = sizes.map((size, index) => ({ size, name: names.get(index + imported) ?? "?" }));
for (const { size, name } of functions) crates.set(crateOf(name), (crates.get(crateOf(name)) ?? 0) + size);
const rows = [...crates].sort((a, b) => b[1] - a[1]).slice(0, 24);
for (const [crate, size] of rows) console.log(String(size).padStart(9), crate);
console.log(String(data).padStart(9), "(data)\n");
functions.sort((a, b) => b.size - a.size);
for (const { size, name } of functions.slice(0, 60)) console.log(String(size).padStart(9), name.slice(0, 150));
