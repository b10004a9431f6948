//! What a learner has typed in a lab's editor is not lost, whatever leaves the page, and nobody else sees it.

use fantoccini::Locator;
use serde_json::json;

use crate::browser::Browser;
use crate::browser_editor::{self as editor, CONTROL, END_OF_KEYS};
use crate::serving::Serving;
use crate::terminal::Terminal;

const LAB: &str = "default-deny";
const TYPED: &str = "# half a thought";
const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: mine
  namespace: production
spec:
  podSelector: {}
";
const EDITOR: &str = "#yaml";
const RESET: &str = "button[value=reset]";
const BRING_BACK: &str = ".kept-note:not([hidden]) button.bring-back";
/// Keys as WebDriver writes them.
const ENTER: &str = "\u{E007}";
const SPACE: &str = "\u{E00D}";
const SHIFT: &str = "\u{E008}";
const HOME: &str = "\u{E011}";
const DOWN: &str = "\u{E015}";

/// A browser in front of a lab that has been started.
struct Bench {
    browser: Browser,
    url: String,
}

impl Bench {
    async fn open(browser: Browser, serving: &str) -> Self {
        let bench = Self { browser, url: format!("{serving}/labs/{LAB}") };
        bench.browser.goto(&bench.url).await;
        bench.browser.click("button[value=start]").await;
        bench.browser.wait_for(EDITOR).await;
        bench
    }

    async fn text(&self) -> String {
        editor::text(&self.browser).await
    }

    /// Types at the end of the text.
    async fn type_in(&self, keys: &str) {
        editor::type_at_end(&self.browser, keys).await;
    }

    /// Replaces the text as pasting does.
    async fn paste(&self, text: &str) {
        editor::replace(&self.browser, text).await;
    }

    async fn answer_reset(&self, yes: bool) {
        self.browser.script("window.isBeforeReset = true", vec![]).await;
        // With the keyboard.
        self.browser.press(RESET, ENTER).await;
        let page = &self.browser.page;
        let asked = page.get_alert_text().await.expect("Reset asks first");
        assert!(asked.contains("Reset"), "{asked}");
        let answered = if yes { page.accept_alert().await } else { page.dismiss_alert().await };
        answered.expect("the question can be answered");
        if yes {
            self.browser.wait_until("return !window.isBeforeReset && document.readyState === 'complete'").await;
        }
    }

    async fn policies(&self) -> usize {
        let script = "return document.querySelectorAll('#yours details').length";
        self.browser.goto(&self.url).await;
        self.browser.wait_for(EDITOR).await;
        let count = self.browser.script(script, vec![]).await;
        usize::try_from(count.as_u64().expect("a number")).expect("a small number")
    }

    /// What this browser keeps.
    async fn kept(&self) -> String {
        let script = "return JSON.stringify(Object.entries({ ...localStorage }))";
        self.browser.script(script, vec![]).await.as_str().expect("a text").to_owned()
    }
}

#[tokio::test]
async fn what_was_typed_survives_whatever_leaves_the_page() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(Browser::open().await, &serving.url).await;
    let page = &bench.browser.page;
    bench.type_in(TYPED).await;
    let typed = bench.text().await;
    assert!(typed.ends_with(TYPED), "{typed}");

    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, typed, "after a reload");
    for (link, shown) in [("#hints a", "#hints .lab-hint"), ("table.map td a", "#why h2")] {
        bench.browser.click(link).await;
        bench.browser.wait_for(shown).await;
        assert_eq!(bench.text().await, typed, "after {link}");
        // Opened as a page of its own, which it is without a script.
        let address = bench.browser.script("return document.querySelector(arguments[0]).href", vec![json!(link)]).await;
        bench.browser.goto(address.as_str().expect("an address")).await;
        assert_eq!(bench.text().await, typed, "at the address of {link}");
        page.back().await.expect("there is a page before");
        bench.browser.wait_until("return location.search === ''").await;
        assert_eq!(bench.text().await, typed, "after {link} and Back");
    }
    bench.browser.goto(&format!("{}/book/{LAB}.html", serving.url)).await;
    page.back().await.expect("there is a page before");
    bench.browser.wait_until("return location.pathname.startsWith('/labs/')").await;
    assert_eq!(bench.text().await, typed, "after Back from a lesson");

    // What cannot be applied stays, whichever button was pressed.
    let broken = "kind: [\n# still mine\n";
    for button in ["apply", "check"] {
        bench.paste(broken).await;
        bench.browser.click(&format!("button[value={button}]")).await;
        bench.browser.wait_for(".applied.bad").await;
        page.refresh().await.expect("the page loads again");
        assert_eq!(bench.text().await, broken, "after {button}");
    }
    // Nothing at all is a draft as well.
    bench.paste("").await;
    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, "");
}

