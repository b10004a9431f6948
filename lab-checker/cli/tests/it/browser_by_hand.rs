//! What people do with their hands: they point at things and click, and press one key after the other. Nothing is set by
//! a script, and nothing is pasted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::browser::{Browser, END_OF_KEYS, ENTER, ESCAPE, SHIFT};
use crate::browser_editor::{self as editor, CONTROL};
use crate::browser_keyboard::tab_to;

const DOWN: &str = "\u{E015}";
const HOME: &str = "\u{E011}";
const SPACE: &str = " ";
/// No question has more options.
const MANY: usize = 20;

/// With what somebody answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    Keyboard,
    Mouse,
}

/// The fields of a quiz in their order, each with what it shall hold: whether it is chosen, or words.
const WANTED: &str = r#"
    const [quiz, picks, flows] = arguments;
    const plain = (text) => text.replace(/[`*\s]+/g, '');
    const form = `form.quiz[data-quiz='${quiz}']`;
    const at = (field) => `${form} input[name="${CSS.escape(field.name)}"]` + (field.type === 'text' ? '' : `[value="${CSS.escape(field.value)}"]`);
    const steps = [];
    for (const fieldset of document.querySelectorAll(`${form} fieldset[data-question]`)) {
        const wanted = picks[fieldset.dataset.question] ?? [];
        for (const option of fieldset.querySelectorAll('label.option')) {
            const field = option.querySelector('input');
            steps.push({ css: at(field), kind: field.type, group: `${form} input[name="${CSS.escape(field.name)}"]`, isOn: wanted.map(plain).includes(plain(option.textContent)) });
        }
        for (const field of fieldset.querySelectorAll('input[type=text]')) steps.push({ css: at(field), kind: 'text', text: wanted[0] });
        for (const row of fieldset.querySelectorAll('tr[data-flow]')) {
            const verdict = flows[plain(row.querySelector('th').textContent)];
            for (const field of row.querySelectorAll('input')) {
                steps.push({ css: at(field), kind: field.type, group: `${form} input[name="${CSS.escape(field.name)}"]`, isOn: field.value === verdict });
            }
        }
    }
    return steps;
"#;

const IS_ON: &str = "return document.querySelector(arguments[0]).checked";
const HAS_FOCUS: &str = "return document.activeElement.matches(arguments[0])";

/// Points at something that is in view, and clicks.
pub(crate) async fn click(browser: &Browser, css: &str) {
    let element = browser.wait_for(css).await;
    let into_view = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center', behavior: 'instant' })";
    browser.script(into_view, vec![json!(css)]).await;
    element.click().await.unwrap_or_else(|error| panic!("`{css}` cannot be clicked: {error}"));
}

/// Answers a quiz that is on the page, question by question.
pub(crate) async fn answer(
    browser: &Browser,
    hands: Hands,
    quiz: &str,
    picks: &BTreeMap<String, Vec<String>>,
    flows: &BTreeMap<String, String>,
) {
    let steps = browser.script(WANTED, vec![json!(quiz), json!(picks), json!(flows)]).await;
    let steps = steps.as_array().expect("a list").clone();
    assert!(!steps.is_empty(), "{quiz} has no fields");
    for step in &steps {
        let css = step["css"].as_str().expect("a place");
        match step["kind"].as_str() {
            Some("text") => write_into(browser, hands, css, step["text"].as_str().expect("words")).await,
            _ if browser.script(IS_ON, vec![json!(css)]).await == step["isOn"] => {}
            Some("radio") if step["isOn"] == false => {} // Another one of the group is chosen.
            _ if hands == Hands::Mouse => click(browser, css).await,
            kind => choose(browser, kind == Some("radio"), css, step).await,
        }
        let is_on = browser.script(IS_ON, vec![json!(css)]).await;
        assert!(step["kind"] == "text" || step["isOn"] != true || is_on == true, "{quiz}: {step}");
    }
}

/// With the keyboard: Tab leads to a group of radio buttons, and arrows through it.
async fn choose(browser: &Browser, is_radio: bool, css: &str, step: &Value) {
    if !is_radio {
        tab_to(browser, css).await;
        return browser.keys(SPACE).await;
    }
    tab_to(browser, step["group"].as_str().expect("a group")).await;
    for _ in 0..MANY {
        if browser.script(HAS_FOCUS, vec![json!(css)]).await == true {
            if browser.script(IS_ON, vec![json!(css)]).await != true {
                browser.keys(SPACE).await;
            }
            return;
        }
        browser.keys(DOWN).await;
    }
    panic!("no arrow leads to `{css}`");
}

async fn write_into(browser: &Browser, hands: Hands, css: &str, words: &str) {
    match hands {
        Hands::Keyboard => tab_to(browser, css).await,
        Hands::Mouse => click(browser, css).await,
    }
    browser.keys(&format!("{CONTROL}a{END_OF_KEYS}{words}")).await;
}

/// Types a text into the editor in the place of what stands there, key by key: each line begins where it has to,
/// whatever the editor thinks of that.
pub(crate) async fn type_into_editor(browser: &Browser, text: &str) {
    browser.keys(&format!("{CONTROL}a{END_OF_KEYS}")).await;
    for (at, line) in text.trim_end().lines().enumerate() {
        if at > 0 {
            // A list of suggestions would take Enter for itself.
            browser.keys(&format!("{ESCAPE}{ENTER}{SHIFT}{HOME}{END_OF_KEYS}")).await;
        }
        browser.keys(line).await;
    }
    browser.keys(ESCAPE).await;
    assert_eq!(editor::text(browser).await.trim_end(), text.trim_end(), "what was typed stands there");
}
