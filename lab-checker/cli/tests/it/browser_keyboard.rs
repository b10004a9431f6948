//! Everything can be done with the keyboard alone, and whoever does so always knows where they are: the focus is seen,
//! and falls on nothing.

use serde_json::{Value, json};

use crate::browser::{Browser, END_OF_KEYS, ENTER, ESCAPE, LEFT, RIGHT, SHIFT, TAB};
use crate::browser_editor::{self as editor, CONTROL};
use crate::serving::Serving;
use crate::terminal::Terminal;

const HOME: &str = "\u{E011}";
const END: &str = "\u{E010}";
const CHECK: &str = "#editor button[value=check]";

/// More stops than any page has from one end to the other.
const FAR: usize = 400;

/// What has the focus when the page has come to rest; whether it is meant, and whether it is seen.
const FOCUSED: &str = r"
    const [css, done] = arguments;
    const deepest = (root) => root.activeElement?.shadowRoot?.activeElement ? deepest(root.activeElement.shadowRoot) : root.activeElement;
    const rest = () => {
        const there = document.activeElement ?? document.body;
        const ring = getComputedStyle(there.closest('label.option') ?? there);
        const inner = deepest(document);
        const own = inner !== there || there.matches('.xterm-helper-textarea, [tabindex=\'-1\'], main');
        done({
            isNothing: there === document.body,
            isMeant: there.matches(css),
            isSeen: own || (ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) > 0),
            words: there.outerHTML.slice(0, 120),
        });
    };
    requestAnimationFrame(() => requestAnimationFrame(rest));
";

async fn focused(browser: &Browser, css: &str) -> Value {
    browser.script_to_its_end(FOCUSED, vec![json!(css)]).await
}

/// Asserts what has the focus.
async fn is_at(browser: &Browser, css: &str, when: &str) {
    let there = focused(browser, css).await;
    assert_eq!(there["isMeant"], true, "{when}, `{css}` has not the focus, but {there}");
}

/// Presses Tab until something has the focus, and looks at each stop on the way.
pub(crate) async fn tab_to(browser: &Browser, css: &str) {
    walk(browser, css, TAB).await;
}

/// The same, backwards.
async fn back_to(browser: &Browser, css: &str) {
    walk(browser, css, &format!("{SHIFT}{TAB}{END_OF_KEYS}")).await;
}

async fn walk(browser: &Browser, css: &str, keys: &str) {
    browser.wait_for(css).await;
    let (mut way, mut has_turned) = (Vec::new(), false);
    for _ in 0..FAR {
        let there = focused(browser, css).await;
        if there["isMeant"] == true {
            return;
        }
        // Between the end of a page and its beginning there is one stop that belongs to the browser.
        let is_edge = there["isNothing"] == true && !std::mem::replace(&mut has_turned, there["isNothing"] == true);
        assert!(is_edge || there["isSeen"] == true, "on the way to `{css}`: where is the focus? {there}");
        way.push(there["words"].to_string());
        // In what takes Tab for itself, Escape comes first.
        let takes_tab = focused(browser, ".code-editor, .xterm-helper-textarea").await["isMeant"] == true;
        browser.keys(if takes_tab { ESCAPE } else { "" }).await;
        browser.keys(keys).await;
    }
    panic!("Tab never leads to `{css}`:\n{}", way.join("\n"));
}

async fn begin(browser: &Browser, serving: &Serving, lab: &str) {
    browser.goto(&format!("{}/labs/{lab}", serving.url)).await;
    tab_to(browser, "button[value=start]").await;
    browser.keys(ENTER).await;
    browser.wait_for(".code-editor").await;
}

/// Writes into the editor instead of what stands there, and goes on to the button that checks.
async fn answer(browser: &Browser, text: &str) {
    tab_to(browser, ".code-editor").await;
    browser.keys(&format!("{CONTROL}a{END_OF_KEYS}{text}")).await;
    let written = browser.script("return document.querySelector('#yaml').value", vec![]).await;
    assert_eq!(written, json!(text), "what was typed stands there");
    tab_to(browser, CHECK).await;
    browser.keys(ENTER).await;
    browser.wait_for("#report .verdict.good").await;
    is_at(browser, CHECK, "after a check").await;
}