#[tokio::test]
async fn a_draft_ends_when_it_is_what_is_applied() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(Browser::open().await, &serving.url).await;
    let page = &bench.browser.page;
    let fresh = bench.text().await;

    bench.type_in(TYPED).await;
    assert!(bench.kept().await.contains(TYPED));
    bench.paste(&fresh).await;
    assert!(!bench.kept().await.contains("draft"), "typed and taken back: {}", bench.kept().await);

    bench.paste(&format!("# mine\n{POLICY}")).await;
    bench.browser.click("button[value=apply]").await;
    bench.browser.wait_for(".applied.good").await;
    assert!(!bench.kept().await.contains("draft"), "applied: {}", bench.kept().await);
    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, format!("# mine\n{POLICY}"), "in the learner's own words");
    bench.browser.wait_until("return document.querySelector('.draft-note').hidden").await;
    assert!(!bench.kept().await.contains("draft"), "and no draft: {}", bench.kept().await);

    // A draft can be given up for what is in the cluster, and that can be taken back.
    let applied = bench.text().await;
    bench.type_in(TYPED).await;
    page.refresh().await.expect("the page loads again");
    assert!(bench.text().await.ends_with(TYPED));
    bench.browser.click("button.leave-draft").await;
    assert_eq!(bench.text().await, applied);
    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, applied);
    bench.browser.click(BRING_BACK).await;
    assert!(bench.text().await.ends_with(TYPED));
}

#[tokio::test]
async fn reset_asks_first_and_what_was_written_can_be_brought_back() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(Browser::open().await, &serving.url).await;
    let page = &bench.browser.page;
    let fresh = bench.text().await;
    bench.paste(POLICY).await;
    bench.browser.click("button[value=apply]").await;
    bench.browser.wait_for(".applied.good").await;
    bench.type_in(TYPED).await;
    let typed = bench.text().await;

    bench.answer_reset(false).await;
    assert_eq!(bench.text().await, typed, "after No");
    assert_eq!(bench.policies().await, 1, "nothing was reset");
    assert_eq!(bench.text().await, typed, "still a draft");

    bench.answer_reset(true).await;
    bench.browser.wait_for(BRING_BACK).await;
    assert_eq!(bench.text().await, fresh, "the editor shows the start");
    assert_eq!(bench.policies().await, 0, "it was reset");
    // Resetting once more takes nothing away: there is nothing new to keep.
    bench.answer_reset(true).await;
    bench.browser.wait_for(BRING_BACK).await;
    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, fresh);
    bench.browser.press(BRING_BACK, SPACE).await;
    assert_eq!(bench.text().await, typed, "brought back");
    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, typed, "and a draft again");

    // Another browser, or this one when it has forgotten everything, can bring it back as well.
    bench.answer_reset(true).await;
    bench.browser.wait_for(BRING_BACK).await;
    bench.browser.script("localStorage.clear()", vec![]).await;
    page.refresh().await.expect("the page loads again");
    assert_eq!(bench.text().await, fresh);
    bench.browser.press(BRING_BACK, SPACE).await;
    assert_eq!(bench.text().await, typed, "brought back from the server");

    // What was applied, and no draft, can be brought back as well.
    bench.paste(POLICY).await;
    bench.browser.click("button[value=apply]").await;
    bench.browser.wait_for(".applied.good").await;
    bench.answer_reset(true).await;
    bench.browser.click(BRING_BACK).await;
    assert_eq!(bench.text().await, POLICY);
    page.refresh().await.expect("the page loads again");
    bench.answer_reset(true).await;
    bench.browser.click("button.forget").await;
    assert!(!bench.kept().await.contains("podSelector: {}"), "forgotten: {}", bench.kept().await);

    // The button in the lesson asks too.
    bench.paste(POLICY).await;
    bench.browser.click("button[value=apply]").await;
    bench.browser.wait_for(".applied.good").await;
    bench.browser.goto(&format!("{}/book/{LAB}.html", serving.url)).await;
    let section = format!("section.lab[data-lab='{LAB}']");
    bench.browser.wait_for(&section).await;
    bench.browser.script("document.querySelector(arguments[0]).scrollIntoView()", vec![json!(section)]).await;
    let button = format!("{section} .lab-actions button:nth-of-type(1)");
    bench.browser.wait_for(&format!("{section} .lab-live:not(:empty)")).await;
    bench.browser.press(&button, ENTER).await;
    page.dismiss_alert().await.expect("the lesson asks as well");
    assert_eq!(bench.policies().await, 1, "nothing was reset");
}

