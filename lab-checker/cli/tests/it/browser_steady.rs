//! Pages stand still: nothing jumps while one comes, and nothing moves for who wants no movement.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_site::Site;
use crate::serving::Serving;
use crate::terminal::Terminal;

const WIDTHS: [u32; 2] = [390, 1440];

/// What moves by itself, in shadow roots too.
const MOVING: &str = r"
    const roots = [document, ...[...document.querySelectorAll('*')].flatMap((element) => element.shadowRoot ?? [])];
    const running = roots.flatMap((root) => root.getAnimations()).filter(({ playState }) => playState === 'running');
    return [...new Set(running)].map(({ animationName, transitionProperty, effect }) =>
        `${animationName ?? transitionProperty}: ${effect.target?.outerHTML?.slice(0, 80)}`);
";

/// Scrolls through the page, a window at a time, and ends at its foot.
const SCROLL_THROUGH: &str = r"
    const done = arguments[0];
    const step = () => {
        const before = scrollY;
        scrollBy(0, innerHeight / 2);
        if (scrollY === before) done(true);
        else requestAnimationFrame(() => requestAnimationFrame(step));
    };
    step();
";

#[tokio::test]
async fn nothing_jumps_while_a_page_comes() {
    let site = Site::open().await;
    let mut jumps = Vec::new();
    for width in WIDTHS {
        site.browser.resize(width).await;
        for kind in site.all() {
            site.come_to(&kind).await;
            let name = kind.name;
            jumps.extend(site.shifts().await.into_iter().map(|shift| format!("{name} at {width} px: {shift}")));
        }
    }
    assert!(jumps.is_empty(), "{} jumps:\n{}", jumps.len(), jumps.join("\n"));
}

#[tokio::test]
async fn nothing_jumps_while_a_lesson_is_read() {
    let site = Site::open().await;
    let mut jumps = Vec::new();
    for width in WIDTHS {
        site.browser.resize(width).await;
        for kind in site.for_learners().iter().filter(|kind| kind.path.starts_with("/book/")) {
            site.come_to(kind).await;
            site.browser.script_to_its_end(SCROLL_THROUGH, vec![]).await;
            site.settled().await;
            jumps.extend(site.shifts().await.into_iter().map(|shift| format!("{} at {width} px: {shift}", kind.name)));
        }
    }
    assert!(jumps.is_empty(), "{} jumps:\n{}", jumps.len(), jumps.join("\n"));
}

async fn moving(browser: &Browser) -> Value {
    browser.script(MOVING, vec![]).await
}

#[tokio::test]
async fn nothing_moves_for_who_wants_no_movement() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    let lab = format!("{}/labs/default-deny", serving.url);
    let solution = terminal.run("solution default-deny").exits(0).stdout;
    let checked = async |verdict: &str| {
        browser.click("#editor button[value=check]").await;
        browser.wait_for(&format!("#report .verdict.{verdict}")).await;
    };
    browser.goto(&lab).await;
    browser.click("button[value=start]").await;
    browser.wait_for(".code-editor").await;
    checked("bad").await;
    browser.wait_for("[data-picture].pulse").await;
    assert_ne!(moving(&browser).await, json!([]), "what is wrong shows itself");

    let wish = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    browser.devtools("Emulation.setEmulatedMedia", wish).await;
    for path in ["/", "/book/default-deny.html", "/labs/default-deny", "/instructor/login"] {
        browser.goto(&format!("{}{path}", serving.url)).await;
        assert_eq!(moving(&browser).await, json!([]), "{path}");
    }
    browser.goto(&lab).await;
    browser.wait_for(".code-editor").await;
    checked("bad").await;
    browser.wait_for("[data-picture].pulse").await;
    assert_eq!(moving(&browser).await, json!([]), "after a check");
    let focus = "document.querySelector('.code-editor').shadowRoot.querySelector('.cm-content').focus()";
    browser.script(focus, vec![]).await;
    browser.wait_until("return document.activeElement?.className === 'code-editor'").await;
    assert_eq!(moving(&browser).await, json!([]), "with the cursor in the editor");
    crate::browser_editor::replace(&browser, &solution).await;
    browser.wait_until("return document.querySelectorAll('table.map td.wrong').length === 0").await;
    assert_eq!(moving(&browser).await, json!([]), "while the table changes");
    browser.click(".dock > summary").await;
    browser.wait_until("return (document.querySelector('.dock .xterm-rows')?.innerText ?? '').includes('$')").await;
    assert_eq!(moving(&browser).await, json!([]), "with the terminal open");
}
