// The screen: xterm.js, as wide as its place. It takes every key but Escape, so that Escape and then Tab leads out.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import css from "@xterm/xterm/css/xterm.css";

export interface Screen {
  show: (bytes: Uint8Array) => void;
  say: (words: string) => void;
  onKeys: (heard: (keys: string) => void) => void;
  focus: () => void;
}

const adoptOnce = (() => {
  let adopted = false;
  return () => {
    if (adopted) return;
    adopted = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets.push(sheet);
  };
})();

/** Lets the keyboard out: after Escape, Tab belongs to the page. */
const letOut = (terminal: Terminal) => {
  let escaped = false;
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown" || event.key === "Shift") return true;
    const wasEscaped = escaped;
    escaped = event.key === "Escape";
    return !escaped && !(wasEscaped && event.key === "Tab");
  });
};

export const openScreen = (place: HTMLElement): Screen => {
  adoptOnce();
  const terminal = new Terminal({
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
    fontSize: 14,
    minimumContrastRatio: 4.5,
    screenReaderMode: true,
    scrollback: 5000,
    theme: { background: "#10151c", foreground: "#e6edf3", cursor: "#e6edf3", selectionBackground: "#3b5070" },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(place);
  letOut(terminal);
  new ResizeObserver(() => fit.fit()).observe(place);
  fit.fit();
  return {
    show: (bytes) => terminal.write(bytes),
    say: (words) => terminal.write(`\r\n\x1b[2m[${words}]\x1b[0m\r\n`),
    onKeys: (heard) => terminal.onData(heard),
    focus: () => terminal.focus(),
  };
};
