// Making elements.

export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text?: string | null,
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};

/** The course's own Markdown, which the server has rendered and made safe. */
export const rendered = <K extends keyof HTMLElementTagNameMap>(tag: K, className: string, html: string) => {
  const made = element(tag, className);
  made.innerHTML = html;
  return made;
};

/** A part that the page's template has. */
export const part = <T extends Element = HTMLElement>(of: ParentNode, css: string): T => {
  const found = of.querySelector<T>(css);
  if (!found) throw new Error(`the page has no ${css}`);
  return found;
};
