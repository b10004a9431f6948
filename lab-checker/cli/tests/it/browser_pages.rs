//! What holds on every page of the site, seen by a real browser: nothing that is hidden is shown or can be
//! reached with Tab, every field has a name, and no page scrolls sideways, on a phone or on a desk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

/// The widths of phones, of a tablet, and of desks.
const WIDTHS: [u32; 5] = [360, 390, 768, 1440, 1920];

/// What is wrong with the page that is open, in words.
const FAULTS: &str = r"
    const faults = [];
    const shown = (element) => element.getClientRects().length > 0;
    const name = (element) => element.outerHTML.slice(0, 90);
    for (const element of document.querySelectorAll('[hidden]')) {
        if (shown(element)) faults.push(`hidden, and yet shown: ${name(element)}`);
    }
    const stops = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
    for (const element of document.querySelectorAll(stops)) {
        const unseen = element.closest('[aria-hidden=true]');
        // A link of mdBook's that repeats its heading is no stop.
        if (unseen && element.tabIndex >= 0 && !element.disabled && shown(element)) {
            faults.push(`hidden from a screen reader, and yet a tab stop: ${name(element)}`);
        }
    }
    for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
        const named = field.labels.length > 0 || field.ariaLabel || field.ariaLabelledByElements?.length;
        if (shown(field) && !named) faults.push(`a field without a name: ${name(field)}`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`scrolls ${scrollWidth - clientWidth} px sideways`);
    return faults;
";

/// An answer to every question of a quiz, as a form.
const ANSWERS: &str = r"
    const [text] = arguments;
    const form = document.querySelector('form.quiz');
    const fields = [...form.querySelectorAll('input, select, textarea')];
    for (const field of fields) {
        if (field.type === 'radio' || field.type === 'checkbox') {
            const group = fields.filter((other) => other.name === field.name);
            field.checked = !group.some((other) => other !== field && other.checked);
        } else field.value = text;
    }
    return new URLSearchParams(new FormData(form)).toString();
";

/// Unfolds everything, because what is folded can be too wide as well.
const UNFOLD: &str = "for (const fold of document.querySelectorAll('main details')) fold.open = true";

/// Sends something in the name of who is signed in, and says where the answer is or what it is.
const POST: &str = r"
    const [path, kind, body, done] = arguments;
    fetch(path, { method: 'POST', headers: { 'content-type': kind }, body })
        .then(async (answer) => done({ url: answer.url, ok: answer.ok, text: await answer.text() }), (error) => done(String(error)));
";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// The names of the files of a folder, without an ending.
fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let mut names: Vec<_> =
        paths.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A visit of the whole site, and what was wrong on the way.
struct Visit {
    browser: Browser,
    url: String,
    pages: usize,
    instructor_token: String,
    faults: Vec<String>,
}

impl Visit {
    async fn begin(terminal: &Terminal, serving: &Serving) -> Self {
        let token = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("the token is kept");
        let (browser, url) = (Browser::open().await, serving.url.clone());
        browser.goto(&url).await;
        Self { browser, url, pages: 0, instructor_token: token.trim().to_owned(), faults: Vec::new() }
    }

    /// So many pages were seen at least, and nothing was wrong with them.
    fn ends(self, least: usize) {
        assert!(self.pages >= least, "only {} of {least} pages were seen", self.pages);
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }

