//! What is printed: the task, the report and the certificate, whole, black on white, and nothing that is there to be
//! pressed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_site::Site;

/// What would be wrong on paper, in words.
const FAULTS: &str = r"
    const faults = [];
    const name = (element) => element.outerHTML.slice(0, 90);
    const shown = (element) => element.checkVisibility({ visibilityProperty: true });
    const screen = '.top, .foot, .skip, .crumb, nav, button, select, textarea, a.button, .code-editor, .dock, .probe, [role=tablist]';
    for (const element of document.querySelectorAll(screen)) if (shown(element)) faults.push(`of no use on paper: ${name(element)}`);
    const told = '.lab-task, .lab-task *, .checklist li, #report .verdict, #report .message, .lab-hint, .chapter h2, .chip, .certificate *';
    for (const element of document.querySelectorAll(told)) {
        if (element.closest('.visually-hidden, .copy, svg')) continue;
        if (!shown(element) || element.getBoundingClientRect().height === 0) faults.push(`left out: ${name(element)}`);
    }
    for (const element of document.querySelectorAll('main, main *')) {
        if (!shown(element) || element.closest('.visually-hidden, svg')) continue;
        const style = getComputedStyle(element);
        const cut = style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1
            || style.overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1;
        if (cut && element.clientWidth > 1) faults.push(`cut: ${name(element)}`);
    }
    const light = (colour) => {
        const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
        const scale = colour.startsWith('color(') ? 255 : 1;
        return (0.2126 * red + 0.7152 * green + 0.0722 * blue) * scale * alpha + 255 * (1 - alpha);
    };
    for (const element of document.querySelectorAll('html, body, main, main *')) {
        if (!shown(element) || element.closest('svg, progress')) continue;
        const { color, backgroundColor } = getComputedStyle(element);
        const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (hasText && light(color) > 110) faults.push(`not black: ${color} ${name(element)}`);
        if (light(backgroundColor) < 225) faults.push(`not white: ${backgroundColor} ${name(element)}`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`${scrollWidth - clientWidth} px wider than the paper`);
    return faults;
";

const IN_THEME: &str = "localStorage.setItem('mdbook-theme', arguments[0])";

/// How many pages a printer is given.
async fn pages(browser: &Browser) -> usize {
    let printed = browser.devtools("Page.printToPDF", json!({ "preferCSSPageSize": true })).await;
    let bytes = STANDARD.decode(printed["data"].as_str().expect("a file")).expect("base64");
    assert!(bytes.starts_with(b"%PDF-"));
    let text = String::from_utf8_lossy(&bytes);
    text.matches("/Type /Page\n").count() + text.matches("/Type /Page ").count()
}

#[tokio::test]
async fn what_is_printed_is_whole_and_black_on_white() {
    let site = Site::open().await;
    let printed = ["progress", "certificate", "a lab", "everything of a lab", "a failed check", "a passed check"];
    let kinds = site.all();
    let mut faults = Vec::new();
    for theme in ["light", "navy"] {
        site.browser.script(IN_THEME, vec![json!(theme)]).await;
        for kind in kinds.iter().filter(|kind| printed.contains(&kind.name)) {
            for width in [390, 1440] {
                site.browser.widen(width).await;
                site.come_to(kind).await;
                site.go_on(kind).await;
                // The paper is as wide as the window.
                site.browser.widen(800).await;
                site.browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
                let found = site.browser.script(FAULTS, vec![]).await;
                let found = found.as_array().expect("faults are a list").iter().filter_map(Value::as_str);
                faults.extend(found.map(|fault| format!("{} from {width} px, {theme}: {fault}", kind.name)));
                site.browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
            }
            assert!(pages(&site.browser).await > 0, "{} has no page", kind.name);
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn a_certificate_is_one_page() {
    let site = Site::open().await;
    site.browser.goto(&format!("{}/certificate", site.url)).await;
    let certificates = site.browser.script("return document.querySelectorAll('.certificate').length", vec![]).await;
    assert_eq!(certificates, 1, "of the capstone");
    assert_eq!(pages(&site.browser).await, 1);
}
