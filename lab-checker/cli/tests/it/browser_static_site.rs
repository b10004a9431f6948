//! The static site in a real browser, on a host that only sends files: the lessons, quizzes and labs of the course with
//! the engine in the page, kept when the page is left, there when the host is not, and renewed as a whole.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::browser::{Browser, ENTER};
use crate::browser_by_hand::{self as by_hand, Hands};
use crate::browser_editor as editor;
use crate::browser_journey::Key;
use crate::browser_keyboard::tab_to;
use crate::static_host::StaticHost;
use crate::static_site::{build, engine, root};
use crate::terminal::Terminal;

/// Below which path of its host the site is.
const BASE: &str = "/network-policies/";
const CHECK: &str = "#editor button[value=check]";
/// The whole site is in the browser.
const IS_KEPT: &str = r"
    const done = arguments[0];
    navigator.serviceWorker.ready.then(() => caches.keys()).then((names) => done(names.length), (error) => done(String(error)));
";

struct OnSite {
    browser: Browser,
    host: StaticHost,
    terminal: Terminal,
}

impl OnSite {
    async fn open() -> Self {
        let terminal = Terminal::new();
        build(&terminal, "site", &engine(), &["--base", BASE]);
        let host = StaticHost::of(&terminal.path().join("site"), BASE);
        let browser = Browser::open().await;
        browser.widen(1440).await;
        Self { browser, host, terminal }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.host.url)
    }

    async fn lab(&self, name: &str) {
        self.browser.goto(&self.at(&format!("labs/{name}/"))).await;
        self.browser.wait_for(".code-editor").await;
    }

    /// The course's own solution.
    fn solution(&self, lab: &str) -> String {
        let course = root().display().to_string();
        self.terminal.run(&format!("solution {lab} --course {course}")).exits(0).stdout
    }

    async fn kept(&self) {
        assert_eq!(self.browser.script_to_its_end(IS_KEPT, vec![]).await, 1, "one build is kept");
    }

    /// What stands in the page at a place.
    async fn text_of(&self, css: &str) -> String {
        self.browser.wait_for(css).await;
        let text = self.browser.script("return document.querySelector(arguments[0]).innerText", vec![json!(css)]).await;
        text.as_str().unwrap_or_default().to_owned()
    }
}

#[tokio::test]
async fn a_newcomer_learns_with_the_keyboard_alone() {
    let site = OnSite::open().await;
    let browser = &site.browser;
    browser.goto(&site.host.url).await;
    tab_to(browser, ".first-try summary").await;
    browser.keys(ENTER).await;
    tab_to(browser, ".first-try input[name=fill]").await;
    browser.keys("api").await;
    browser.wait_until("return !document.querySelector('.first-try .verdict.good').hidden").await;
    tab_to(browser, ".hero-actions a[href$='book/introduction.html'], .hero-actions a[href*='book/']").await;
    browser.keys(ENTER).await;
    browser.wait_for("body.book").await;

    // A lesson and its quiz, answered wrongly and then rightly.
    let quiz = "no-isolation";
    browser.goto(&site.at("book/no-isolation.html")).await;
    let key = Key::of(quiz);
    let form = format!("form.quiz[data-quiz='{quiz}']");
    browser.wait_for(&format!("{form} label.each")).await;
    for (picks, flows, state) in [(&key.wrong, &key.wrong_flows, "tried"), (&key.right, &key.right_flows, "passed")] {
        by_hand::answer(browser, Hands::Keyboard, quiz, picks, flows).await;
        tab_to(browser, &format!("{form} button[type=submit]")).await;
        browser.keys(ENTER).await;
        browser.wait_for(&format!("{form}[data-state='{state}']")).await;
    }
    assert!(browser.text().await.contains("Everything is right."));

    // Its lab, written and checked without a mouse.
    tab_to(browser, "section.lab[data-lab='no-isolation'] a.button").await;
    browser.keys(ENTER).await;
    browser.wait_for(".code-editor").await;
    write(&site, "default-deny").await;
    tab_to(browser, CHECK).await;
    browser.keys(ENTER).await;
    browser.wait_for("#report .verdict.good").await;
    browser.wait_for("#report .passed-beside").await;
    assert!(site.text_of("[data-next]").await.contains("Next:"));
    browser.heed_the_policy().await;
}

