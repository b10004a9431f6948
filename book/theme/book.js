// What the book does with a script: light and dark, contents on a small screen, search, keys, and copying code.
// It takes the place of mdBook's own scripts, which set styles in ways that a strict page does not allow.
"use strict";

const body = document.body;
const root = body.dataset.root || "";
const all = (css, of) => [...(of || document).querySelectorAll(css)];
const one = (css) => document.querySelector(css);
const make = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

// Light or dark
{
  const html = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (theme) => {
    html.classList.remove("light", "navy");
    html.classList.add(theme);
  };
  system.addEventListener("change", () => {
    if (!window.chosenTheme) show(system.matches ? "navy" : "light");
  });
  const button = one(".theme-toggle");
  button.addEventListener("click", () => {
    window.chosenTheme = html.classList.contains("navy") ? "light" : "navy";
    try {
      localStorage.setItem("mdbook-theme", window.chosenTheme);
    } catch {
      // Private browsing: for this page only.
    }
    show(window.chosenTheme);
  });
}

// Contents
const contents = one("#contents");
const opener = one(".contents-open");
{
  const here = location.pathname.replace(/\/$/, "/index.html").replace(/\.html$/, "");
  all("a[href]", contents).forEach((link, index) => {
    const href = link.getAttribute("href");
    if (href.startsWith("#")) return;
    if (root && !link.dataset.chapter) link.setAttribute("href", root + href);
    const path = link.pathname.replace(/\.html$/, "");
    // The start of the book is its first chapter.
    if (path === here || (index === 1 && !root && here.endsWith("/index"))) link.setAttribute("aria-current", "page");
  });
  const current = contents.querySelector("[aria-current]");
  if (current && contents.clientHeight) contents.scrollTop = current.offsetTop - contents.clientHeight / 2;
  const close = () => {
    contents.classList.remove("open");
    opener.setAttribute("aria-expanded", "false");
  };
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", "contents");
  const toggle = (event) => {
    event.preventDefault();
    const isOpen = contents.classList.toggle("open");
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) (current || contents.querySelector("a")).focus();
  };
  opener.addEventListener("click", toggle);
  opener.addEventListener("keydown", (event) => {
    if (event.key === " ") toggle(event);
  });
  contents.querySelector(".contents-close a").addEventListener("click", (event) => {
    event.preventDefault();
    close();
    opener.focus();
  });
  contents.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !contents.classList.contains("open")) return;
    close();
    opener.focus();
  });
  one(".lesson").addEventListener("click", close);
}

// Code: colours, and a button that copies
all("main pre > code").forEach((code) => {
  if (window.hljs && /\blanguage-(?!text|console)/.test(code.className)) window.hljs.highlightBlock(code);
  const button = make("button", "copy", "Copy");
  button.type = "button";
  button.addEventListener("click", async () => {
    const isSession = code.classList.contains("language-console");
    const lines = code.textContent.split("\n");
    const typed = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    try {
      await navigator.clipboard.writeText(isSession && typed.length ? typed.join("\n") : code.textContent.trimEnd());
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  code.parentElement.append(button);
  // What scrolls by itself can be reached with the keyboard.
  if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
});

// Search: the index is fetched when somebody wants it
const searchButton = one(".search-open");
const panel = one("#search");
const isOpenSearch = () => Boolean(panel && !panel.hidden);
let openSearch = () => {};
if (searchButton && panel) {
  const input = one("#search-words");
  const results = one("#search-results");
  const found = one("#search-found");
  let loading;
  let index;

  const script = (path) =>
    new Promise((done, failed) => {
      const element = make("script");
      element.src = root + path;
      element.onload = done;
      element.onerror = failed;
      document.head.append(element);
    });
  const load = () => {
    window.search = window.search || {};
    const [library, data] = body.dataset.search.split(" ");
    loading = loading || script(library).then(() => script(data)).then(() => {
      index = window.elasticlunr.Index.load(window.search.index);
    });
    return loading;
  };
  // A few words around the first place where a word of the search stands.
  const excerpt = (text, words) => {
    const lower = text.toLowerCase();
    const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
    const from = Math.max(0, Math.min(...(places.length ? places : [0])) - 60);
    return `${from ? "… " : ""}${text.slice(from, from + 200).trim()} …`;
  };
  const plain = (text) => new DOMParser().parseFromString(text, "text/html").body.textContent;
  const look = async () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) {
      results.replaceChildren();
      found.textContent = "";
      return;
    }
    try {
      await load();
    } catch {
      loading = undefined;
      found.textContent = "The search cannot be loaded. Try again in a moment.";
      return;
    }
    const hits = index.search(input.value, window.search.search_options).slice(0, 20);
    found.textContent = hits.length ? `${hits.length} ${hits.length === 1 ? "place" : "places"}` : "Nothing found. Try fewer or other words.";
    results.replaceChildren(...hits.map((hit) => {
      const item = make("li");
      const link = make("a", "", plain(hit.doc.breadcrumbs));
      link.href = root + window.search.doc_urls[hit.ref];
      item.append(link, make("p", "", excerpt(plain(hit.doc.body), words)));
      return item;
    }));
  };
  const close = () => {
    panel.hidden = true;
    searchButton.setAttribute("aria-expanded", "false");
    searchButton.focus();
  };
  openSearch = () => {
    panel.hidden = false;
    searchButton.setAttribute("aria-expanded", "true");
    input.focus();
    input.select();
    load().catch(() => (loading = undefined));
  };
  searchButton.addEventListener("click", () => (isOpenSearch() ? close() : openSearch()));
  input.addEventListener("input", look);
  panel.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = results.querySelector("a");
    if (first) first.click();
  });
  panel.addEventListener("keydown", (event) => {
    const links = all("a", results);
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" && links.length) links[Math.min(at + 1, links.length - 1)].focus();
    else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] || input).focus();
    else return;
    event.preventDefault();
  });
  results.addEventListener("click", (event) => {
    if (event.target.closest("a")) panel.hidden = true;
  });
}

// Keys: the chapter before, the chapter after, and the search
document.addEventListener("keydown", (event) => {
  const isBusy = event.target.closest("input, textarea, select, [contenteditable], [tabindex='0'], search, #contents");
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isBusy) return;
  const turn = { ArrowLeft: ".turn [rel=prev]", ArrowRight: ".turn [rel=next]" }[event.key];
  const link = turn && one(turn);
  if (link) location.assign(link.href);
  if (event.key !== "/" && event.key !== "s") return;
  event.preventDefault();
  openSearch();
});

if ("print" in body.dataset) addEventListener("load", () => setTimeout(() => print(), 100));
