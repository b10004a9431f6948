//! Every kind of page that the server has, with a class behind it: learners with long names, attempts of all kinds, an
//! appeal, and a course that has changed since. What holds on all pages is tried on these.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const NAMES: [&str; 6] = [
    "Ada Lovelace",
    "Maximiliana Theodora von Hohenzollern-Sigmaringen de la Croix",
    "a-word-that-is-longer-than-a-phone-is-wide/a-word-that-is-longer-than-a-phone-is-wide",
    "עדה לאבלייס",
    "Bob",
    "Имя Фамилия",
];
/// A lab that fails and is appealed, and one that is passed; the capstone, of which there is a certificate.
const FAILED: &str = "default-deny";
const PASSED: [&str; 2] = ["deny-ingress", "capstone"];
/// A quiz that is answered, and is worth more when it is graded again.
const QUIZ: &str = "dns-egress";

/// Sends something in the name of who is signed in, and says where the answer is and what it is.
const SEND: &str = r"
    const [path, kind, body, done] = arguments;
    fetch(path, { method: 'POST', headers: { 'content-type': kind }, body })
        .then(async (answer) => done({ url: answer.url, ok: answer.ok, text: await answer.text() }), (error) => done(String(error)));
";

/// The first answer to every question of the quiz that is open, as a form.
const FIRST_ANSWERS: &str = r"
    const form = document.querySelector('form.quiz');
    for (const field of form.querySelectorAll('fieldset input, fieldset select, fieldset textarea')) {
        const isFirst = field === form.querySelector(`[name='${field.name}']`);
        if (field.type === 'radio' || field.type === 'checkbox') field.checked = isFirst;
        else field.value = 'certainly not this';
    }
    return new URLSearchParams(new FormData(form)).toString();
";

/// Counts what a page still waits for.
const COUNT_WHAT_IS_OPEN: &str = r"
    window.asked = 0;
    const ask = window.fetch;
    window.fetch = (...what) => {
        window.asked += 1;
        return ask(...what).finally(() => (window.asked -= 1));
    };
    const Source = window.EventSource;
    window.EventSource = class extends Source {
        constructor(...what) {
            super(...what);
            window.asked += 1;
            this.addEventListener('lab', () => (window.asked -= 1), { once: true });
        }
    };
    window.shifts = [];
    const partOf = (node) => (node?.nodeType === 1 ? node : node?.parentElement)?.outerHTML?.slice(0, 60);
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries()) {
            if (!hadRecentInput) window.shifts.push(`${value}: ${sources.map(({ node }) => partOf(node)).join(' | ')}`);
        }
    }).observe({ type: 'layout-shift', buffered: true });
";

/// Ends when the page has all that it has asked for, and has drawn it.
const SETTLED: &str = r"
    const done = arguments[0];
    const isOpen = () => document.readyState !== 'complete' || window.asked > 0
        || (document.querySelector('.bench.started') && !document.querySelector('.code-editor'));
    let quiet = 0;
    const look = () => {
        quiet = isOpen() ? 0 : quiet + 1;
        // What follows an answer follows within a few frames.
        if (quiet > 5) done(true);
        else requestAnimationFrame(look);
    };
    look();
";

/// A kind of page: how it is called, where it is, and what is pressed and waited for there.
#[derive(Clone)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) path: String,
    then: &'static [Step],
}