/// Types the solution of a lab, which is open in the browser.
async fn write(site: &OnSite, lab: &str) {
    site.lab(lab).await;
    tab_to(&site.browser, ".code-editor").await;
    by_hand::type_into_editor(&site.browser, &site.solution(lab)).await;
}

#[tokio::test]
async fn labs_with_the_mouse_are_there_after_a_reload_and_without_a_network() {
    let mut site = OnSite::open().await;
    for lab in ["deny-ingress", "dns-egress"] {
        lab_with_the_mouse(&site, lab).await;
    }
    // What was done is there when the page is opened again, and in the contents of the book.
    let browser = &site.browser;
    site.lab("deny-ingress").await;
    assert_eq!(editor::text(browser).await.trim(), site.solution("deny-ingress").trim());
    browser.wait_for("[data-solution] details").await;
    browser
        .wait_until("return document.querySelector('[data-map-sum]').textContent === 'Every flow is as the task asks.'")
        .await;
    assert!(site.text_of("[data-facts]").await.contains("your best"));

    // The host goes; everything is still there, what was never opened too.
    site.kept().await;
    site.host.stop();
    let browser = &site.browser;
    browser.goto(&site.at("book/ip-block.html")).await;
    let key = Key::of("ip-block");
    browser.wait_for("form.quiz[data-quiz='ip-block'] label.each").await;
    by_hand::answer(browser, Hands::Mouse, "ip-block", &key.right, &key.right_flows).await;
    by_hand::click(browser, "form.quiz[data-quiz='ip-block'] button[type=submit]").await;
    browser.wait_for("form.quiz[data-quiz='ip-block'][data-state='passed']").await;
    lab_with_the_mouse(&site, "same-namespace").await;
    let browser = &site.browser;
    browser.goto(&site.at("")).await;
    browser.wait_for(".chip.passed[data-activity='lab:same-namespace']").await;
    browser.wait_for(".chip.passed[data-activity='quiz:ip-block']").await;
    browser.goto(&site.at("nowhere")).await;
    assert!(browser.text().await.contains("Nothing is at this address"));
    browser.heed_the_policy().await;
}

async fn lab_with_the_mouse(site: &OnSite, lab: &str) {
    let browser = &site.browser;
    site.lab(lab).await;
    by_hand::click(browser, CHECK).await;
    browser.wait_for("#report .verdict.bad").await;
    by_hand::click(browser, "#hints a.button").await;
    browser.wait_for(".lab-hint").await;
    // The picture follows what is typed, before it is applied.
    by_hand::click(browser, ".code-editor").await;
    by_hand::type_into_editor(browser, &site.solution(lab)).await;
    browser.wait_until("return document.querySelector('[data-map-sum]').textContent.startsWith('With your text, before it is applied: every')").await;
    by_hand::click(browser, "#editor button[value=apply]").await;
    browser.wait_for(".applied-live .applied.good").await;
    by_hand::click(browser, ".view-tabs [aria-controls=table]").await;
    by_hand::click(browser, "table.map td a").await;
    browser.wait_for("#why .verdict").await;
    by_hand::click(browser, "form.probe button").await;
    browser.wait_for("[data-probe-output] pre").await;
    by_hand::click(browser, CHECK).await;
    browser.wait_for("#report .verdict.good").await;
    browser.wait_for("#report .passed-beside").await;
    let beside = site.text_of(".passed-beside > summary").await;
    assert_eq!(beside, "Your answer beside ours");
}

/// The build that a page is of, and those of the scripts that it has loaded.
const BUILD: &str = "return document.documentElement.dataset.site";

