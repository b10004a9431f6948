//! The first two minutes of somebody who knows nothing, in real Chromium: the picture, the one blank, and arrows that
//! die while it is filled in, without an account; and the same without JavaScript.

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const WRONG_ARROWS: &str = "return document.querySelectorAll('.picture .arrow.wrong').length";

/// A class server: nobody is signed in.
fn class(terminal: &Terminal) -> Serving {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--public-url", "http://class.example.org"];
    Serving::start(terminal, &arguments, "Ctrl-C")
}

fn address(serving: &Serving) -> String {
    let said = serving.announcement.split("listening on ").nth(1).expect("where it listens");
    let address = said.split([')', ' ', '\n']).next().expect("an address");
    format!("http://{}", address.trim_start_matches("http://"))
}

#[tokio::test]
async fn arrows_die_while_the_blank_is_filled_in() {
    let terminal = Terminal::new();
    let serving = class(&terminal);
    let browser = Browser::open().await;
    browser.goto(&address(&serving)).await;
    let wrong = browser.script(WRONG_ARROWS, vec![]).await;
    assert!(wrong.as_u64() > Some(0), "{wrong}");
    browser.wait_for(".picture .node.intruder[data-node='dev/intruder']").await;
    browser.click(".first-try summary").await;
    browser.press(".first-try input[name=fill]", "w").await;
    browser.wait_until("return document.querySelectorAll('.picture .arrow.wrong').length === 0").await;
    browser.wait_until("return document.querySelectorAll('.picture .arrow.missing').length === 1").await;
    browser.press(".first-try input[name=fill]", "\u{8}api").await;
    browser.wait_until("return !document.querySelector('.first-try .verdict').hidden").await;
    browser.wait_until("return document.querySelectorAll('.picture .arrow.missing').length === 0").await;
    browser.press(".first-try input[name=fill]", "\u{8}\u{8}\u{8}]").await;
    browser.wait_until("return !document.querySelector('.first-try .wrong-box').hidden").await;
    browser.wait_until("return document.querySelector('.first-try .verdict').hidden").await;
}

#[tokio::test]
async fn without_javascript_a_form_draws_the_answer() {
    let terminal = Terminal::new();
    let serving = class(&terminal);
    let browser = Browser::without_scripts().await;
    browser.goto(&format!("{}/?fill=api", address(&serving))).await;
    browser.wait_for(".picture .arrow.gone").await;
    browser.wait_for(".first-try[open], .first-try details[open]").await;
    let text = browser.text().await;
    assert!(text.contains("You have just written a NetworkPolicy"), "{text}");
    browser.goto(&format!("{}/?fill=web", address(&serving))).await;
    browser.wait_for(".picture .arrow.missing").await;
    assert!(!browser.text().await.contains("You have just written"));
}