/// A list of what answers, on one line, from the lab's solution.
fn findings(terminal: &Terminal, lab: &str) -> String {
    let solution = terminal.run(&format!("solution {lab}")).exits(0).stdout;
    let flows: Vec<&str> =
        solution.lines().map(str::trim).filter(|line| line.contains('/') && !line.contains(' ')).collect();
    assert!(!flows.is_empty(), "{solution}");
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: findings, namespace: dev}}, data: {{reachable: \"{}\"}}}}",
        flows.join(" ").replace(' ', "\\n")
    )
}

#[tokio::test]
async fn a_newcomer_gets_from_the_start_page_to_a_passed_lab() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.widen(1440).await;
    browser.goto(&serving.url).await;
    tab_to(&browser, ".skip").await;
    tab_to(&browser, "main a[href^='/book/no-isolation']").await;
    browser.keys(ENTER).await;
    browser.wait_for("section.lab[data-lab='no-isolation'].live").await;
    tab_to(&browser, "section.lab[data-lab='no-isolation'] a.button").await;
    browser.keys(ENTER).await;
    tab_to(&browser, "button[value=start]").await;
    browser.keys(ENTER).await;
    browser.wait_for(".code-editor").await;
    browser.wait_until("return document.activeElement.id === 'task'").await;
    answer(&browser, &findings(&terminal, "no-isolation")).await;
    browser.wait_for("[data-next] a.button").await;
    tab_to(&browser, "[data-next] a.button").await;
    browser.keys(ENTER).await;
    browser.wait_until("return !location.pathname.startsWith('/labs/')").await;
    browser.heed_the_policy().await;
}

#[tokio::test]
async fn a_policy_a_list_and_a_network_that_enforces_nothing() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.widen(1440).await;
    let policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: nothing, namespace: production}, \
                  spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}";
    begin(&browser, &serving, "default-deny").await;
    answer(&browser, policy).await;
    for lab in ["who-is-isolated", "no-enforcement"] {
        begin(&browser, &serving, lab).await;
        answer(&browser, &findings(&terminal, lab)).await;
    }
}

#[tokio::test]
async fn labels_are_mended_in_the_terminal_of_the_page() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.widen(1440).await;
    begin(&browser, &serving, "fix-labels").await;
    tab_to(&browser, ".dock > summary").await;
    browser.keys(ENTER).await;
    let shows = async |text: &str| {
        browser
            .wait_until(&format!(
                "return (document.querySelector('.dock .xterm-rows')?.innerText ?? '').replaceAll('\\u00a0', ' ').includes({})",
                json!(text)
            ))
            .await;
    };
    shows("~ $").await;
    is_at(&browser, ".xterm-helper-textarea", "with the terminal open").await;
    for (pod, label) in [("payment", "role=payment"), ("checkout", "access=payment"), ("refunds", "access=payment")] {
        browser.keys(&format!("kubectl label pod {pod} -n production {label} --overwrite{ENTER}")).await;
        shows(&format!("pod/{pod} labeled")).await;
    }
    back_to(&browser, CHECK).await;
    browser.keys(ENTER).await;
    browser.wait_for("#report .verdict.good").await;
    is_at(&browser, CHECK, "after a check").await;
}

#[tokio::test]
async fn the_picture_is_one_stop_with_arrow_keys_inside() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.widen(1440).await;
    begin(&browser, &serving, "default-deny").await;
    let link = "[data-picture] a";
    tab_to(&browser, link).await;
    let stops = "return [...document.querySelectorAll('[data-picture] a')].filter((link) => link.tabIndex >= 0).length";
    assert_eq!(browser.script(stops, vec![]).await, 1);
    let at = async || {
        let at = "return [...document.querySelectorAll('[data-picture] a')].indexOf(document.activeElement)";
        browser.script(at, vec![]).await.as_i64().expect("a number")
    };
    let count = browser.script("return document.querySelectorAll('[data-picture] a').length", vec![]).await;
    let last = count.as_i64().expect("a number") - 1;
    assert!(last > 10, "{count} links");
    for place in 0..=last {
        assert_eq!(at().await, place);
        browser.keys(RIGHT).await;
    }
    assert_eq!(at().await, last, "it ends there");
    browser.keys(LEFT).await;
    assert_eq!(at().await, last - 1);
    browser.keys(HOME).await;
    assert_eq!(at().await, 0);
    browser.keys(END).await;
    assert_eq!(at().await, last);
    assert_eq!(focused(&browser, link).await["isSeen"], true);
    browser.keys(ENTER).await;
    browser.wait_for("#why h2").await;
    assert_eq!(at().await, last, "whoever asks why stays there");
    browser.keys(TAB).await;
    assert_eq!(at().await, -1, "Tab leads out");
    browser.keys(&format!("{SHIFT}{TAB}{END_OF_KEYS}")).await;
    assert_eq!(at().await, last, "and back to where one was");
}