#[tokio::test]
async fn a_new_version_is_told_and_taken_as_a_whole() {
    let mut site = OnSite::open().await;
    site.lab("deny-ingress").await;
    editor::replace(&site.browser, "# not applied yet").await;
    site.kept().await;
    let before = site.browser.script(BUILD, vec![]).await;

    // Another build, of a course whose title has changed.
    site.host.stop();
    renamed(&site.terminal);
    build(&site.terminal, "site", &engine(), &["--base", BASE, "--course", "course"]);
    site.host = site.host.again(&site.terminal.path().join("site"));

    // A page that is open says so, and is as it was.
    let browser = &site.browser;
    browser
        .script("void navigator.serviceWorker.getRegistration().then((registration) => registration.update())", vec![])
        .await;
    assert!(site.text_of(".site-notice").await.contains("There is a new version of this course."));
    assert_eq!(browser.script(BUILD, vec![]).await, before);
    assert_eq!(editor::text(browser).await, "# not applied yet");

    // Whoever reloads has the new one, and only that.
    browser.click(".site-notice button.primary").await;
    browser
        .wait_until(&format!(
            "return document.documentElement.dataset.site !== {before} && document.title.endsWith('Renamed')"
        ))
        .await;
    browser.wait_for(".code-editor").await;
    assert_eq!(editor::text(browser).await, "# not applied yet");
    let after = browser.script(BUILD, vec![]).await;
    for page in ["", "book/dns-egress.html", "labs/dns-egress/", "quizzes/dns-egress/"] {
        browser.goto(&site.at(page)).await;
        assert_eq!(browser.script(BUILD, vec![]).await, after, "{page}");
    }
    site.kept().await;
}

/// The course with another title, in `course`.
fn renamed(terminal: &Terminal) {
    let to = terminal.path().join("course");
    for part in ["book", "labs", "quizzes"] {
        copy(&root().join(part), &to.join(part));
    }
    let file = to.join("book/book.toml");
    let text = std::fs::read_to_string(&file).expect("the book has settings");
    std::fs::write(&file, text.replace("title = \"Default Deny\"", "title = \"Renamed\"")).expect("a file");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target: PathBuf = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).expect("a copy"),
        }
    }
}

/// Saves what was done, as a person does, and says what would be in the file.
const SAVED: &str = r"
    const done = arguments[0];
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        blob.text().then(done);
        return make.call(URL, blob);
    };
    document.querySelector('[data-export]').click();
";

/// Chooses a file with this text.
const CHOOSE: &str = r"
    const field = document.querySelector('[data-import]');
    const transfer = new DataTransfer();
    transfer.items.add(new File([arguments[0]], 'progress.json', { type: 'application/json' }));
    field.files = transfer.files;
    field.dispatchEvent(new Event('change'));
";

#[tokio::test]
async fn what_was_done_goes_to_another_browser_as_a_file() {
    let site = OnSite::open().await;
    lab_with_the_mouse(&site, "deny-ingress").await;
    site.browser.goto(&site.host.url).await;
    site.browser.wait_for(".chip.passed[data-activity='lab:deny-ingress']").await;
    site.browser.wait_for("[data-backup]:not([hidden])").await;
    let saved = site.browser.script_to_its_end(SAVED, vec![]).await;

    let other = Browser::open().await;
    other.goto(&site.host.url).await;
    other.wait_for("[data-backup]:not([hidden])").await;
    for wrong in [
        "",
        "{}",
        "{\"format\":\"default-deny-progress\",\"version\":1,\"kept\":{\"best:lab:x\":{\"points\":\"<b>\"}}}",
    ] {
        other.script(CHOOSE, vec![json!(wrong)]).await;
        other
            .wait_until(
                "return document.querySelector('[data-backup-said]').textContent.includes('Nothing has changed')",
            )
            .await;
        other.script("document.querySelector('[data-backup-said]').textContent = ''", vec![]).await;
    }
    other.script(CHOOSE, vec![saved]).await;
    other.wait_for(".chip.passed[data-activity='lab:deny-ingress']").await;
    other.goto(&site.at("labs/deny-ingress/")).await;
    other.wait_for("[data-solution] details").await;
    assert_eq!(editor::text(&other).await.trim(), site.solution("deny-ingress").trim());
}

#[tokio::test]
async fn an_engine_that_fails_is_told_and_begins_again() {
    let site = OnSite::open().await;
    lab_with_the_mouse(&site, "deny-ingress").await;
    let browser = &site.browser;
    // The worker is ended as a browser does that is short of memory: it answers nothing more.
    browser
        .before_each_page(
            "const Real = window.Worker; window.workers = []; window.Worker = class extends Real {
                constructor(...what) { super(...what); window.workers.push(this); } };",
        )
        .await;
    site.lab("deny-ingress").await;
    browser.wait_until("return window.workers.length === 1").await;
    browser
        .wait_until("return document.querySelector('[data-map-sum]').textContent === 'Every flow is as the task asks.'")
        .await;
    browser.script("window.workers[0].terminate(); document.querySelector('table.map td a').click()", vec![]).await;
    browser.script("window.workers[0].dispatchEvent(new Event('error'))", vec![]).await;
    let said = site.text_of(".site-notice").await;
    assert!(said.contains("begins again"), "{said}");
    browser.click(CHECK).await;
    browser.wait_for("#report .verdict.good").await;
    assert_eq!(browser.script("return window.workers.length", vec![]).await, 2);
}