#[tokio::test]
async fn undo_takes_back_everything_that_was_typed() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(Browser::open().await, &serving.url).await;
    let undo = format!("{CONTROL}z{END_OF_KEYS}");
    let undone = async |wanted: &str, what: &str| {
        for _ in 0..120 {
            if bench.text().await == wanted {
                return;
            }
            editor::press(&bench.browser, &undo).await;
        }
        panic!("undo never reaches the text before {what}: {:?}", bench.text().await);
    };

    let fresh = bench.text().await;
    bench.type_in(&format!("egress:{ENTER}- to:{ENTER}- podSelector:{ENTER}matchLabels:{ENTER}app: a")).await;
    let typed = bench.text().await;
    let indented = "egress:\n  - to:\n      - podSelector:\n          matchLabels:\n            app: a";
    assert!(typed.ends_with(indented), "the next line begins below this one, or further in: {typed}");
    undone(&fresh, "typing with Enter").await;

    // Enter in the place of what is selected, and Enter before text.
    for place in
        [format!("{CONTROL}{HOME}{END_OF_KEYS}{SHIFT}{DOWN}{END_OF_KEYS}"), format!("{CONTROL}{HOME}{END_OF_KEYS}")]
    {
        bench.paste("    one: 1\n    two: 2\n").await;
        let before = bench.text().await;
        editor::press(&bench.browser, &format!("{place}{ENTER}")).await;
        assert_ne!(bench.text().await, before);
        undone(&before, "Enter").await;
    }

    // A text that was brought back can be undone as well.
    bench.paste(POLICY).await;
    bench.answer_reset(true).await;
    bench.browser.wait_for(BRING_BACK).await;
    bench.browser.click(BRING_BACK).await;
    assert_eq!(bench.text().await, POLICY);
    undone(&fresh, "bringing back").await;
}

#[tokio::test]
async fn learners_who_share_a_browser_do_not_see_each_others_drafts() {
    let terminal = Terminal::new();
    let serving = Serving::start(&terminal, &["serve", "--listen", "0.0.0.0:0"], "Ctrl-C");
    let url = format!("http://127.0.0.1:{}", serving.url.rsplit(':').next().expect("a port"));
    let code = serving.announcement.split("join code").nth(1).and_then(|rest| rest.split_whitespace().next());
    let code = code.expect("a join code is announced");
    let browser = Browser::open().await;

    browser.goto(&format!("{url}/join")).await;
    browser.press("input[name=name]", "Ada").await;
    browser.press("input[name=code]", &format!("{code}{ENTER}")).await;
    let token = browser.wait_for("pre.token").await.text().await.expect("the token is shown");
    let bench = Bench::open(browser, &url).await;
    let fresh = bench.text().await;
    bench.paste(TYPED).await;
    bench.answer_reset(true).await;
    bench.browser.wait_for(BRING_BACK).await;
    bench.type_in("# and more").await;
    let typed = bench.text().await;

    let sign_out = "form[action='/logout'] button";
    let signed_out = "return document.querySelector(\"form[action='/logout']\") === null";
    bench.browser.click(sign_out).await;
    bench.browser.wait_until(signed_out).await;
    bench.browser.goto(&format!("{url}/join")).await;
    bench.browser.press("input[name=name]", "Bob").await;
    bench.browser.press("input[name=code]", &format!("{code}{ENTER}")).await;
    bench.browser.wait_for("pre.token").await;
    let bench = Bench::open(bench.browser, &url).await;
    assert_eq!(bench.text().await, fresh, "Bob begins with the start");
    let offered = bench.browser.page.find_all(Locator::Css(BRING_BACK)).await.expect("a list");
    assert!(offered.is_empty(), "Bob is offered what Ada wrote");
    bench.type_in("# by Bob").await;

    bench.browser.click(sign_out).await;
    bench.browser.wait_until(signed_out).await;
    bench.browser.goto(&format!("{url}/login")).await;
    bench.browser.press("input[name=token]", &format!("{token}{ENTER}")).await;
    bench.browser.wait_for("ol.chapters").await;
    bench.browser.goto(&bench.url).await;
    assert_eq!(bench.text().await, typed, "Ada finds hers");
}

