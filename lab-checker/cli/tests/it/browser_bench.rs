//! The workbench of a lab beside kubectl and beside a keyboard: a report of before is never taken for one of now, and
//! nothing that the page does takes the focus away.

use serde_json::json;

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const LAB: &str = "default-deny";
const CHECK: &str = "#editor button[value=check]";
const OLD: &str = "return !document.querySelector('.report-old').hidden";
const NEW: &str = "return document.querySelector('.report-old').hidden";

async fn begin(serving: &Serving) -> Browser {
    let browser = Browser::open().await;
    browser.goto(&format!("{}/labs/{LAB}", serving.url)).await;
    browser.click("button[value=start]").await;
    browser.wait_for(".code-editor").await;
    browser
}

async fn check(browser: &Browser, verdict: &str) {
    browser.click(CHECK).await;
    browser.wait_for(&format!("#report .verdict.{verdict}")).await;
    assert_eq!(browser.script(NEW, vec![]).await, true, "a report that was just made is of now");
}

#[tokio::test]
async fn a_report_of_before_says_so() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = begin(&serving).await;
    let solution = terminal.run(&format!("solution {LAB}")).exits(0).stdout;
    terminal.file("solution.yaml", solution);
    check(&browser, "bad").await;
    terminal.kubectl("apply -f solution.yaml").exits(0);
    browser.wait_until(OLD).await;

    // It says so after a reload too, where the server shows the report.
    let reports = "const done = arguments[0];
        fetch(location.pathname, { method: 'POST', body: new URLSearchParams({ action: 'check', text: '', shown: '' }) })
            .then((answer) => done(answer.url), (error) => done(String(error)))";
    terminal.kubectl("delete -f solution.yaml").exits(0);
    browser.wait_until(NEW).await;
    let failed = browser.script_to_its_end(reports, vec![]).await;
    terminal.kubectl("apply -f solution.yaml").exits(0);
    browser.goto(failed.as_str().expect("an address")).await;
    browser.wait_for("#report .verdict.bad").await;
    browser.wait_until(OLD).await;

    check(&browser, "good").await;
    terminal.kubectl("delete -f solution.yaml").exits(0);
    browser.wait_until(OLD).await;
    terminal.kubectl("apply -f solution.yaml").exits(0);
    browser.wait_until(NEW).await;
}

#[tokio::test]
async fn the_focus_stays_where_it_is() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = begin(&serving).await;
    let focus = "document.querySelector(arguments[0]).focus(); return true";
    let is_there = "const there = document.activeElement;
        return there === document.querySelector(arguments[0]) || `${there.tagName}.${there.className}`";

    // A button that was pressed.
    browser.press(CHECK, "\u{E007}").await;
    browser.wait_for("#report .verdict.bad").await;
    browser.wait_until(&format!("return !document.querySelector('{CHECK}').disabled")).await;
    browser.wait_until(&format!("return document.activeElement === document.querySelector('{CHECK}')")).await;

    // The editor, from which Ctrl-Enter applies.
    let editor = "document.querySelector('.code-editor').shadowRoot.querySelector('.cm-content').focus(); return true";
    browser.script(editor, vec![]).await;
    let active = browser.page.active_element().await.expect("something has the focus");
    active.send_keys("\u{E009}\u{E007}\u{E000}").await.expect("Ctrl-Enter");
    browser.wait_for(".applied-live .applied").await;
    browser.wait_until("return !document.querySelector('#editor button[value=apply]').disabled").await;
    assert_eq!(browser.script(is_there, vec![json!(".code-editor")]).await, true, "after Ctrl-Enter");

    // Whatever somebody has gone to while a check ran.
    browser.script(&format!("document.querySelector('{CHECK}').click()"), vec![]).await;
    browser.script(focus, vec![json!(".theme-toggle")]).await;
    browser.wait_until(&format!("return !document.querySelector('{CHECK}').disabled")).await;
    assert_eq!(browser.script(is_there, vec![json!(".theme-toggle")]).await, true, "after a check");
}
