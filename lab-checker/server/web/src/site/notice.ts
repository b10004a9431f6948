// Something that is true of all of the page: one line below everything, with what can be done about it.

import { element } from "../shared/dom.ts";

export const notice = (words: string, action?: { label: string; work: () => void }) => {
  const place = document.querySelector(".site-notice") ?? document.body.appendChild(element("div", "site-notice"));
  place.role = "status";
  const line = element("p", "", words);
  const close = element("button", "quiet", "Close");
  close.type = "button";
  close.addEventListener("click", () => place.replaceChildren());
  if (action) {
    const button = element("button", "primary", action.label);
    button.type = "button";
    button.addEventListener("click", action.work);
    place.replaceChildren(line, button, close);
  } else {
    place.replaceChildren(line, close);
  }
};