/// Whatever changes the world, the next letter is tried out in that world: another tab's Apply, this one's, a new start.
#[tokio::test]
async fn a_letter_is_tried_out_in_the_world_as_it_is() {
    const SUM: &str = "return document.querySelector('[data-map-sum]').textContent";
    let site = OnSite::open().await;
    let browser = &site.browser;
    let is_now = async |words: &str| browser.wait_until(&format!("{SUM} === '{words}'")).await;
    browser
        .before_each_page(
            "window.said = 0; window.Worker = class extends Worker {
                constructor(...what) { super(...what); this.addEventListener('message', () => (window.said += 1)); } };",
        )
        .await;
    let becomes_quick = async || {
        for _ in 0..60 {
            let before = browser.script("return window.said", vec![]).await;
            let shown = "return performance.getEntriesByName('previewed')[0]?.startTime";
            let last = browser.script(shown, vec![]).await;
            editor::type_at_end(browser, "#").await;
            browser.wait_until(&format!("{shown} !== {last}")).await;
            if browser.script("return window.said", vec![]).await == before {
                return;
            }
        }
        panic!("the worker is asked for every letter");
    };
    site.lab("deny-ingress").await;
    let solution = site.solution("deny-ingress");
    editor::replace(browser, &format!("{solution}# ")).await;
    is_now("With your text, before it is applied: every flow is as the task asks.").await;
    becomes_quick().await;
    browser.click("#editor button[value=apply]").await;
    browser.wait_for(".applied-live .applied.good").await;
    is_now("Every flow is as the task asks.").await;
    becomes_quick().await;
    is_now("Every flow is as the task asks.").await;
    // Without the policy that is there now: what the first text brought goes when this one is applied.
    editor::replace(browser, "# ").await;
    becomes_quick().await;
    let words = browser.script(SUM, vec![]).await;
    let words = words.as_str().expect("words");
    assert!(words.starts_with("With your text") && words.contains("not as the task asks"), "{words}");
}

/// Where a network ends in the middle of a visit, or a browser is too old.
#[tokio::test]
async fn an_engine_that_does_not_come_is_told_in_words() {
    let too_old = "export default async () => { throw new WebAssembly.CompileError('no'); };";
    for (content, words) in [
        (Some(too_old), "This browser cannot run the engine; a newer one can."),
        (None, "The engine cannot be loaded. Is there a network?"),
    ] {
        // A browser of its own, as browsers keep what a host has sent.
        let site = OnSite::open().await;
        let script = site.terminal.path().join("site/engine/engine.js");
        match content {
            Some(content) => std::fs::write(script, content).expect("a file"),
            None => std::fs::remove_file(script).expect("it was there"),
        }
        site.lab("deny-ingress").await;
        site.browser.click(CHECK).await;
        assert_eq!(site.text_of(".wrong-box").await, words);
    }
}

#[tokio::test]
async fn a_lesson_is_read_without_the_engine_and_without_scripts() {
    let site = OnSite::open().await;
    let is_engine = |path: &String| path.contains("/engine/");
    site.browser.goto(&site.at("book/introduction.html")).await;
    site.browser.wait_for("#contents a.done").await;
    // The keeper has fetched the files, and nobody has begun the engine.
    let loaded: Value =
        site.browser.script("return performance.getEntriesByType('resource').map(({ name }) => name)", vec![]).await;
    let loaded: Vec<String> = serde_json::from_value(loaded).expect("a list of addresses");
    assert!(!loaded.iter().any(is_engine), "{loaded:?}");

    site.kept().await;
    let before = site.host.asked().len();
    let plain = Browser::without_scripts().await;
    plain.goto(&site.at("book/introduction.html")).await;
    let page = plain.page.source().await.expect("the page has a source");
    assert!(page.contains("<h1") && page.contains("id=\"contents\""));
    assert!(!site.host.asked()[before..].iter().any(is_engine));
    plain.goto(&site.at("labs/deny-ingress/")).await;
    assert!(plain.page.source().await.expect("a source").contains("The lab needs JavaScript here"));
}