/// Everything that a page does, where the browser keeps nothing.
async fn works_without_a_place_to_keep_drafts(bench: &Bench) {
    let fresh = bench.text().await;
    let note = async |words: &str| {
        let said = format!("return document.querySelector('.draft-note').innerText.includes('{words}')");
        bench.browser.wait_until(&said).await;
    };
    let leave = "const leave = new Event('beforeunload', { cancelable: true }); dispatchEvent(leave); return leave.defaultPrevented";

    // Nor does the server, while it cannot be reached.
    let away = "window.reached = window.fetch; window.fetch = () => Promise.reject(new TypeError('away'))";
    bench.browser.script(away, vec![]).await;
    bench.paste(TYPED).await;
    note("cannot be kept").await;
    assert_eq!(bench.browser.script(leave, vec![]).await, true, "who leaves all the same is asked");

    // Then the server does.
    bench.browser.script("window.fetch = window.reached", vec![]).await;
    bench.type_in(" more").await;
    note("kept for you").await;
    assert_eq!(bench.browser.script(leave, vec![]).await, false, "nothing can be lost");
    bench.browser.page.refresh().await.expect("the page loads again");
    let typed = format!("return document.querySelector('#yaml')?.value === '{TYPED} more'");
    bench.browser.wait_until(&typed).await;

    bench.paste(POLICY).await;
    bench.browser.click("button[value=check]").await;
    bench.browser.wait_for("#report .verdict").await;
    assert_eq!(bench.browser.script(leave, vec![]).await, false, "now there is nothing to lose");
    bench.browser.page.refresh().await.expect("the page loads again");
    assert!(bench.text().await.contains("name: mine"), "it was applied");
    bench.answer_reset(true).await;
    bench.browser.wait_until("return document.querySelectorAll('#yours details').length === 0").await;
    assert_eq!(bench.text().await, fresh);
}

#[tokio::test]
async fn a_browser_that_keeps_nothing_does_not_break_the_page() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let no_cookies = json!({ "profile.default_content_setting_values.cookies": 2 });
    let bench = Bench::open(Browser::with_settings(no_cookies).await, &serving.url).await;
    let refused = "try { localStorage.length; return false } catch { return true }";
    assert_eq!(bench.browser.script(refused, vec![]).await, true, "this browser keeps nothing");
    works_without_a_place_to_keep_drafts(&bench).await;
}

#[tokio::test]
async fn a_browser_that_is_full_does_not_break_the_page() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(Browser::open().await, &serving.url).await;
    let fill = "for (let size = 1 << 22; size >= 1; size >>= 1) {
        try { for (let at = 0; ; at += 1) localStorage.setItem(`${size}-${at}`, 'x'.repeat(size)); } catch { /* full */ }
    }
    try { localStorage.setItem('one', 'more'); return false } catch { return true }";
    assert_eq!(bench.browser.script(fill, vec![]).await, true, "this browser is full");
    works_without_a_place_to_keep_drafts(&bench).await;
}

#[tokio::test]
async fn without_a_script_reset_asks_on_a_page_of_its_own() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let no_script = json!({ "profile.managed_default_content_settings.javascript": 2 });
    let browser = Browser::with_settings(no_script).await;
    let value = async || {
        let value = browser.wait_for(EDITOR).await.prop("value").await.expect("an editor has a text");
        value.expect("an editor has a text")
    };
    browser.goto(&format!("{}/labs/{LAB}", serving.url)).await;
    browser.press("button[value=start]", ENTER).await;
    let fresh = value().await;
    browser.press(EDITOR, TYPED).await;
    let typed = value().await;
    assert_ne!(typed, fresh);

    browser.press(RESET, ENTER).await;
    browser.wait_for("button[value=edit]").await;
    let asked = browser.wait_for("main").await.text().await.expect("a text");
    assert!(asked.contains("Reset “Default deny”?") && asked.contains(TYPED), "{asked}");
    browser.press("button[value=edit]", ENTER).await;
    assert_eq!(value().await, typed, "after No");
    browser.press(RESET, ENTER).await;
    browser.wait_for("button[value=edit]").await;
    browser.press("button[value=start]", ENTER).await;
    assert_eq!(value().await, fresh, "after Yes");
}
