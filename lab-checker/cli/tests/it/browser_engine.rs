//! A server that has the engine for pages, in a real browser: drafts are previewed in the page, as the server does it
//! and on the world as it is, and grades come from the server. Where the engine fails, the server previews, and nobody
//! is told.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_by_hand::{click, type_into_editor};
use crate::browser_editor as editor;
use crate::serving::Serving;
use crate::static_site::engine;
use crate::terminal::Terminal;

const CHECK: &str = "#editor button[value=check]";

/// Remembers what the page asks the server and what its worker answers, and what stands behind a preview.
const WATCH: &str = r"
    window.asked = [];
    const reached = window.fetch;
    window.fetch = (...asked) => {
        window.asked.push(String(asked[0]));
        return reached(...asked);
    };
    window.workerSaid = [];
    window.Worker = class extends Worker {
        constructor(...all) {
            super(...all);
            this.addEventListener('message', ({ data }) => window.workerSaid.push(data));
        }
    };
    window.serverSays = async (lab, text, brought) => {
        const headers = { 'content-type': 'application/json', accept: 'application/json' };
        const body = JSON.stringify({ text, brought, open: [] });
        return (await reached(`/api/v1/labs/${lab}/preview`, { method: 'POST', headers, body })).json();
    };
";

/// Compares the picture that the page shows with the server's, for what stands in the editor.
const AS_THE_SERVER: &str = r"
    const [lab, done] = arguments;
    const brought = document.querySelector('input[name=brought]').value.split(' ').filter(Boolean);
    const plain = (root) => {
        for (const part of root.querySelectorAll('*')) {
            part.removeAttribute('tabindex');
            part.classList.remove('lit');
            if (part.getAttribute('class') === '') part.removeAttribute('class');
        }
        return root.innerHTML;
    };
    window.serverSays(lab, document.querySelector('#yaml').value, brought).then((preview) => {
        const expected = document.createElement('div');
        expected.innerHTML = preview.picture;
        const there = document.createElement('div');
        there.innerHTML = document.querySelector('[data-picture]').innerHTML;
        done(plain(there) === plain(expected));
    }, (problem) => done(String(problem)));
";

struct Class {
    terminal: Terminal,
    serving: Serving,
    browser: Browser,
}

impl Class {
    async fn with(engine: &Path) -> Self {
        Self::of(Terminal::new(), engine).await
    }

    async fn of(terminal: Terminal, engine: &Path) -> Self {
        let folder = engine.to_str().expect("a path");
        let serving = Serving::start(&terminal, &["serve", "--listen", "127.0.0.1:0", "--engine", folder], "Ctrl-C");
        let browser = Browser::open().await;
        browser.widen(1440).await;
        browser.before_each_page(WATCH).await;
        Self { terminal, serving, browser }
    }

    /// With an engine that is made so.
    async fn of_other(make: impl FnOnce(&Terminal)) -> Self {
        let terminal = Terminal::new();
        make(&terminal);
        let folder = terminal.path().join("engine");
        Self::of(terminal, &folder).await
    }

    async fn begin(&self, lab: &str) {
        self.browser.goto(&format!("{}/labs/{lab}", self.serving.url)).await;
        click(&self.browser, "button[value=start]").await;
        self.browser.wait_for(".code-editor").await;
    }

    /// Begins a lab, and writes its solution once the worker has the world.
    async fn write_solution(&self, lab: &str) {
        self.begin(lab).await;
        self.browser.wait_until(HAS_WORLD).await;
        editor::replace(&self.browser, &self.solution(lab)).await;
    }

    /// How often the server was asked for a preview.
    async fn previews(&self) -> u64 {
        let asked = "return window.asked.filter((url) => url.endsWith('/preview')).length";
        self.browser.script(asked, vec![]).await.as_u64().expect("a number")
    }

    async fn is_as_the_server_says(&self, lab: &str) {
        for _ in 0..200 {
            if self.browser.script_to_its_end(AS_THE_SERVER, vec![json!(lab)]).await == true {
                return;
            }
        }
        panic!("the picture of {lab} is never the server's:\n{}", self.browser.text().await);
    }

