//! Three labs in the browser and in real kubectl, and back: each page is about its own lab, and brings kubectl there.

use serde_json::json;

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const BRING: &str = "[data-elsewhere] button";
const LABS: [&str; 3] = ["default-deny", "deny-ingress", "no-enforcement"];

/// Whether the page offers to bring kubectl.
const OFFERED: &str = "return !document.querySelector('[data-elsewhere]').hidden";
const NOT_OFFERED: &str = "return document.querySelector('[data-elsewhere]').hidden";

async fn write(browser: &Browser, text: &str) {
    let script = "const area = document.querySelector('#yaml'); area.value = arguments[0]; \
                  area.dispatchEvent(new Event('input', { bubbles: true })); return true";
    browser.script(script, vec![json!(text)]).await;
}

#[tokio::test]
async fn three_labs_and_back() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    let open = async |lab: &str| browser.goto(&format!("{}/labs/{lab}", serving.url)).await;
    let namespaces = || terminal.kubectl("get namespaces -o name").exits(0).stdout;
    assert!(!namespaces().contains("production"), "kubectl begins in the sandbox");

    for lab in LABS {
        open(lab).await;
        browser.click(".start-card button").await;
        browser.wait_for("#editor").await;
        assert!(namespaces().contains("production"), "kubectl is in the world of {lab}");
        let solution = terminal.run(&format!("solution {lab}")).exits(0).stdout;
        if lab == "no-enforcement" {
            write(&browser, &solution).await;
        } else {
            terminal.file("solution.yaml", solution);
            terminal.kubectl("apply -f solution.yaml").exits(0);
            browser.wait_until("return document.querySelectorAll('table.map td.wrong').length === 0").await;
        }
        browser.click("#editor button[value=check]").await;
        browser.wait_for("#report .verdict.good").await;
    }

    // The first page is about the first lab still, and says that kubectl is not there.
    open(LABS[0]).await;
    assert_eq!(browser.script(OFFERED, vec![]).await, true);
    assert!(browser.text().await.contains("Your kubectl is in the world of “Believe the packet”"));
    browser.wait_until("return document.querySelectorAll('table.map td.wrong').length === 0").await;
    browser.click(BRING).await;
    browser.wait_until(NOT_OFFERED).await;
    assert!(terminal.kubectl("get networkpolicies -n production -o name").exits(0).stdout.contains("default-deny-all"));

    // What happens in a terminal is seen in the page: kubectl leaves, and comes back.
    terminal.run("start deny-ingress").exits(0).says("as you left it");
    browser.wait_until(OFFERED).await;
    assert!(browser.text().await.contains("Your kubectl is in the world of “deny-ingress”"));
    terminal.kubectl("delete networkpolicies --all -n production").exits(0);
    terminal.run("start default-deny").exits(0).says("as you left it");
    browser.wait_until(NOT_OFFERED).await;
    browser.wait_until("return document.querySelectorAll('table.map td.wrong').length === 0").await;

    // A reset asks, and takes this lab alone back.
    browser.script("window.confirm = () => true; return true", vec![]).await;
    browser.click("#editor button[value=reset]").await;
    browser.wait_until(NOT_OFFERED).await;
    browser.wait_until("return document.querySelectorAll('table.map td.wrong').length > 0").await;
    assert_eq!(terminal.kubectl("get networkpolicies -n production -o name").exits(0).stdout, "");
    terminal.run("check no-enforcement").exits(0);
    browser.page.clone().close().await.expect("the browser closes");
}
