// The picture as one stop for the Tab key, with arrow keys inside: what is in it are links.

const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at) => at + 1,
  ArrowDown: (at) => at + 1,
  ArrowLeft: (at) => at - 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

const linksIn = (place: Element) => [...place.querySelectorAll<SVGAElement>("a")];

/** What a link is about, whatever is drawn around it: a box, or an arrow. */
const keyOf = (link: SVGElement) => {
  const { open, from, to, port } = link.dataset;
  return from === undefined ? `box ${open}` : `${from} ${to} ${port}`;
};

export class PictureWalk {
  /** The link that Tab leads to. */
  #key: string | null = null;
  #at = 0;

  constructor(private readonly place: HTMLElement) {
    this.#mark();
    place.addEventListener("focusin", (event) => {
      const link = (event.target as Element).closest<SVGAElement>("a");
      if (link) this.#choose(link);
    });
    place.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const links = linksIn(place);
      const isInside = links.includes(event.target as SVGAElement);
      links[isInside ? Math.min(Math.max(step(this.#at, links.length), 0), links.length - 1) : this.#at]?.focus();
    });
  }

  /** Draws it anew. Who was in it stays at the same link, else at what stands in its place. */
  redraw(draw: () => void) {
    const hadFocus = this.place.contains(document.activeElement);
    draw();
    const link = this.#mark();
    if (hadFocus) (link ?? this.place).focus();
  }

  #choose(chosen: SVGAElement) {
    const links = linksIn(this.place);
    this.#at = Math.max(links.indexOf(chosen), 0);
    this.#key = keyOf(chosen);
    for (const link of links) link.setAttribute("tabindex", link === chosen ? "0" : "-1");
  }

  #mark() {
    const links = linksIn(this.place);
    const same = links.find((link) => keyOf(link) === this.#key);
    const link = same ?? links[Math.min(this.#at, links.length - 1)];
    if (link) this.#choose(link);
    return link;
  }
}
