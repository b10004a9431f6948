// What stands in xterm's bundle for its own style elements and style attribute, which `style-src 'self'` forbids: a
// sheet that the document adopts, and CSSOM.

/** An element that takes the place of a style element: its text becomes an adopted sheet, until it is removed. */
export const adoptedStyle = (): HTMLElement => {
  const place = document.createElement("template");
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(place, "textContent", { set: (css: string) => sheet.replaceSync(css) });
  place.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    Element.prototype.remove.call(place);
  };
  return place;
};

/** Adds to the style of an element. */
export const addStyle = (element: HTMLElement, css: string) => {
  element.style.cssText += `${css};`;
};