    fn solution(&self, lab: &str) -> String {
        self.terminal.run(&format!("solution {lab}")).exits(0).stdout
    }
}

/// The worker has its world.
const HAS_WORLD: &str = "return window.workerSaid.length > 0";

#[tokio::test]
async fn drafts_are_previewed_in_the_page_as_the_server_does_it_and_without_asking() {
    let class = Class::with(&engine()).await;
    let browser = &class.browser;
    for lab in ["deny-ingress", "default-deny"] {
        class.begin(lab).await;
        browser.wait_until(HAS_WORLD).await;
        let before = class.previews().await;
        click(browser, ".code-editor").await;
        type_into_editor(browser, &class.solution(lab)).await;
        browser.wait_until("return document.querySelector('[data-map-sum]').textContent.startsWith('With your text, before it is applied: every')").await;
        class.is_as_the_server_says(lab).await;
        assert_eq!(class.previews().await, before, "{lab}: the server was asked while somebody typed");
    }
    // What the text does is done, and the next draft is tried out in the world as it is then.
    let worlds = "return window.asked.filter((url) => url.endsWith('/world')).length";
    let known = browser.script(worlds, vec![]).await;
    click(browser, "#editor button[value=apply]").await;
    browser.wait_for(".applied-live .applied.good").await;
    browser.wait_until(&format!("{worlds} > {known}")).await;
    click(browser, CHECK).await;
    browser.wait_for("#report .verdict.good").await;
    editor::replace(browser, "# nothing").await;
    class.is_as_the_server_says("default-deny").await;
    browser.heed_the_policy().await;
}

#[tokio::test]
async fn a_draft_is_tried_out_in_the_world_that_another_hand_has_changed() {
    let class = Class::with(&engine()).await;
    let browser = &class.browser;
    let lab = "deny-ingress";
    class.begin(lab).await;
    browser.wait_until(HAS_WORLD).await;
    class.is_as_the_server_says(lab).await;
    let sum = browser.script("return document.querySelector('[data-map-sum]').textContent", vec![]).await;
    class.terminal.file("policy.yaml", class.solution(lab));
    class.terminal.kubectl("apply -f policy.yaml").exits(0);
    browser.wait_until("return window.workerSaid.some(({ id }) => id > 1)").await;
    editor::replace(browser, "# the solution is there already").await;
    class.is_as_the_server_says(lab).await;
    let now = browser.script("return document.querySelector('[data-map-sum]').textContent", vec![]).await;
    assert_ne!(sum, now, "the world is another one");
    // Begun anew, the lab is as it was.
    class.terminal.kubectl("delete -f policy.yaml").exits(0);
    browser.wait_until(&format!("return document.querySelector('[data-map-sum]').textContent === {sum}")).await;
    editor::replace(browser, "# and gone").await;
    class.is_as_the_server_says(lab).await;
}

/// An engine whose program is not ours: all that follows its script's words is what it does.
fn stub(terminal: &Terminal, script: &str) {
    let program = std::fs::read(engine().join("engine_bg.wasm")).expect("the engine is built");
    terminal.file("engine/engine.js", script).file("engine/engine_bg.wasm", program);
}

#[tokio::test]
async fn where_the_engine_fails_the_server_previews_and_nobody_is_told() {
    let cannot_load = "export default async () => { throw new Error('no'); };\nexport class PreviewLab {}\n";
    let dies = "export default async () => {};\nexport class PreviewLab { preview() { throw new WebAssembly.RuntimeError('unreachable'); } free() {} }\n";
    for script in [cannot_load, dies] {
        let class = Class::of_other(|terminal| stub(terminal, script)).await;
        let browser = &class.browser;
        class.write_solution("deny-ingress").await;
        browser.wait_until("return document.querySelector('[data-map-sum]').textContent.startsWith('With your text, before it is applied: every')").await;
        class.is_as_the_server_says("deny-ingress").await;
        let died = browser.script("return window.workerSaid.some((said) => 'died' in said)", vec![]).await;
        assert_eq!(died, Value::Bool(true), "the engine has died");
        assert!(class.previews().await > 0);
        assert_eq!(browser.script("return document.querySelector('.site-notice')", vec![]).await, Value::Null);
    }
}

