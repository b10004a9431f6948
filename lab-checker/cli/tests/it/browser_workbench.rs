//! What a lab's page does beyond applying and checking: two drafts that differ are both offered, a line shows the
//! arrows that it opens and an arrow the line that decides it, a probe prints what curl does, and who passes sees
//! their answer beside ours. All of it under `style-src 'self'`.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const CONTENT: &str = "document.querySelector('.code-editor').shadowRoot.querySelector('.cm-content')";
const OTHER: &str = ".other-note:not([hidden])";
const THEIRS: &str = "# from another device\n";
const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: only-web
  namespace: production
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: web
";
/// The line of `- podSelector:`, which lets flows in.
const PEER: &str = "11";

/// Keeps a draft as another device does, on top of the newest version.
const ON_ANOTHER_DEVICE: &str = r"
    const [lab, text, done] = arguments;
    const path = `/api/v1/labs/${lab}/draft`;
    const put = async ({ version }) => {
        const body = JSON.stringify({ text, version });
        const answer = await fetch(path, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
        return answer.ok || `${answer.status}`;
    };
    const fetch = window.onTime ?? window.fetch;
    fetch(path).then((answer) => answer.json()).then(put).then(done, (error) => done(String(error)));
";

/// A network that loses the answers to what is written, is late with what is read, or holds what is written until it is
/// let go.
const NETWORK: &str = r"
    const real = window.fetch.bind(window);
    window.onTime = real;
    window.fetch = async (path, options) => {
        const [way, method] = [sessionStorage.getItem('network'), options?.method ?? 'GET'];
        if (!String(path).endsWith('/draft')) return real(path, options);
        if (way === 'holds' && method === 'PUT') await new Promise((letGo) => { window.letGo = letGo; });
        const answer = await real(path, options);
        if (way === 'loses' && method === 'PUT') throw new TypeError('lost');
        if (way === 'is late' && method === 'GET') await new Promise((wait) => setTimeout(wait, 1500));
        if (method === 'GET') setTimeout(() => { window.hasRead = true; });
        return answer;
    };
";

/// Remembers what the page's own policy refuses from now on.
const WATCH: &str = "window.refusals = [];
    addEventListener('securitypolicyviolation', (event) => refusals.push(event.violatedDirective)); return true";

struct Bench {
    browser: Browser,
    url: String,
    lab: &'static str,
}

impl Bench {
    async fn open(serving: &Serving, lab: &'static str) -> Self {
        let bench = Self { browser: Browser::open().await, url: format!("{}/labs/{lab}", serving.url), lab };
        bench.browser.goto(&bench.url).await;
        bench.browser.click("button[value=start]").await;
        bench.ready().await;
        bench
    }

    async fn ready(&self) {
        self.browser.wait_for(".code-editor").await;
        self.browser.wait_until(&format!("return Boolean({CONTENT})")).await;
    }

    async fn text(&self) -> String {
        let text = self.browser.script("return document.querySelector('#yaml').value", vec![]).await;
        text.as_str().expect("an editor has a text").to_owned()
    }

    /// Writes another text, as whatever fills in the form's field does.
    async fn write(&self, text: &str) {
        let script = "const field = document.querySelector('#yaml'); field.value = arguments[0];
            field.dispatchEvent(new Event('input', { bubbles: true })); return true";
        self.browser.script(script, vec![json!(text)]).await;
    }

    async fn is_kept(&self) {
        self.browser
            .wait_until("return document.querySelector('.draft-note').innerText.includes('kept for you')")
            .await;
    }

    async fn on_another_device(&self, text: &str) {
        let kept = self.browser.script_to_its_end(ON_ANOTHER_DEVICE, vec![json!(self.lab), json!(text)]).await;
        assert_eq!(kept, true, "another device keeps its draft");
    }
}

#[tokio::test]
async fn two_drafts_that_differ_are_both_offered() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(&serving, "default-deny").await;
    let browser = &bench.browser;

    // Nothing was written here: the other device's draft is gone on with.
    bench.on_another_device(THEIRS).await;
    browser.goto(&bench.url).await;
    bench.ready().await;
    browser.wait_until(&format!("return document.querySelector('#yaml').value === {}", json!(THEIRS))).await;

    // Written here and there: nothing is overwritten, and the reader chooses.
    for keeps_this in [true, false] {
        let mine = format!("# mine, {keeps_this}\n");
        bench.write(&mine).await;
        bench.is_kept().await;
        let theirs = format!("{THEIRS}# again, {keeps_this}\n");
        bench.on_another_device(&theirs).await;
        let newer = format!("{mine}# and more\n");
        bench.write(&newer).await;
        browser.wait_for(OTHER).await;
        assert_eq!(bench.text().await, newer, "what is typed stays");
        browser.click(if keeps_this { "button.keep-this" } else { "button.show-other" }).await;
        browser.wait_until("return document.querySelector('.other-note').hidden").await;
        let is_lost = "return document.activeElement === document.body";
        assert_eq!(browser.script(is_lost, vec![]).await, false, "the button has gone, and the focus is in the text");
        let (chosen, aside) = if keeps_this { (&newer, &theirs) } else { (&theirs, &newer) };
        assert_eq!(&bench.text().await, chosen);
        bench.is_kept().await;
        browser.click(".kept-note:not([hidden]) button.bring-back").await;
        assert_eq!(&bench.text().await, aside, "the other one can be brought back");
        browser.goto(&bench.url).await;
        bench.ready().await;
        assert_eq!(&bench.text().await, aside, "and is a draft");
    }
}

