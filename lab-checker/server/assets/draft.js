// Keeps what a learner types, in this browser, until it is applied. One draft for each learner and lab; and one
// text that was put aside, by a reset or by going back to what is in the cluster, which can be brought back.
(() => {
  "use strict";
  const bench = document.querySelector("[data-workbench]");
  const editor = document.querySelector("#yaml");
  if (!bench || !editor || !window.labChecker) return;
  const { learner, start, workbench } = bench.dataset;
  const place = (what) => `lab-checker/${what}/${learner}/${workbench}`;
  const [draftNote, keptNote] = [".draft-note", ".kept-note"].map((css) => document.querySelector(css));

  // A browser may refuse to keep anything, or be full: then the page works without.
  const keep = (what, text) => {
    try {
      if (text === null) localStorage.removeItem(place(what));
      else localStorage.setItem(place(what), text);
      return true;
    } catch {
      return false;
    }
  };
  const kept = (what) => {
    try { return localStorage.getItem(place(what)); } catch { return null; }
  };

  const same = (one, other) => one.trimEnd() === other.trimEnd();
  const isWorthKeeping = (text) => text.trim() !== "" && !same(text, start);
  let applied = document.querySelector(".editor-form input[name=shown]").value;
  const isApplied = () => same(editor.value, applied);

  const ask = (event) => event.preventDefault();
  const changed = () => {
    const isKept = keep("draft", isApplied() ? null : editor.value);
    const isLost = !isKept && !isApplied();
    (isLost ? addEventListener : removeEventListener)("beforeunload", ask);
    draftNote.hidden = isApplied();
    draftNote.firstElementChild.textContent = isLost
      ? "Not applied yet, and this browser cannot keep it: apply it before you leave the page."
      : "A draft: not applied yet, and kept in this browser.";
    const aside = kept("aside");
    keptNote.hidden = aside === null || same(aside, editor.value);
  };

  // Text goes in as if it were typed, so that undo takes it out again.
  const insert = (text) => {
    editor.focus();
    if (document.execCommand(text === "" ? "delete" : "insertText", false, text)) return;
    editor.setRangeText(text, editor.selectionStart, editor.selectionEnd, "end");
    changed();
  };
  const replace = (text) => {
    editor.focus();
    editor.select();
    insert(text);
  };
  const putAside = (text) => !isWorthKeeping(text) || keep("aside", text);

  editor.addEventListener("input", changed);
  document.querySelector(".leave-draft").addEventListener("click", () => {
    putAside(editor.value);
    replace(applied);
  });
  document.querySelector(".bring-back").addEventListener("click", () => {
    const aside = kept("aside");
    const now = editor.value;
    keep("aside", !isApplied() && isWorthKeeping(now) ? now : null);
    if (aside !== null) replace(aside);
  });
  document.querySelector(".forget").addEventListener("click", () => {
    keep("aside", null);
    changed();
    editor.focus();
  });

  document.querySelector(".editor-form").addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.classList.contains("reset")) return;
    const before = kept("aside");
    const isSafe = putAside(editor.value);
    const words = ["Reset the lab? What you have done in it is deleted."];
    if (!isSafe) words.push("This browser cannot keep what stands in the editor: it will be lost.");
    else if (isWorthKeeping(editor.value)) words.push("What stands in the editor is kept, and you can bring it back.");
    if (!confirm(words.join("\n\n"))) {
      event.preventDefault();
      keep("aside", before);
      return;
    }
    keep("draft", null);
    removeEventListener("beforeunload", ask);
    // The question has been asked; without a script the server asks.
    button.value = "start";
    const anew = Object.assign(document.createElement("input"), { type: "hidden", name: "anew", value: "yes" });
    button.form.append(anew);
  });

  // A page out of the browser's memory may be older than the draft, and may be another learner's.
  addEventListener("pageshow", (event) => {
    if (event.persisted && draftNote.hidden) location.reload();
  });

  const draft = kept("draft");
  if (draft !== null) editor.value = draft;
  changed();
  window.labChecker.draft = {
    insert,
    isApplied,
    nowApplied: (text) => {
      applied = text;
      changed();
    },
  };
})();
