//! A browser that runs no scripts: a lab from its start to when it is passed, a quiz whose wrong answers alone are given
//! again, and the contents of the book.

use std::time::Duration;

use fantoccini::Locator;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_journey::{FILL_IN, Key};
use crate::serving::Serving;
use crate::terminal::Terminal;

const LAB: &str = "default-deny";
const QUIZ: &str = "no-isolation";
const ONLY_INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: half
  namespace: production
spec:
  podSelector: {}
  policyTypes: [Ingress]
";

async fn write(browser: &Browser, text: &str) {
    let field = browser.wait_for("#yaml").await;
    field.clear().await.expect("a text can be taken away");
    field.send_keys(text).await.expect("a text can be typed");
}

async fn press(browser: &Browser, css: &str) {
    let button = browser.wait_for(css).await;
    assert!(button.is_displayed().await.expect("it is shown or not"), "{css} is not shown");
    button.click().await.unwrap_or_else(|error| panic!("{css} cannot be pressed: {error}"));
    // Without scripts whatever is pressed brings a page. Until it comes, all that is found is on the one before.
    let left = async {
        while button.is_enabled().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), left).await.unwrap_or_else(|_| panic!("{css} brings no page"));
}

async fn count(browser: &Browser, css: &str) -> usize {
    browser.page.find_all(Locator::Css(css)).await.expect("a page can be searched").len()
}

#[tokio::test]
async fn a_lab_from_its_start_to_when_it_is_passed() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let solution = terminal.run(&format!("solution {LAB}")).exits(0).stdout;
    let browser = Browser::without_scripts().await;
    for width in [1440, 390] {
        browser.widen(width).await;
        browser.goto(&format!("{}/labs/{LAB}", serving.url)).await;
        if width == 1440 {
            press(&browser, "button[value=start]").await;
        }
        let fresh = browser.wait_for("#yaml").await.prop("value").await.expect("a text");
        // Nothing is offered that would need a script.
        for css in [".dock", ".theme-toggle", "[role=tab]", "button.copy", ".probe", ".drafts button[type=button]"] {
            for part in browser.page.find_all(Locator::Css(css)).await.expect("a page can be searched") {
                assert!(!part.is_displayed().await.expect("it is shown or not"), "{css} at {width} px");
            }
        }

        write(&browser, "kind: [").await;
        press(&browser, "button[value=apply]").await;
        browser.wait_for(".applied.bad").await;
        write(&browser, ONLY_INGRESS).await;
        press(&browser, "button[value=apply]").await;
        browser.wait_for(".applied.good").await;
        press(&browser, "button[value=check]").await;
        browser.wait_for("#report .verdict.bad").await;
        browser.wait_for("#report .lab-mistake").await;

        for hints in 1..=2 {
            press(&browser, "#hints a.button").await;
            browser.wait_for(&format!(".lab-hint:nth-of-type({hints})")).await;
            assert_eq!(count(&browser, ".lab-hint").await, hints);
        }
        press(&browser, "table.map td.wrong a").await;
        browser.wait_for("#why h2").await;
        browser.wait_for("#why .verdict").await;
        browser.wait_for(".own summary").await.click().await.expect("it opens");
        press(&browser, ".own button[value=delete]").await;
        browser.wait_for("#yours .muted").await;

        write(&browser, &solution).await;
        press(&browser, "button[value=check]").await;
        browser.wait_for("#report .verdict.good").await;
        browser.wait_for("details.lab-solution").await;
        assert_eq!(count(&browser, "table.map td.wrong").await, 0);

        press(&browser, "button[value=reset]").await;
        press(&browser, "button[value=start]").await;
        let again = browser.wait_for("#yaml").await.prop("value").await.expect("a text");
        assert_eq!(again, fresh, "after a reset at {width} px");
        assert_eq!(count(&browser, ".own").await, 0);
    }
}

#[tokio::test]
async fn a_quiz_whose_wrong_answers_alone_are_given_again() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::without_scripts().await;
    browser.goto(&format!("{}/quizzes/{QUIZ}", serving.url)).await;
    let key = Key::of(QUIZ);
    let all = count(&browser, "form.quiz fieldset[data-question]").await;
    // The first is answered rightly.
    let mut picks = key.wrong.clone();
    let first =
        browser.script("return document.querySelector('fieldset[data-question]').dataset.question", vec![]).await;
    let first = first.as_str().expect("a question has a name").to_owned();
    picks.insert(first.clone(), key.right[&first].clone());
    let fill_in = async |picks: Value, flows: Value| {
        browser.script(FILL_IN, vec![json!(QUIZ), picks, flows]).await;
        press(&browser, "form.quiz button[type=submit]").await;
    };
    fill_in(json!(picks), json!(key.wrong_flows)).await;
    browser.wait_for(".verdict.bad").await;
    let wrong = count(&browser, ".graded.wrong").await;
    assert!(wrong < all && wrong > 0, "{wrong} of {all} are wrong");

    press(&browser, ".lab-actions a.primary").await;
    browser.wait_for("form.quiz").await;
    assert_eq!(count(&browser, "form.quiz fieldset[data-question]").await, wrong, "only what was wrong");
    assert_eq!(count(&browser, &format!("fieldset[data-question='{first}']")).await, 0);
    fill_in(json!(key.right), json!(key.right_flows)).await;
    browser.wait_for(".verdict.good").await;
    assert_eq!(count(&browser, ".graded.correct").await, all, "what was right is counted too");
}

#[tokio::test]
async fn from_the_start_page_through_the_contents_to_a_lab() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::without_scripts().await;
    browser.widen(1440).await;
    browser.goto(&serving.url).await;
    press(&browser, "main a[href^='/book/no-isolation']").await;
    press(&browser, "#contents a[href='default-deny.html']").await;
    press(&browser, "section.lab[data-lab='default-deny'] a.button").await;
    press(&browser, "button[value=start]").await;
    browser.wait_for("#yaml").await;
}
