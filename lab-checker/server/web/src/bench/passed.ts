// What changes on the page when the lab is passed: the solution beside one's own text, the points, and what is next.

export const showPassed = async () => {
  const response = await fetch(location.pathname, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const css of ["[data-facts]", "[data-solution]", "[data-next]"]) {
    const [here, there] = [document.querySelector(css), page.querySelector(css)];
    if (here && there) here.replaceChildren(...there.childNodes);
  }
};