#[tokio::test]
async fn boxes_of_a_large_picture_fold_under_the_keyboard() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.widen(1440).await;
    begin(&browser, &serving, "capstone").await;
    tab_to(&browser, "[data-picture] a").await;
    let go = "const box = document.querySelector('[data-picture] a[aria-expanded=false]'); box.focus(); return box.dataset.open";
    let name = browser.script(go, vec![]).await;
    let name = name.as_str().expect("a box has a name");
    for is_open in [true, false] {
        browser.keys(ENTER).await;
        let heading = format!("[data-picture] a[data-open='{name}'][aria-expanded='{is_open}']");
        browser.wait_for(&heading).await;
        is_at(&browser, &heading, "after folding").await;
    }
}

/// Waits until what a button has asked for is done.
async fn done(browser: &Browser, button: &str) {
    browser.wait_until(&format!("return document.querySelector('{button}').ariaDisabled !== 'true'")).await;
}

#[tokio::test]
async fn the_focus_never_falls_on_nothing() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let solution = terminal.run("solution default-deny").exits(0).stdout;
    let browser = Browser::open().await;
    for width in [1440, 390] {
        browser.widen(width).await;
        browser.goto(&format!("{}/labs/default-deny", serving.url)).await;
        if width == 1440 {
            tab_to(&browser, "button[value=start]").await;
            browser.keys(ENTER).await;
        }
        browser.wait_for(".code-editor").await;
        let pane = async |name: &str| {
            let tab = format!(".pane-tabs [aria-controls={name}]");
            let choose = "const tab = document.querySelector(arguments[0]); tab.focus(); tab.click()";
            browser.script(choose, vec![json!(tab)]).await;
        };

        // Hints, to the last one.
        pane("task").await;
        while browser.script("return document.querySelector('#hints a.button') !== null", vec![]).await == true {
            let before = browser.script("return document.querySelectorAll('.lab-hint').length", vec![]).await;
            tab_to(&browser, "#hints a.button").await;
            browser.keys(ENTER).await;
            browser.wait_until(&format!("return document.querySelectorAll('.lab-hint').length > {before}")).await;
            is_at(&browser, ".lab-hint:nth-last-of-type(1)", "after a hint").await;
        }

        pane("work").await;
        editor::replace(&browser, "kind: [").await;
        for button in ["#editor button[value=apply]", CHECK] {
            tab_to(&browser, button).await;
            browser.keys(ENTER).await;
            browser.wait_for(".applied-live .applied.bad").await;
            done(&browser, button).await;
            is_at(&browser, button, "after what cannot be applied").await;
        }
        editor::replace(&browser, "# nothing yet").await;
        tab_to(&browser, CHECK).await;
        browser.keys(ENTER).await;
        browser.wait_for("#report .verdict.bad").await;
        done(&browser, CHECK).await;
        is_at(&browser, CHECK, "after a check that fails").await;

        // The picture is drawn anew under who is in it.
        pane("map").await;
        tab_to(&browser, "[data-picture] a").await;
        browser.keys(END).await;
        let wrong = browser.script("return document.querySelectorAll('[data-picture] .wrong').length", vec![]).await;
        terminal.file("solution.yaml", &solution);
        terminal.kubectl("apply -f solution.yaml").exits(0);
        browser
            .wait_until(&format!("return document.querySelectorAll('[data-picture] .arrow.wrong').length < {wrong}"))
            .await;
        is_at(&browser, "[data-picture], [data-picture] a", "in a picture that was drawn anew").await;

        pane("work").await;
        tab_to(&browser, "#editor button.reset").await;
        browser.script("window.isBefore = true", vec![]).await;
        browser.keys(ENTER).await;
        browser.page.accept_alert().await.expect("Reset asks first");
        browser.wait_until("return !window.isBefore && document.readyState === 'complete'").await;
        browser.wait_for(".code-editor").await;
        browser.wait_until("return document.activeElement.matches('#editor, .code-editor')").await;
    }
}

