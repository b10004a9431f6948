//! The terminal in the page: a lab is solved in it, nothing of it breaks the page's policy, and the keyboard gets out.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const KEYS: &str = ".dock textarea.xterm-helper-textarea";
/// Keys as WebDriver writes them.
const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const TAB: &str = "\u{E004}";

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: production}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
";

/// What the terminal shows; a long line goes on in the next row.
async fn shown(browser: &Browser, text: &str) {
    browser
        .wait_until(&format!(
            "return (document.querySelector('.dock .xterm-rows')?.innerText ?? '').replaceAll('\\u00a0', ' ').replaceAll('\\n', '').includes({})",
            json!(text)
        ))
        .await;
}

async fn run(browser: &Browser, line: &str, answer: &str) {
    browser.press(KEYS, &format!("{line}{ENTER}")).await;
    shown(browser, answer).await;
}

#[tokio::test]
async fn a_policy_of_the_editor_is_applied_in_the_terminal_of_the_page() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.goto(&format!("{}/labs/default-deny", serving.url)).await;
    browser.click("button[value=start]").await;
    browser.wait_for(".code-editor").await;
    let script = "const box = document.querySelector('#yaml');
        box.value = arguments[0];
        box.dispatchEvent(new Event('input'));
        window.violations = [];
        addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective))";
    browser.script(script, vec![json!(POLICY)]).await;
    let loaded = "return performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/terminal.js'))";
    assert_eq!(browser.script(loaded, vec![]).await, false, "it comes when it is opened");
    browser.click(".dock > summary").await;
    shown(&browser, "~ $").await;
    run(&browser, "ls", "policy.yaml").await;
    run(&browser, "kubectl apply -f policy.yaml", "networkpolicy.networking.k8s.io/deny-all created").await;
    run(&browser, "kubectl get netpol -n production", "deny-all   <none>").await;
    assert_eq!(browser.script("return window.violations", vec![]).await, json!([]));
    let styles = "return document.querySelectorAll('.dock style').length";
    assert_eq!(browser.script(styles, vec![]).await, 0, "no style element is left");
    let seen =
        browser.script("return getComputedStyle(document.querySelector('.dock .xterm-rows')).color", vec![]).await;
    assert_eq!(seen, Value::from("rgb(230, 237, 243)"), "and its looks are there all the same");
    // Tab completes, and behind Escape it leads out.
    browser.press(KEYS, &format!("cat pol{TAB}")).await;
    shown(&browser, "cat policy.yaml").await;
    browser.press(KEYS, &format!("{ESCAPE}{TAB}")).await;
    browser
        .wait_until(
            "return document.activeElement !== document.body && document.activeElement?.closest('.screen') === null",
        )
        .await;
}
