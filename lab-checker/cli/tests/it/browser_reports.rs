//! What a failed check looks like: the advice first, one box a check, three examples in it and the rest folded,
//! wherever a report is shown.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_editor;
use crate::serving::Serving;
use crate::terminal::Terminal;

/// How the report that is shown differs from what a report must look like; `arguments[0]` is the report itself.
const FAULTS: &str = r"
    const report = arguments[0];
    const faults = [];
    const plain = (text) => text.replace(/\s+/g, ' ').trim();
    const place = document.querySelector('.lab-report:not(:empty)');
    const boxes = [...place.querySelectorAll('.lab-report-list > li')];
    const names = [...new Set(report.checks.map((check) => check.name))];
    const shown = boxes.map((box) => plain(box.querySelector('strong').textContent));
    if (shown.join('|') !== names.join('|')) faults.push(`boxes ${shown.join('|')} for the checks ${names.join('|')}`);
    for (const [at, box] of boxes.entries()) {
        const checks = report.checks.filter((check) => check.name === names[at]);
        const wrong = checks.filter((check) => !check.passed);
        if (box.classList.contains('fail') !== wrong.length > 0) faults.push(`${names[at]} has the wrong sign`);
        const messages = [...box.querySelectorAll('.message')];
        const seen = messages.filter((message) => message.checkVisibility());
        const expected = wrong.length > 0 ? wrong : checks;
        if (seen.length !== Math.min(3, expected.length)) faults.push(`${names[at]}: ${seen.length} examples of ${expected.length}`);
        for (const check of expected) {
            const found = messages.some((message) => plain(message.textContent) === plain(check.message));
            if (check.message && !found) faults.push(`${names[at]} leaves out: ${check.message}`);
        }
        const fold = box.querySelector('details > summary');
        const more = expected.length - 3;
        if (more > 0 !== Boolean(fold)) faults.push(`${names[at]}: a fold for ${more} more`);
        if (fold && !plain(fold.textContent).includes(`${more} more`)) faults.push(`${names[at]}: ${fold.textContent} for ${more}`);
    }
    const advice = place.querySelector('.lab-mistake');
    if (Boolean(advice) !== Boolean(report.mistake ?? report.finding)) faults.push('the advice is missing, or is none');
    const follows = advice && (advice.compareDocumentPosition(boxes[0]) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (advice && !follows) faults.push('the advice does not come first');
    const failing = names.filter((name) => report.checks.some((check) => check.name === name && !check.passed)).length;
    const sum = plain(place.querySelector('.verdict')?.textContent ?? '');
    if (sum && failing > 0 && !sum.includes(`${failing} of ${names.length} check`)) faults.push(`${sum} for ${failing} of ${names.length}`);
    return faults;
";

const CHECK: &str = r"
    const [path, text, done] = arguments;
    const body = new URLSearchParams({ action: 'check', shown: '', text });
    fetch(path, { method: 'POST', body }).then((answer) => done(answer.url), (error) => done(String(error)));
";

const REPORT: &str = r"
    const [attempt, token, done] = arguments;
    fetch(`/api/v1/attempts/${attempt}`, { headers: { authorization: `Bearer ${token}` } })
        .then((answer) => answer.json()).then((answer) => done(answer.report), (error) => done(String(error)));
";

fn labs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs").canonicalize().expect("the labs are there")
}

/// Of every lab the first two mistakes that are one file: the lab, and the text.
fn mistakes() -> Vec<(String, String)> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found = Vec::new();
    for lab in entries(&labs()) {
        let name = lab.file_name().expect("a lab has a name").to_string_lossy().into_owned();
        let mut files: Vec<_> = entries(&lab.join("mistakes")).filter(|path| path.is_file()).collect();
        files.sort();
        found.extend(
            files.iter().take(2).map(|path| (name.clone(), std::fs::read_to_string(path).expect("a mistake is text"))),
        );
    }
    found.sort();
    found
}

struct Class {
    browser: Browser,
    url: String,
    token: String,
    faults: Vec<String>,
}

impl Class {
    async fn open(terminal: &Terminal, serving: &Serving) -> Self {
        let token = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("the token is kept");
        let browser = Browser::open().await;
        browser.goto(&serving.url).await;
        Self { browser, url: serving.url.clone(), token: token.trim().to_owned(), faults: Vec::new() }
    }