/// What this browser has sent lately is its own, also when it did not hear that it has arrived.
#[tokio::test]
async fn a_draft_of_ones_own_is_not_offered_as_another_devices() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(&serving, "default-deny").await;
    let browser = &bench.browser;
    browser.before_each_page(NETWORK).await;
    let is = async |network: &str| {
        browser.script("sessionStorage.setItem('network', arguments[0]); return true", vec![json!(network)]).await;
    };
    let again = async || {
        browser.goto(&bench.url).await;
        bench.ready().await;
    };
    let has_arrived = async |text: &str| {
        let script = format!(
            "return onTime('/api/v1/labs/default-deny/draft').then((answer) => answer.json())
                .then(({{ text }}) => text === {})",
            json!(text)
        );
        browser.wait_until(&script).await;
    };
    let nobody_else_wrote = async |text: &str| {
        bench.is_kept().await;
        has_arrived(text).await;
        assert_eq!(bench.text().await, text);
        let other = browser.script("return document.querySelector('.other-note').hidden", vec![]).await;
        assert_eq!(other, true, "{text} meets nobody else's");
    };

    is("loses").await;
    again().await;
    bench.write("# one\n").await;
    has_arrived("# one\n").await;
    bench.write("# one, two\n").await;
    has_arrived("# one\n").await;
    is("works").await;
    bench.write("# one, two, three\n").await;
    nobody_else_wrote("# one, two, three\n").await;

    // The draft is read when the page begins, and something is written before it is there.
    is("is late").await;
    again().await;
    bench.write("# four\n").await;
    bench.is_kept().await;
    browser.wait_until("return window.hasRead === true").await;
    nobody_else_wrote("# four\n").await;

    // The last words of a page arrive after the next one has read.
    is("holds").await;
    bench.write("# five\n").await;
    browser.wait_until("return Boolean(window.letGo)").await;
    again().await;
    bench.write("# six\n").await;
    browser.wait_until("return window.hasRead && Boolean(window.letGo)").await;
    bench.on_another_device("# five\n").await;
    is("works").await;
    browser.script("window.letGo(); return true", vec![]).await;
    nobody_else_wrote("# six\n").await;
}

#[tokio::test]
async fn another_tab_goes_on_with_what_is_typed_in_this_one() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(&serving, "default-deny").await;
    let page = &bench.browser.page;
    let first = page.window().await.expect("a window");
    let second = page.new_window(true).await.expect("another tab").handle;
    page.switch_to_window(second.clone()).await.expect("the other tab");
    bench.browser.goto(&bench.url).await;
    bench.ready().await;
    page.switch_to_window(first).await.expect("the first tab");
    bench.write("# in one tab\n").await;
    bench.is_kept().await;
    page.switch_to_window(second).await.expect("the other tab");
    bench.browser.wait_until("return document.querySelector('#yaml').value === '# in one tab\\n'").await;
    bench.write("# in one tab\n# and in the other\n").await;
    bench.is_kept().await;
    assert_eq!(bench.browser.script("return document.querySelector('.other-note').hidden", vec![]).await, true);
}