#[derive(Clone, Copy)]
enum Step {
    Click(&'static str),
    Await(&'static str),
    Until(&'static str),
}

use Step::{Await, Click, Until};

const CHECK: Step = Click("#editor button[value=check]");

/// What pages of a lab show after a moment.
const FAILING: &[Step] = &[CHECK, Await("#report .verdict.bad")];
const PASSING: &[Step] = &[CHECK, Await("#report .verdict.good"), Await("#report .passed-beside")];
const TERMINAL: &[Step] = &[
    Click(".dock > summary"),
    Until("return (document.querySelector('.dock .xterm-rows')?.innerText ?? '').includes('$')"),
];

/// A server with a class.
pub(crate) struct Site {
    pub(crate) browser: Browser,
    pub(crate) url: String,
    pub(crate) terminal: Terminal,
    serving: Serving,
    /// Attempts by lab, and that of the quiz.
    failed: String,
    quiz: String,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let terminal = Terminal::new();
        let serving = Serving::serve(&terminal);
        let browser = Browser::open().await;
        browser.before_each_page(COUNT_WHAT_IS_OPEN).await;
        let url = serving.url.clone();
        browser.goto(&url).await;
        let mut site = Self { browser, url, terminal, serving, failed: String::new(), quiz: String::new() };
        site.work().await;
        site
    }

    /// A learner works, and an instructor enrols the others.
    async fn work(&mut self) {
        let token = std::fs::read_to_string(self.terminal.data().join("instructor-token")).expect("the token is kept");
        self.form("/instructor/login", &format!("token={}", token.trim())).await;
        let list: String = NAMES.iter().enumerate().map(|(at, name)| format!("{name},{at}@example.org%0A")).collect();
        self.form("/instructor/roster", &format!("text=name,email%0A{list}")).await;
        for lab in PASSED {
            self.form(&format!("/labs/{lab}"), "action=start").await;
            let text = self.terminal.run(&format!("solution {lab}")).exits(0).stdout;
            self.json(&format!("/api/v1/labs/{lab}/objects"), json!({ "text": text })).await;
            assert_eq!(self.attempt(lab).await["passed"], true, "{lab}");
        }
        self.form(&format!("/labs/{FAILED}"), "action=start").await;
        self.failed = self.attempt(FAILED).await["attempt_id"].as_str().expect("an attempt has an id").to_owned();
        let appeal = format!("action=appeal&attempt={}&message={}", self.failed, "Nobody+said+that.+".repeat(20));
        self.form(&format!("/labs/{FAILED}"), &appeal).await;
        self.browser.goto(&format!("{}/quizzes/{QUIZ}", self.url)).await;
        let answers = self.browser.script(FIRST_ANSWERS, vec![]).await;
        let result = self.form(&format!("/quizzes/{QUIZ}"), answers.as_str().expect("a form")).await;
        self.quiz = result.rsplit('/').next().expect("a path ends").to_owned();
    }

    /// The quiz is worth something else, and all was graded again: the server begins anew with another course.
    pub(crate) async fn grade_again(&mut self) {
        let course = self.terminal.path().join("course");
        for part in ["book", "labs", "quizzes"] {
            copy(&root().join(part), &course.join(part));
        }
        let quiz = course.join(format!("quizzes/{QUIZ}.toml"));
        let text = std::fs::read_to_string(&quiz).expect("the quiz is there");
        std::fs::write(quiz, format!("points = 40\n{text}")).expect("the quiz is written");
        self.serving.terminate();
        let course = course.to_str().expect("a path is text");
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--course", course];
        self.serving = Serving::start(&self.terminal, &arguments, "Ctrl-C");
        self.url = self.serving.url.clone();
        self.browser.goto(&self.url).await;
        let token = std::fs::read_to_string(self.terminal.data().join("instructor-token")).expect("the token is kept");
        self.form("/instructor/login", &format!("token={}", token.trim())).await;
    }

    async fn attempt(&self, lab: &str) -> Value {
        self.json(&format!("/api/v1/labs/{lab}/attempts"), json!({})).await
    }

    async fn json(&self, path: &str, body: Value) -> Value {
        let answer = self.send(path, "application/json", &body.to_string()).await;
        serde_json::from_str(answer["text"].as_str().expect("a text")).expect("JSON")
    }

    /// Where a form leads to, as a path.
    pub(crate) async fn form(&self, path: &str, body: &str) -> String {
        let answer = self.send(path, "application/x-www-form-urlencoded", body).await;
        let url = answer["url"].as_str().expect("an answer has an address");
        url.strip_prefix(&self.url).expect("the answer is ours").to_owned()
    }

    async fn send(&self, path: &str, kind: &str, body: &str) -> Value {
        let answer = self.browser.script_to_its_end(SEND, vec![json!(path), json!(kind), json!(body)]).await;
        assert_eq!(answer["ok"], true, "{path}: {answer}");
        answer
    }

    /// Pages of learners that are no labs.
    pub(crate) fn for_learners(&self) -> Vec<Kind> {
        vec![
            kind("progress", "/"),
            kind("certificate", "/certificate"),
            kind("a quiz", format!("/quizzes/{QUIZ}")),
            kind("the result of a quiz", format!("/quizzes/{QUIZ}/attempts/{}", self.quiz)),
            kind("the rest of a quiz", format!("/quizzes/{QUIZ}?attempt={}", self.quiz)),
            kind("the book", "/book/"),
            kind("a lesson with code and a quiz", "/book/default-deny.html"),
            kind("a lesson with wide tables", "/book/cheat-sheet.html"),
            kind("no page", "/nowhere"),
        ]
    }

    /// The workbench, from before a lab has begun to when it is passed.
    pub(crate) fn of_labs(&self) -> Vec<Kind> {
        let (failed, attempt) = (format!("/labs/{FAILED}"), &self.failed);
        let flow = "from=dev%2Fbuilder&to=production%2Fapi&port=8080";
        vec![
            kind("a lab before it begins", "/labs/same-namespace"),
            kind("a lab", &failed),
            kind("a large lab", "/labs/capstone"),
            kind("everything of a lab", format!("{failed}?hints=9&{flow}&attempt={attempt}")),
            Kind { name: "a failed check", path: failed.clone(), then: FAILING },
            Kind { name: "a passed check", path: format!("/labs/{}", PASSED[0]), then: PASSING },
            Kind { name: "a terminal", path: failed, then: TERMINAL },
        ]
    }

    pub(crate) fn for_instructors(&self) -> Vec<Kind> {
        let more = |name, path: &str, then| Kind { name, path: path.to_owned(), then };
        vec![
            kind("gradebook", "/instructor"),
            kind("class", "/instructor/roster"),
            kind("appeals", "/instructor/appeals"),
            kind("analysis of a quiz", format!("/instructor/activities/quiz/{QUIZ}")),
            kind("analysis of a lab", format!("/instructor/activities/lab/{FAILED}")),
            kind("attempt at a lab", format!("/instructor/attempts/{}", self.failed)),
            kind("attempt at a quiz", format!("/instructor/attempts/{}", self.quiz)),
            more("learner", "/instructor", &[Click("tbody th a"), Await("form[action$='/token']")]),
            more(
                "new token",
                "/instructor",
                &[Click("tbody th a"), Click("form[action$='/token'] button"), Await("pre.token")],
            ),
            kind("grade again", "/instructor/regrade"),
        ]
    }

    /// What is there only when all was graded again.
    pub(crate) fn graded_again(&self) -> Vec<Kind> {
        let path = "/instructor/regrade".to_owned();
        let shown: &[Step] = &[Click("main form button.primary"), Await("textarea[name=note]")];
        let kept: &[Step] =
            &[Click("main form button.primary"), Click("button[formaction$='/publish']"), Await(".verdict.good")];
        vec![
            Kind { name: "what would change", path: path.clone(), then: shown },
            Kind { name: "what has changed", path, then: kept },
            kind("progress, graded again", "/"),
            kind("a quiz, graded again", format!("/quizzes/{QUIZ}")),
        ]
    }

    /// All kinds of pages.
    pub(crate) fn all(&self) -> Vec<Kind> {
        [self.for_learners(), self.of_labs(), self.for_instructors()].concat()
    }

    /// Opens a page, and waits until it has come.
    pub(crate) async fn come_to(&self, kind: &Kind) {
        self.browser.goto(&format!("{}{}", self.url, kind.path)).await;
        self.settled().await;
    }

    pub(crate) async fn settled(&self) {
        assert_eq!(self.browser.script_to_its_end(SETTLED, vec![]).await, true);
    }

    /// Does what brings the page to what it is about.
    pub(crate) async fn go_on(&self, kind: &Kind) {
        for step in kind.then {
            match step {
                Click(css) => self.browser.click(css).await,
                Await(css) => _ = self.browser.wait_for(css).await,
                Until(script) => self.browser.wait_until(script).await,
            }
        }
        if !kind.then.is_empty() {
            self.settled().await;
        }
    }

    /// What has moved since the page was opened, without anybody having done anything.
    pub(crate) async fn shifts(&self) -> Vec<String> {
        let shifts = self.browser.script("return window.shifts", vec![]).await;
        shifts.as_array().expect("a list").iter().map(|shift| shift.as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn kind(name: &'static str, path: impl Into<String>) -> Kind {
    Kind { name, path: path.into(), then: &[] }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (here, there) = (entry.path(), to.join(entry.file_name()));
        if here.is_dir() {
            copy(&here, &there);
        } else {
            std::fs::copy(here, there).expect("a file");
        }
    }
}
