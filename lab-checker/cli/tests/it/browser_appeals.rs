//! "My answer is right" in a browser: from the report that a script shows to the form, which needs none.

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

#[tokio::test]
async fn a_report_leads_to_where_the_instructor_is_told() {
    let terminal = Terminal::new();
    let server = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.goto(&format!("{}/labs/default-deny", server.url)).await;
    browser.click("button[value=start]").await;
    browser.wait_for(".code-editor").await;
    browser.click(".editor-form button[value=check]").await;
    browser.click("#report a[href*='#appeal']").await;
    browser.wait_until("return document.querySelector('#appeal textarea')?.checkVisibility() ?? false").await;
    browser.press("#appeal textarea", "Nobody said <i>that</i>.").await;
    browser.click("#appeal button[value=appeal]").await;
    browser.wait_for("#appeals article").await;
    let text = browser.text().await;
    assert!(text.contains("You: Nobody said <i>that</i>.") && text.contains("has not answered yet"), "{text}");
    assert!(!text.contains("Tell the instructor"), "it is told: {text}");
}