#[tokio::test]
async fn lines_and_arrows_point_at_each_other() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(&serving, "default-deny").await;
    let browser = &bench.browser;
    browser.script(WATCH, vec![]).await;

    // Typed over what is selected, with real keys.
    let type_over = format!("{CONTENT}.focus(); return true");
    browser.script(&type_over, vec![]).await;
    let active = browser.page.active_element().await.expect("the editor");
    active.send_keys("\u{E009}a\u{E000}x").await.expect("keys");
    browser.wait_until("return document.querySelector('#yaml').value === 'x'").await;
    bench.write(POLICY).await;
    let web = "[data-picture] .arrow[data-from='production/web'][data-to='production/api']";
    browser.wait_for(web).await;

    // The line that lets web in lights up its arrows, and no others.
    let point = r"
        const lines = document.querySelector('.code-editor').shadowRoot.querySelectorAll('.cm-line');
        const { left, top, height } = lines[arguments[0] - 1].getBoundingClientRect();
        lines[arguments[0] - 1].dispatchEvent(new MouseEvent('mousemove',
            { bubbles: true, composed: true, clientX: left + 20, clientY: top + height / 2 }));
        const lit = [...document.querySelectorAll('[data-picture] .lit')].map((arrow) => arrow.dataset.from);
        return lit.length > 0 && lit.every((from) => from === 'production/web')";
    browser.wait_until(&point.replace("arguments[0]", PEER)).await;

    // The arrow says why, and lights up what decides it.
    let href = "return document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))";
    browser.script(href, vec![json!(web)]).await;
    browser
        .wait_until("return document.querySelector('#why').innerText.includes('production/web → production/api')")
        .await;
    let lit = "const line = document.querySelector('.code-editor').shadowRoot.querySelector('.cm-lit');
        return line !== null && line.textContent.includes('podSelector')";
    browser.wait_until(lit).await;
    assert_eq!(browser.script("return location.search", vec![]).await, "", "all in place");
    assert_eq!(browser.script("return refusals", vec![]).await, Value::Array(vec![]), "style-src 'self' holds");
}

#[tokio::test]
async fn a_probe_and_a_passed_lab() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(&serving, "default-deny").await;
    let browser = &bench.browser;
    let solution = terminal.run("solution default-deny").exits(0).stdout;
    browser.wait_for("form[data-probe]:not([hidden])").await;
    browser.click("form[data-probe] button").await;
    browser.wait_until("return /\\$ (curl|nc) /.test(document.querySelector('[data-probe-output]').innerText)").await;

    bench.write(&solution).await;
    browser.click("#editor button[value=check]").await;
    browser.wait_for("#report .verdict.good").await;
    browser.wait_for("#report .passed-beside").await;
    let said = "return document.querySelector('.passed-beside p').textContent";
    assert_eq!(browser.script(said, vec![]).await, "Word for word the same as ours.");
    browser.wait_for("[data-next] a.button").await;

    // The attack of the story, tried once more in the learner's own world.
    browser.wait_for(".attack [data-attack-now] pre").await;
    let told = browser.script("return document.querySelector('.attack').innerText", vec![]).await;
    let told = told.as_str().expect("a text");
    for part in
        ["dev/intruder", "dev/intruder $ curl -sS -m 2 http://10.244.", "curl: (28) ", "every path that the API knows"]
    {
        assert!(told.contains(part), "{part:?} in {told}");
    }
    let facts = browser.script("return document.querySelector('[data-facts]').innerText", vec![]).await;
    assert!(facts.as_str().is_some_and(|facts| facts.contains("your best: 10")), "{facts}");
    let undone = "return document.querySelectorAll('.checklist li:not(.done)').length === 0";
    browser.wait_until(undone).await;
}

#[tokio::test]
async fn what_came_with_kubectl_stays_when_a_draft_of_before_is_applied() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let bench = Bench::open(&serving, "default-deny").await;
    let browser = &bench.browser;
    let applied = async || {
        browser.click("#editor button[value=apply]").await;
        browser.wait_for(".applied-live .applied.good").await;
    };
    let policies = || terminal.kubectl("get networkpolicies -n production -o name").exits(0).stdout;
    bench.write(POLICY).await;
    applied().await;
    bench.write(&POLICY.replace("only-web", "other-name")).await;
    bench.is_kept().await;
    terminal.file("kubectl.yaml", POLICY.replace("only-web", "with-kubectl"));
    terminal.kubectl("apply -f kubectl.yaml").exits(0);
    browser.goto(&bench.url).await;
    bench.ready().await;
    applied().await;
    let there = policies();
    assert!(there.contains("with-kubectl") && there.contains("other-name"), "{there}");
    assert!(!there.contains("only-web"), "what this editor had brought is renamed: {there}");
}
