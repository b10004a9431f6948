// Where the pages are: at the top of a server, or somewhere on a host of files, where no server answers.

/** Whether the page is one of the static site. */
export const isSite = document.documentElement.dataset.site !== undefined;

/** The top of it all. Scripts stand in `assets/`. */
const top = new URL("../", import.meta.url);

/** A page of a server: `/labs/NAME`. */
export const pageAt = (path: string) => new URL(path.slice(1), top).href;

/** A file of ours. */
export const assetAt = (name: string) => new URL(name, import.meta.url).href;

/** A name under which this browser keeps something: sites may share a host with others. */
export const kept = (name: string) => (isSite ? `${name} ${top.pathname}` : name);
