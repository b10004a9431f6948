// A button that copies: of a token, a code, an address, which the page puts beside it, and of every piece of code.

import { element } from "./dom.ts";

/** How long the button says what came of it, in milliseconds. */
const SAID = 2000;

/** What one types of a session are its commands. */
const commandsIn = (code: HTMLElement) => {
  const text = code.textContent ?? "";
  const typed = text.split("\n").filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
  return code.classList.contains("language-console") && typed.length > 0 ? typed.join("\n") : text.trimEnd();
};

/** Browsers lend the clipboard to secure pages alone; elsewhere the text is selected. */
const copies = (button: HTMLButtonElement, of: HTMLElement) => {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(commandsIn(of));
      button.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(of);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), SAID);
  });
};

const addButton = (code: HTMLElement) => {
  const button = element("button", "copy", "Copy");
  button.type = "button";
  copies(button, code);
  code.after(button);
};

/** The book has buttons of its own beside code. */
export const addCopyButtons = () => {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copies]")) {
    const of = button.previousElementSibling;
    if (of instanceof HTMLElement) copies(button, of.querySelector<HTMLElement>("code") ?? of);
  }
  if (document.body.classList.contains("book")) return;
  for (const code of document.querySelectorAll<HTMLElement>("main pre:not(.token) > code")) addButton(code);
};