    /// The report of the last attempt at a lab, as the program has it.
    async fn report(&self, attempt: &str) -> Value {
        self.browser.script_to_its_end(REPORT, vec![json!(attempt), json!(self.token)]).await
    }

    async fn newest(&self, lab: &str) -> String {
        let script = "const [lab, token, done] = arguments;
            fetch(`/api/v1/attempts?kind=lab&activity=${lab}`, { headers: { authorization: `Bearer ${token}` } })
                .then((answer) => answer.json()).then((answer) => done(answer.attempts[0].id), (error) => done(String(error)));";
        let id = self.browser.script_to_its_end(script, vec![json!(lab), json!(self.token)]).await;
        id.as_str().expect("an id").to_owned()
    }

    /// Looks at the report that the open page shows.
    async fn look(&mut self, place: &str, report: &Value) {
        let found = self.browser.script(FAULTS, vec![report.clone()]).await;
        let found = found.as_array().expect("faults are a list").clone();
        self.faults.extend(found.iter().map(|fault| format!("{place}: {fault}")));
    }
}

#[tokio::test]
async fn a_report_begins_with_its_advice_and_groups_what_belongs_together() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut class = Class::open(&terminal, &serving).await;
    let (mut recognised, mut folded) = (0, 0);
    for (lab, text) in mistakes() {
        let path = format!("/labs/{lab}");
        let start = "const [path, done] = arguments;
            fetch(path, { method: 'POST', body: new URLSearchParams({ action: 'start' }) }).then(() => done(), done)";
        class.browser.script_to_its_end(start, vec![json!(path)]).await;
        let shown = class.browser.script_to_its_end(CHECK, vec![json!(path), json!(text)]).await;
        let shown = shown.as_str().expect("an address").to_owned();
        // A mistake that changes what the editor may not change is made with kubectl alone.
        let Some(attempt) = shown.split("attempt=").nth(1).and_then(|rest| rest.split('#').next()) else { continue };
        let report = class.report(attempt).await;
        class.browser.goto(&shown).await;
        class.look(&shown, &report).await;
        recognised += usize::from(!report["mistake"].is_null());
        folded += class
            .browser
            .script("return document.querySelectorAll('.lab-report details').length", vec![])
            .await
            .as_u64()
            .expect("a number");
    }
    assert!(class.faults.is_empty(), "{} faults:\n{}", class.faults.len(), class.faults.join("\n"));
    assert!(recognised > 20 && folded > 20, "{recognised} mistakes were recognised, {folded} reports were long");
}

#[tokio::test]
async fn a_report_looks_the_same_wherever_it_is_shown() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut class = Class::open(&terminal, &serving).await;
    let lab = "default-deny";
    let only_ingress = std::fs::read_to_string(labs().join(lab).join("mistakes/only-ingress.yaml")).expect("a mistake");
    class.browser.goto(&format!("{}/labs/{lab}", class.url)).await;
    class.browser.click("button[value=start]").await;
    browser_editor::replace(&class.browser, &only_ingress).await;
    class.browser.click("button[value=check]").await;
    class.browser.wait_for("#report .verdict").await;
    let attempt = class.newest(lab).await;
    let report = class.report(&attempt).await;
    assert_eq!(report["mistake"]["name"], "only-ingress");
    class.look("the workbench", &report).await;

    class.browser.goto(&format!("{}/book/{lab}.html", class.url)).await;
    let section = format!("section.lab[data-lab='{lab}']");
    class.browser.wait_for(&section).await;
    class.browser.script("document.querySelector(arguments[0]).scrollIntoView()", vec![json!(section)]).await;
    let live = class.browser.wait_for(&format!("{section} .lab-live:not(:empty)")).await;
    assert_eq!(live.text().await.expect("a text"), "Live: 2 of 5 checks fail.");
    class.browser.click(&format!("{section} button.primary")).await;
    class.browser.wait_for(&format!("{section} .verdict")).await;
    class.look("the lesson", &report).await;

    class.browser.goto(&format!("{}/instructor/login", class.url)).await;
    class.browser.press("input[name=token]", &format!("{}\u{E007}", class.token)).await;
    class.browser.wait_for(".join-code").await;
    class.browser.goto(&format!("{}/instructor/attempts/{attempt}", class.url)).await;
    class.look("the instructor's page", &report).await;
    assert!(class.faults.is_empty(), "{}", class.faults.join("\n"));
}
