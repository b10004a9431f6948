//! The workbench of a lab beside kubectl and beside a keyboard: a report of before is never taken for one of now, and
//! nothing that the page does takes the focus away.

use serde_json::json;

use crate::browser::Browser;
use crate::browser_editor::{self as editor, CONTROL, END_OF_KEYS};
use crate::browser_site::Site;
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
    editor::press(&browser, &format!("{CONTROL}\u{E007}{END_OF_KEYS}")).await;
    browser.wait_for(".applied-live .applied").await;
    browser.wait_until("return !document.querySelector('#editor button[value=apply]').disabled").await;
    assert_eq!(browser.script(is_there, vec![json!(".code-editor")]).await, true, "after Ctrl-Enter");

    // Whatever somebody has gone to while a check ran.
    browser.script(&format!("document.querySelector('{CHECK}').click()"), vec![]).await;
    browser.script(focus, vec![json!(".theme-toggle")]).await;
    browser.wait_until(&format!("return !document.querySelector('{CHECK}').disabled")).await;
    assert_eq!(browser.script(is_there, vec![json!(".theme-toggle")]).await, true, "after a check");
}

#[tokio::test]
async fn panes_scroll_by_themselves_and_a_chosen_tab_is_seen() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = begin(&serving).await;
    let looks = "const [css] = arguments;
        const look = (tab) => { const { backgroundColor, borderTopColor, fontWeight } = getComputedStyle(tab);
            return [backgroundColor, borderTopColor, fontWeight].join() };
        const tabs = [...document.querySelectorAll(`${css} [role=tab]`)].filter((tab) => tab.checkVisibility());
        const chosen = tabs.filter((tab) => tab.ariaSelected === 'true').map(look);
        const others = tabs.filter((tab) => tab.ariaSelected !== 'true').map(look);
        return chosen.length === 1 && others.length > 0 && !others.includes(chosen[0])";
    browser.widen(1440).await;
    let beyond = "const page = document.documentElement; return page.scrollHeight - page.clientHeight";
    assert_eq!(browser.script(beyond, vec![]).await, 0, "the page itself does not scroll on a desk");
    assert_eq!(browser.script(looks, vec![json!(".view-tabs")]).await, true, "picture or table");
    browser.widen(390).await;
    assert_eq!(browser.script(looks, vec![json!(".pane-tabs")]).await, true, "panes on a phone");
}

/// The commands of the task, which are longer than its pane is wide: what is wrong with them, in words.
const COMMANDS: &str = r"
    const faults = [];
    const codes = [...document.querySelectorAll('.lab-task pre > code')].filter((code) => code.checkVisibility());
    const long = codes.filter((code) => code.scrollWidth > code.clientWidth);
    if (!long.length) faults.push('no command is long');
    for (const code of codes) {
        const [inside, button] = [code.getBoundingClientRect(), code.parentElement.querySelector('button.copy')?.getBoundingClientRect()];
        if (!button || button.right > inside.right || button.top < inside.top) faults.push(`no button: ${code.textContent}`);
        if (inside.right > code.closest('.pane').getBoundingClientRect().right) faults.push(`cut: ${code.textContent}`);
    }
    for (const code of long) {
        if (code.tabIndex !== 0) faults.push(`not reached with the keyboard: ${code.textContent}`);
        code.scrollLeft = code.scrollWidth;
        const range = document.createRange();
        range.selectNodeContents(code);
        const end = Math.max(...[...range.getClientRects()].map(({ right }) => right));
        const button = code.parentElement.querySelector('button.copy').getBoundingClientRect();
        if (end > button.left) faults.push(`its end is behind the button: ${code.textContent}`);
    }
    return faults;
";

#[tokio::test]
async fn commands_of_a_task_scroll_inside_and_can_be_copied() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = begin(&serving).await;
    let grants = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    browser.devtools("Browser.grantPermissions", grants).await;
    for width in [360, 390, 1440] {
        browser.widen(width).await;
        browser.goto(&format!("{}/labs/{LAB}", serving.url)).await;
        browser.wait_for(".lab-task pre > button.copy").await;
        browser.wait_until("return document.readyState === 'complete'").await;
        assert_eq!(browser.script(COMMANDS, vec![]).await, json!([]), "at {width} px");
    }
    browser.click(".lab-task pre > button.copy").await;
    browser.wait_until("return document.querySelector('.lab-task pre > button.copy').textContent === 'Copied'").await;
    let read = "const done = arguments[0]; navigator.clipboard.readText().then(done, (error) => done(String(error)))";
    let copied = browser.script_to_its_end(read, vec![]).await;
    let copied = copied.as_str().expect("a text");
    assert!(copied.starts_with("kubectl exec -n production web -- curl"), "the command without its prompt: {copied}");
}

#[tokio::test]
async fn the_bar_keeps_its_theme_button_in_the_first_line() {
    let site = Site::open().await;
    let beside =
        "const middle = (css) => { const { top, bottom } = document.querySelector(css).getBoundingClientRect();
            return (top + bottom) / 2 };
        return Math.abs(middle('.theme-toggle') - middle('.brand')) < 6";
    for width in [360, 390] {
        site.browser.widen(width).await;
        for kind in site.all() {
            site.come_to(&kind).await;
            assert_eq!(site.browser.script(beside, vec![]).await, true, "{} at {width} px", kind.name);
        }
    }
}
