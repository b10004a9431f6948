// Says where kubectl is, when it is in another world than the one that the page shows.

export const showElsewhere = (own: string, current: string) => {
  const elsewhere = document.querySelector<HTMLElement>("[data-elsewhere]");
  const said = elsewhere?.querySelector<HTMLElement>("[data-elsewhere-place]");
  if (!elsewhere || !said) return;
  elsewhere.hidden = current === own;
  // The page itself says the lab's title.
  if (said.dataset.current !== current) {
    said.textContent = current === "sandbox" ? "the sandbox" : `the world of “${current}”`;
  }
  said.dataset.current = current;
};