#[tokio::test]
async fn a_quiz_keeps_the_focus() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.goto(&format!("{}/quizzes/dns-egress", serving.url)).await;
    browser.wait_for("form.quiz label.each").await;
    let button = "form.quiz button[type=submit]:not(.anyway)";
    tab_to(&browser, "form.quiz fieldset label.option input").await;
    browser.keys(" ").await;
    tab_to(&browser, button).await;
    browser.keys(ENTER).await;
    tab_to(&browser, "form.quiz .unanswered button.anyway").await;
    browser.keys(ENTER).await;
    browser.wait_for("form.quiz output .score").await;
    is_at(&browser, button, "after handing in anyway").await;
    // Whatever is right cannot be changed: its fields lose the focus.
    let right = "const form = document.querySelector('form.quiz');
        for (const input of form.querySelectorAll('fieldset:not(:disabled) label.option:first-of-type input')) input.click();
        for (const input of form.querySelectorAll('fieldset:not(:disabled) tr[data-flow] input[value=allowed]')) input.click();
        form.querySelector('fieldset:not(:disabled) input:checked').focus(); form.requestSubmit()";
    browser.script("document.querySelector('form.quiz output').replaceChildren()", vec![]).await;
    browser.script(right, vec![]).await;
    browser.wait_for("form.quiz output .score").await;
    let there = focused(&browser, "form.quiz *").await;
    assert_eq!((&there["isNothing"], &there["isMeant"]), (&json!(false), &json!(true)), "{there}");
}

#[tokio::test]
async fn panes_are_tabs_on_a_phone_and_regions_on_a_desk() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.widen(390).await;
    begin(&browser, &serving, "default-deny").await;
    let panes = "return [...document.querySelectorAll('.pane')].filter((pane) => pane.role === 'tabpanel' && pane.checkVisibility())
        .map((pane) => `${pane.id}: ${document.getElementById(pane.getAttribute('aria-labelledby')).textContent}`)";
    let one = |id: &str, name: &str| json!([format!("{id}: {name}")]);
    assert_eq!(browser.script(panes, vec![]).await, one("task", "Task"));
    back_to(&browser, ".pane-tabs [role=tab][aria-selected=true]").await;
    for (key, id, name) in [
        (RIGHT, "work", "Write"),
        (RIGHT, "map", "Picture"),
        (RIGHT, "task", "Task"),
        (LEFT, "map", "Picture"),
        (HOME, "task", "Task"),
        (END, "map", "Picture"),
    ] {
        browser.keys(key).await;
        assert_eq!(browser.script(panes, vec![]).await, one(id, name));
        is_at(&browser, &format!(".pane-tabs [aria-controls={id}][tabindex='0']"), "with arrow keys").await;
    }
    let stops = "return document.querySelectorAll(\".pane-tabs [tabindex='0']\").length";
    assert_eq!(browser.script(stops, vec![]).await, 1, "one stop");
    let views = "return [...document.querySelectorAll('#picture, #table')].filter((part) => part.checkVisibility()).map((part) => part.role)";
    assert_eq!(browser.script(views, vec![]).await, json!(["tabpanel"]), "picture or table");

    browser.widen(1440).await;
    browser.wait_until("return document.querySelectorAll('.pane[role]').length === 0").await;
    let regions = "return [...document.querySelectorAll('.pane')].map((pane) => pane.ariaLabel)";
    assert_eq!(browser.script(regions, vec![]).await, json!(["Task", "Your answer", "Who reaches whom"]));
}
