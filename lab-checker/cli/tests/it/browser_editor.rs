//! The editor of a lab, as a person uses it: it lives in a shadow root, and takes keys when it has the focus.

use serde_json::json;

use crate::browser::Browser;
pub(crate) use crate::browser::END_OF_KEYS;

/// Keys as WebDriver writes them. A modifier is held until `END_OF_KEYS`.
pub(crate) const CONTROL: &str = "\u{E009}";
const END: &str = "\u{E010}";
const DELETE: &str = "\u{E017}";

const FOCUS: &str = "document.querySelector('.code-editor').shadowRoot.querySelector('.cm-content').focus()";

const PASTE: &str = r"
    const content = document.querySelector('.code-editor').shadowRoot.querySelector('.cm-content');
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', arguments[0]);
    content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
";

/// What stands in it, which is what its form would send.
pub(crate) async fn text(browser: &Browser) -> String {
    browser.wait_for(".code-editor").await;
    let text = browser.script("return document.querySelector('#yaml').value", vec![]).await;
    text.as_str().expect("an editor has a text").to_owned()
}

/// Presses keys in it, where the cursor is.
pub(crate) async fn press(browser: &Browser, keys: &str) {
    browser.wait_for(".code-editor").await;
    browser.script(FOCUS, vec![]).await;
    browser.keys(keys).await;
}

/// Types at the end of the text.
pub(crate) async fn type_at_end(browser: &Browser, keys: &str) {
    press(browser, &format!("{CONTROL}{END}{END_OF_KEYS}{keys}")).await;
}

/// Replaces the text as pasting does.
pub(crate) async fn replace(browser: &Browser, text: &str) {
    press(browser, &format!("{CONTROL}a{END_OF_KEYS}")).await;
    if text.is_empty() {
        press(browser, DELETE).await;
    } else {
        browser.script(PASTE, vec![json!(text)]).await;
    }
}
