//! The pages are for everybody: axe-core finds nothing to object to in real Chromium, in light and dark, on a phone and
//! on a desk; and nothing is wider than the window, whatever its width.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_site::{Kind, Site};
use crate::serving::Serving;
use crate::terminal::Terminal;

const AXE: &str = "../server/web/node_modules/axe-core/axe.min.js";

/// By the names that the book keeps them under.
const THEMES: [&str; 2] = ["light", "navy"];

const PHONE_AND_DESK: [u32; 2] = [390, 1440];

/// From the narrowest phone to a wide screen, and where layouts change on the way.
const WIDTHS: [u32; 10] = [360, 390, 480, 600, 768, 900, 1024, 1280, 1440, 1920];

/// Labs of each kind: the first one, one about writing down findings, one with cluster-wide policies, the largest.
const LABS: [&str; 4] = ["default-deny", "audit", "cluster-wall", "capstone"];

/// Shows the page in a theme as it looks when all movement has ended.
const IN_THEME: &str = r"
    const [theme] = arguments;
    localStorage.setItem('mdbook-theme', theme);
    document.documentElement.classList.remove('light', 'navy');
    document.documentElement.classList.add(theme);
    for (const animation of document.getAnimations()) {
        if (animation.effect.getComputedTiming().endTime === Infinity) animation.cancel();
        else animation.finish();
    }
";

/// What axe objects to, in words. That targets are large enough it looks at only when it is asked to.
const OBJECTIONS: &str = r"
    const done = arguments[0];
    const rules = { 'target-size': { enabled: true } };
    axe.run(document, { resultTypes: ['violations'], rules }).then(
        ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map((node) => {
            const why = [...node.any, ...node.all, ...node.none][0]?.message ?? '';
            return `${id}: ${node.target.flat().join(' ')}: ${why}`;
        }))),
        (error) => done([String(error)]),
    );
";

/// What is too small for a finger. A link inside a sentence is as high as its line.
const TOO_SMALL: &str = r"
    const least = 24;
    const stops = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab]';
    const inSentence = (link) => {
        if (link.localName !== 'a' || getComputedStyle(link).display !== 'inline') return false;
        const around = link.closest('p, li, td, th, dd, blockquote, h1, h2, h3, h4') ?? link.parentElement;
        return around.textContent.trim() !== link.textContent.trim();
    };
    const shown = (element) => element.checkVisibility({ visibilityProperty: true })
        && !element.closest('.visually-hidden, svg, .xterm-helpers') && !element.matches('.skip');
    const found = [];
    for (const element of document.querySelectorAll(stops)) {
        if (!shown(element) || inSentence(element)) continue;
        // Whoever hits the label hits the field.
        const boxes = [element, ...(element.labels ?? [])].map((part) => part.getBoundingClientRect());
        if (boxes.some(({ width, height }) => width >= least && height >= least)) continue;
        const { width, height } = boxes[0];
        found.push(`${width.toFixed(1)} x ${height.toFixed(1)} px: ${element.outerHTML.slice(0, 80)}`);
    }
    return found;
";

/// How far the page scrolls sideways, in pixels.
const SIDEWAYS: &str = "const page = document.documentElement; return Math.max(0, page.scrollWidth - page.clientWidth)";

/// Sends something in the name of who is signed in.
const POST: &str = r"
    const [path, body, done] = arguments;
    fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
        .then(async (answer) => done({ ok: answer.ok, text: await answer.text() }), (error) => done(String(error)));
";

/// A visit with axe in the hand luggage, and what it objected to on the way.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    url: String,
    axe: String,
    objections: Vec<String>,
}

impl Visit {
    pub(crate) async fn begin(serving: &Serving) -> Self {
        let browser = Browser::open().await;
        browser.goto(&serving.url).await;
        Self { browser, url: serving.url.clone(), axe: axe(), objections: Vec::new() }
    }