/// The engine, with something added to what previews: how it does it in the page and how beside the page.
fn altered(terminal: &Terminal, preview: &str) {
    let script = std::fs::read_to_string(engine().join("engine.js")).expect("the engine is built");
    let added = format!(
        "const asIs = PreviewLab.prototype.preview; const isPage = typeof document !== 'undefined';
         PreviewLab.prototype.preview = function (asked) {{ {preview} return asIs.call(this, asked); }};"
    );
    stub(terminal, &format!("{script}\n{added}\n"));
}

/// Types a letter at the end of the text, and waits for its preview; whether the worker was asked for it.
async fn types_a_letter(browser: &Browser) -> bool {
    const SHOWN: &str = "return performance.getEntriesByName('previewed')[0]?.startTime";
    const ASKED: &str = "return window.workerSaid.length";
    let (shown, asked) = (browser.script(SHOWN, vec![]).await, browser.script(ASKED, vec![]).await);
    editor::type_at_end(browser, "#").await;
    browser.wait_until(&format!("{SHOWN} !== {shown}")).await;
    browser.script(ASKED, vec![]).await != asked
}

/// A letter of which the worker is not asked is typed before long.
async fn becomes_quick(browser: &Browser) -> bool {
    for _ in 0..60 {
        if !types_a_letter(browser).await {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_letter_is_answered_before_it_is_painted_and_a_long_text_beside_the_page() {
    let class = Class::with(&engine()).await;
    let browser = &class.browser;
    let lab = "deny-ingress";
    class.write_solution(lab).await;
    assert!(becomes_quick(browser).await, "the worker is asked for every letter");
    class.is_as_the_server_says(lab).await;
    // A text that is much longer than what was tried before is none of the page's.
    let asked = "return window.workerSaid.length";
    let before = browser.script(asked, vec![]).await;
    editor::replace(browser, &"# a long story\n".repeat(2_000)).await;
    browser.wait_until(&format!("{asked} > {before}")).await;
    browser.heed_the_policy().await;
}

#[tokio::test]
async fn an_engine_that_is_slow_or_fails_in_the_page_goes_on_beside_it() {
    let slow =
        "const until = performance.now() + 40; while (performance.now() < until); if (isPage) window.wasAsked = true;";
    let fails = "if (isPage) { window.wasAsked = true; throw new WebAssembly.RuntimeError('unreachable'); }";
    for (preview, is_asked) in [(slow, false), (fails, true)] {
        let class = Class::of_other(|terminal| altered(terminal, preview)).await;
        let browser = &class.browser;
        class.write_solution("deny-ingress").await;
        let before = class.previews().await;
        let asked = async || browser.script("return window.wasAsked === true", vec![]).await == true;
        for letter in 0..60 {
            types_a_letter(browser).await;
            if letter > 20 && asked().await == is_asked {
                break;
            }
        }
        class.is_as_the_server_says("deny-ingress").await;
        assert_eq!(asked().await, is_asked, "{preview}");
        assert!(types_a_letter(browser).await, "the worker answers: {preview}");
        assert_eq!(class.previews().await, before, "and not the server: {preview}");
    }
}

#[test]
fn a_folder_without_an_engine_is_told_at_the_start() {
    let terminal = Terminal::new();
    for (files, told) in [
        (vec![], "holds no engine for pages"),
        (vec![("engine.js", "export {};")], "holds no engine for pages"),
        (vec![("engine.js", "export class PreviewLab {}"), ("engine_bg.wasm", "text")], "of another version"),
        (vec![("engine.js", "export class Lab {}"), ("engine_bg.wasm", "\0asm")], "of another version"),
    ] {
        for (name, content) in &files {
            terminal.file(&format!("some/{name}"), content);
        }
        for (environment, line) in [
            (vec![], "serve --listen 127.0.0.1:0 --engine some"),
            (vec![("LAB_CHECKER_ENGINE", "some")], "serve --listen 127.0.0.1:0"),
        ] {
            let ran = terminal.run_in(&environment, line).exits(2);
            assert!(ran.stderr.contains(told) && ran.stderr.contains("lab-checker/wasm/build"), "{}", ran.stderr);
        }
    }
}
