// Hints come one by one, in place. Without a script each is a page of its own address.

export const hintsInPlace = () => {
  const place = document.querySelector<HTMLElement>("#hints");
  place?.addEventListener("click", async (event) => {
    const link = (event.target as Element).closest("a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const address = link.href;
    try {
      const response = await fetch(address, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const hints = page.querySelector("#hints");
      if (!response.ok || !hints) throw new Error("no hints");
      place.replaceChildren(...hints.childNodes);
      // The newest hint is what a reader wants next.
      const newest = [...place.querySelectorAll<HTMLElement>(".lab-hint")].at(-1);
      if (newest) newest.tabIndex = -1;
      newest?.focus();
    } catch {
      location.href = address;
    }
  });
};