    pub(crate) async fn page(&mut self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.url)).await;
        self.look(path).await;
    }

    /// Looks at the page that is open.
    pub(crate) async fn look(&mut self, name: &str) {
        look(&self.browser, &self.axe, name, &mut self.objections).await;
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.browser.script_to_its_end(POST, vec![json!(path), body]).await;
        assert_eq!(answer["ok"], true, "{path}: {answer}");
        serde_json::from_str(answer["text"].as_str().expect("a text")).unwrap_or_default()
    }

    /// A lab before it has begun, with everything open after a failed check, checked live, and passed.
    async fn lab(&mut self, name: &str, solution: &str) {
        let (page, api) = (format!("/labs/{name}"), format!("/api/v1/labs/{name}"));
        self.page(&page).await;
        self.post(&format!("{api}/start"), json!({})).await;
        let attempt = self.post(&format!("{api}/attempts"), json!({})).await;
        let attempt = attempt["attempt_id"].as_str().expect("an attempt has an id");
        self.browser.goto(&format!("{}{page}", self.url)).await;
        let cell =
            "const link = document.querySelector('table.map td a'); return link ? new URL(link.href).search : '?'";
        let cell = self.browser.script(cell, vec![]).await;
        let cell = cell.as_str().expect("a text");
        let hints = self.hints(name);
        self.page(&format!("{page}{cell}&hints={hints}&attempt={attempt}")).await;

        self.browser.goto(&format!("{}{page}", self.url)).await;
        self.browser.click(".editor-form button[value=check]").await;
        self.browser.wait_for("#report .verdict").await;
        self.look(&format!("{page}, checked")).await;

        self.post(&format!("{api}/objects"), json!({ "text": solution })).await;
        let passed = self.post(&format!("{api}/attempts"), json!({})).await;
        assert_eq!(passed["passed"], true, "{name}: {passed}");
        self.browser.goto(&format!("{}{page}", self.url)).await;
        self.browser.click(".editor-form button[value=check]").await;
        self.browser.wait_for("#report .verdict.good").await;
        self.look(&format!("{page}, passed")).await;
    }

    /// How many hints a lab has.
    fn hints(&self, lab: &str) -> usize {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let course = course::Course::load(&root).expect("the course is right");
        course.lab(lab).expect("the lab is there").hints.len()
    }

    pub(crate) fn ends(self) {
        assert!(self.objections.is_empty(), "{} objections:\n{}", self.objections.len(), self.objections.join("\n"));
    }
}

/// Looks at the page that is open.
async fn look(browser: &Browser, axe: &str, name: &str, objections: &mut Vec<String>) {
    for width in WIDTHS {
        browser.widen(width).await;
        let sideways = browser.script(SIDEWAYS, vec![]).await;
        if sideways != 0 {
            objections.push(format!("{name} at {width} px scrolls {sideways} px sideways"));
        }
    }
    browser.heed_the_policy().await;
    browser.script(axe, vec![]).await;
    for width in PHONE_AND_DESK {
        browser.widen(width).await;
        let small = texts(browser.script(TOO_SMALL, vec![]).await);
        objections.extend(small.into_iter().map(|small| format!("{name}, {width} px, too small: {small}")));
        for theme in THEMES {
            browser.script(IN_THEME, vec![json!(theme)]).await;
            let found = texts(browser.script_to_its_end(OBJECTIONS, vec![]).await);
            objections.extend(found.into_iter().map(|objection| format!("{name}, {theme}, {width} px: {objection}")));
        }
    }
}

fn texts(list: Value) -> Vec<String> {
    serde_json::from_value(list).expect("a list of texts")
}

/// axe-core, as a script.
fn axe() -> String {
    let axe = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE));
    axe.expect("this test needs axe-core: `npm ci` in lab-checker/server/web (lab-checker/test does it)")
}

/// Looks at kinds of pages of a site with a class.
async fn look_at(site: &Site, kinds: Vec<Kind>) {
    let mut objections = Vec::new();
    let axe = axe();
    for kind in kinds {
        site.come_to(&kind).await;
        site.go_on(&kind).await;
        look(&site.browser, &axe, kind.name, &mut objections).await;
    }
    assert!(objections.is_empty(), "{} objections:\n{}", objections.len(), objections.join("\n"));
}

#[tokio::test]
async fn labs_are_for_everybody() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut visit = Visit::begin(&serving).await;
    for lab in LABS {
        let solution = terminal.run(&format!("solution {lab}")).exits(0).stdout;
        visit.lab(lab, &solution).await;
    }
    visit.ends();
}

#[tokio::test]
async fn the_other_pages_of_learners_are_for_everybody() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut visit = Visit::begin(&serving).await;
    for path in
        ["/", "/?fill=web", "/certificate", "/quizzes/dns-egress", "/join", "/login", "/instructor/login", "/nowhere"]
    {
        visit.page(path).await;
    }
    visit.ends();
}

#[tokio::test]
async fn what_a_pages_policy_refuses_is_seen() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.goto(&serving.url).await;
    browser.script("document.body.setAttribute('style', 'color: red')", vec![]).await;
    browser.wait_until("return window.refusedByPolicy.some((words) => words.startsWith('style-src'))").await;
    // The journey goes on without it.
    browser.script("window.refusedByPolicy = []", vec![]).await;
    browser.goto(&serving.url).await;
}

#[tokio::test]
async fn pages_of_a_learner_at_work_are_for_everybody() {
    let site = Site::open().await;
    look_at(&site, site.for_learners()).await;
}

#[tokio::test]
async fn workbenches_are_for_everybody() {
    let site = Site::open().await;
    look_at(&site, site.of_labs()).await;
}

#[tokio::test]
async fn pages_of_instructors_are_for_everybody() {
    let site = Site::open().await;
    look_at(&site, site.for_instructors()).await;
}

#[tokio::test]
async fn pages_that_were_graded_again_are_for_everybody() {
    let mut site = Site::open().await;
    site.grade_again().await;
    look_at(&site, site.graded_again()).await;
}
