//! What pages weigh on their way to a browser, everything that they load later included.

use std::path::Path;

use serde_json::Value;

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const KIB: u64 = 1024;
const LESSON: u64 = 150 * KIB;
const LAB: u64 = 400 * KIB;

/// The bytes over the wire of the page that is open, by address. A script that names another one loads it some time:
/// it counts. A stream of events is no part of a page.
const WEIGH: &str = r"
    const done = arguments[0];
    const entries = () => ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind));
    const weigh = async () => {
        const open = new Set(entries().map((entry) => entry.name).filter((name) => !name.endsWith('/events')));
        for (const url of open) {
            if (!new URL(url).pathname.endsWith('.js')) continue;
            const text = await (await fetch(url)).text();
            const names = [...text.matchAll(/[`'\x22](?:\.|\/assets)\/([\w-]+\.js)[`'\x22]/g)].map(([, name]) => name);
            for (const name of names) open.add(new URL(name, new URL('/assets/', location)).href);
        }
        const weights = {};
        for (const entry of entries()) {
            if (!open.has(entry.name)) continue;
            weights[entry.name] = Math.max(weights[entry.name] ?? 0, entry.encodedBodySize);
        }
        return weights;
    };
    weigh().then(done, (error) => done(String(error)));
";

/// Returns the addresses of all that was weighed.
async fn weighs_at_most(most: u64, browser: &Browser, page: &str) -> Vec<String> {
    let weights = browser.script_to_its_end(WEIGH, vec![]).await;
    let parts = weights.as_object().unwrap_or_else(|| panic!("{page}: {weights}"));
    let sum: u64 = parts.values().filter_map(Value::as_u64).sum();
    assert!(sum > KIB, "{page} weighs nothing: {weights:#}");
    assert!(sum <= most, "{page} weighs {sum} bytes, and may weigh {most}: {weights:#}");
    parts.keys().cloned().collect()
}

#[tokio::test]
async fn pages_are_light() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let course = course::Course::load(&root).expect("the course is right");
    for chapter in &course.chapters {
        browser.goto(&format!("{}/book/{}", serving.url, chapter.page)).await;
        weighs_at_most(LESSON, &browser, &chapter.page).await;
    }
    for lab in &course.labs {
        let lab = &lab.name;
        browser.goto(&format!("{}/labs/{lab}", serving.url)).await;
        browser.click("button[value=start]").await;
        browser.wait_for("#editor").await;
        let parts = weighs_at_most(LAB, &browser, lab).await;
        for later in ["/assets/editor.js", "/assets/terminal.js"] {
            assert!(parts.iter().any(|part| part.ends_with(later)), "{lab}: {later} was not weighed: {parts:?}");
        }
    }
}