    async fn page(&mut self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.url)).await;
        self.look(path).await;
    }

    /// Looks at the page that is open.
    async fn look(&mut self, name: &str) {
        self.browser.script(UNFOLD, vec![]).await;
        for width in WIDTHS {
            self.browser.widen(width).await;
            let found = self.browser.script(FAULTS, vec![]).await;
            let found = found.as_array().expect("faults are a list");
            let found = found.iter().filter_map(Value::as_str);
            self.faults.extend(found.map(|fault| format!("{name} at {width} px: {fault}")));
        }
        self.pages += 1;
    }

    async fn post(&self, path: &str, kind: &str, body: &str) -> Value {
        let arguments = vec![json!(path), json!(kind), json!(body)];
        let answer = self.browser.script_to_its_end(POST, arguments).await;
        assert_eq!(answer["ok"], true, "{path}: {answer}");
        answer
    }

    /// Where a form leads to, as a path.
    async fn form(&self, path: &str, body: &str) -> String {
        let answer = self.post(path, FORM, body).await;
        let url = answer["url"].as_str().expect("an answer has an address");
        url.strip_prefix(&self.url).expect("the answer is ours").to_owned()
    }

    /// All pages that are linked from this one, and from those, as long as they are below it. Returns their paths.
    async fn everything_below(&mut self, start: &str) -> BTreeSet<String> {
        let links = "return [...document.querySelectorAll('main a, header a')].map((link) => link.pathname)";
        let mut seen = BTreeSet::from([start.to_owned()]);
        let mut open = vec![start.to_owned()];
        while let Some(path) = open.pop() {
            self.page(&path).await;
            let found = self.browser.script(links, vec![]).await;
            for link in found.as_array().expect("links are a list").iter().filter_map(Value::as_str) {
                let is_file = link.starts_with("/instructor/gradebook/");
                if link.starts_with(start) && !is_file && seen.insert(link.to_owned()) {
                    open.push(link.to_owned());
                }
            }
        }
        seen
    }

    /// Answers the quiz that is open, and says where the result is.
    async fn answer(&self, path: &str) -> String {
        let answers = self.browser.script(ANSWERS, vec![json!(long())]).await;
        self.form(path, answers.as_str().expect("a form")).await
    }

    /// Starts a lab and hands it in as it is. Returns the attempt.
    async fn attempt(&self, lab: &str) -> String {
        self.form(&format!("/labs/{lab}"), "action=start").await;
        let attempt = self.post(&format!("/api/v1/labs/{lab}/attempts"), JSON, "{}").await;
        let attempt: Value = serde_json::from_str(attempt["text"].as_str().expect("a text")).expect("JSON");
        attempt["attempt_id"].as_str().expect("an attempt has an id").to_owned()
    }

    /// A lab before it is started, then with everything open that its page can show, then checked live.
    async fn lab(&mut self, name: &str) {
        let path = format!("/labs/{name}");
        self.page(&path).await;
        let attempt = self.attempt(name).await;
        self.page(&path).await;
        let cell = "const link = document.querySelector('table.map td a');
            return link ? new URL(link.href).search : '?'";
        let cell = self.browser.script(cell, vec![]).await;
        let cell = cell.as_str().expect("a text");
        self.page(&format!("{path}{cell}&hints=9&attempt={attempt}")).await;
        self.browser.goto(&format!("{}{path}", self.url)).await;
        self.browser.click(".editor-form button.primary").await;
        self.browser.wait_for("#report .verdict").await;
        self.look(&format!("{path}, checked")).await;
    }
}

/// A word that is longer than a phone is wide.
fn long() -> String {
    "a-word-that-is-longer-than-a-phone-is-wide/".repeat(4)
}

#[tokio::test]
async fn lessons_and_quizzes_show_nothing_hidden_and_do_not_scroll_sideways() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut visit = Visit::begin(&terminal, &serving).await;
    for path in ["/", "/join", "/login", "/book/", "/book/print.html", "/nowhere", &format!("/labs/{}", long())] {
        visit.page(path).await;
    }
    let lessons = names("book/src");
    for lesson in lessons.iter().filter(|name| *name != "SUMMARY") {
        visit.page(&format!("/book/{lesson}.html")).await;
    }
    for quiz in names("quizzes") {
        let path = format!("/quizzes/{quiz}");
        visit.page(&path).await;
        let result = visit.answer(&path).await;
        visit.page(&result).await;
    }
    visit.ends(lessons.len() + 2 * names("quizzes").len());
}

#[tokio::test]
async fn labs_show_nothing_hidden_and_do_not_scroll_sideways() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut visit = Visit::begin(&terminal, &serving).await;
    for lab in names("labs") {
        visit.lab(&lab).await;
    }
    visit.ends(4 * names("labs").len());
}

#[tokio::test]
async fn pages_for_instructors_show_nothing_hidden_and_do_not_scroll_sideways() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut visit = Visit::begin(&terminal, &serving).await;
    visit.page("/instructor/login").await;
    for quiz in names("quizzes") {
        let path = format!("/quizzes/{quiz}");
        visit.browser.goto(&format!("{}{path}", visit.url)).await;
        visit.answer(&path).await;
    }
    for lab in names("labs") {
        visit.attempt(&lab).await;
    }
    visit.form("/instructor/login", &format!("token={}", visit.instructor_token)).await;
    let learner = format!("text=name,email%0A{},{}%40example.org%0A", long(), long().replace('/', "."));
    visit.form("/instructor/roster", &learner).await;
    let seen = visit.everything_below("/instructor").await;
    let attempts = seen.iter().filter(|path| path.starts_with("/instructor/attempts/")).count();
    assert_eq!(attempts, names("labs").len() + names("quizzes").len(), "{seen:?}");
    visit.ends(seen.len());
}
