//! A real browser: headless Chromium, driven through chromedriver.
//!
//! Most of a browser is its own windows, which no test looks at and which take seconds to start. What renders pages and
//! runs their scripts is there without them as well: Chromium's headless shell. Settings of a person need the whole.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::{Client, ClientBuilder, Locator};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to show what it should; generous, because it only matters when it fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a page is asked whether it shows something.
const GLANCE: Duration = Duration::from_millis(20);

/// Runs before anything of a page: what the page's own policy refuses is remembered.
const REMEMBER_REFUSALS: &str = r"
    window.refusedByPolicy = [];
    addEventListener('securitypolicyviolation', (event) => {
        window.refusedByPolicy.push(`${event.violatedDirective} refuses ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
    });
";

/// Keys as WebDriver writes them. A modifier is held until `END_OF_KEYS`.
pub(crate) const TAB: &str = "\u{E004}";
pub(crate) const ENTER: &str = "\u{E007}";
pub(crate) const SHIFT: &str = "\u{E008}";
pub(crate) const ESCAPE: &str = "\u{E00C}";
pub(crate) const LEFT: &str = "\u{E012}";
pub(crate) const RIGHT: &str = "\u{E014}";
pub(crate) const END_OF_KEYS: &str = "\u{E000}";
const MODIFIERS: &str = "\u{E008}\u{E009}\u{E00A}";

/// Starts chromedriver on a free port; nothing when it ends without saying which.
fn start_driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test needs Debian's chromium-driver (lab-checker/test installs it)");
    let stdout = BufReader::new(driver.stdout.take().expect("stdout is piped"));
    let port = stdout
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
    if port.is_none() {
        let _ = driver.kill();
        let _ = driver.wait();
    }
    Some((driver, port?))
}

/// A program that starts the headless shell with a page: its driver waits for one, which the shell does not open by itself.
fn shell_with_a_page(folder: &Path) -> PathBuf {
    let program = folder.join("shell");
    std::fs::write(&program, "#!/bin/sh\nexec chromium-headless-shell \"$@\" about:blank\n").expect("a file");
    std::fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("a program");
    program
}

/// Chromium with a profile of its own. It ends with the test.
pub(crate) struct Browser {
    driver: Child,
    /// Of the driver.
    port: u16,
    profile: TempDir,
    pub(crate) page: Client,
}

impl Browser {
    /// A browser as it comes.
    pub(crate) async fn open() -> Self {
        let profile = TempDir::with_prefix("lab-checker-browser-").expect("a temporary folder");
        let shell = json!({ "binary": shell_with_a_page(profile.path()) });
        Self::start(profile, shell).await
    }

    /// A browser that runs no scripts of pages.
    pub(crate) async fn without_scripts() -> Self {
        Self::with_settings(json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    /// A browser with settings that a person can make, by the names that Chromium keeps them under.
    pub(crate) async fn with_settings(settings: Value) -> Self {
        let profile = TempDir::with_prefix("lab-checker-browser-").expect("a temporary folder");
        Self::start(profile, json!({ "prefs": settings })).await
    }

    /// Starts chromedriver on a free port, and Chromium through it.
    async fn start(profile: TempDir, mut options: Value) -> Self {
        // The driver is given a free port of IPv4 and then wants the same one of IPv6. Where another program has
        // just taken that, it ends before it has begun, and is asked again.
        let (driver, port) = (0..5).find_map(|_| start_driver()).expect("chromedriver says its port");
        options["args"] = json!([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // What drops down from the address bar is pages too, which are loaded before anybody types there.
            "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
            "--window-size=1280,1600",
            format!("--user-data-dir={}", profile.path().display()),
        ]);
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities([("goog:chromeOptions".to_owned(), options)].into_iter().collect())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts (lab-checker/test installs Debian's chromium and chromium-headless-shell)");
        let browser = Self { driver, port, profile, page };
        browser.before_each_page(REMEMBER_REFUSALS).await;
        browser
    }

    /// Runs a script before anything of each page that is opened from now on.
    pub(crate) async fn before_each_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// WebDriver has no command for this; Chromium's driver hands it over to the browser.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let session = self.page.session_id().await.expect("a session").expect("a session has begun");
        let body = json!({ "cmd": command, "params": parameters });
        let url = format!("http://127.0.0.1:{}/session/{session}/goog/cdp/execute", self.port);
        let request = http::Request::post(url).body(body.to_string()).expect("a request");
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http::<String>();
        let answer = client.request(request).await.expect("chromedriver answers");
        assert!(answer.status().is_success(), "{command}: {answer:?}");
        let body = answer.into_body().collect().await.expect("an answer has a body").to_bytes();
        let mut answer: Value = serde_json::from_slice(&body).expect("an answer is JSON");
        answer["value"].take()
    }

    /// Makes what the page is shown in so wide. A window of a screen that is not there takes ten times as long to become
    /// another size.
    pub(crate) async fn widen(&self, width: u32) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 0, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Makes the window so wide, where it is looked at how pages come: those that come into an emulated size are laid out
    /// twice now and then.
    pub(crate) async fn resize(&self, width: u32) {
        self.page.set_window_size(width, 900).await.expect("a window has a size");
    }

    /// Presses keys wherever the focus is, as a person does.
    pub(crate) async fn keys(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        let mut held = Vec::new();
        for key in keys.chars() {
            if END_OF_KEYS.contains(key) {
                actions = held.drain(..).fold(actions, |actions, value| actions.then(KeyAction::Up { value }));
                continue;
            }
            actions = actions.then(KeyAction::Down { value: key });
            if MODIFIERS.contains(key) {
                held.push(key);
            } else {
                actions = actions.then(KeyAction::Up { value: key });
            }
        }
        self.page.perform_actions(actions).await.expect("keys can be pressed");
    }

    /// Every journey ends where a page breaks the policy that it was sent with.
    pub(crate) async fn heed_the_policy(&self) {
        let refused = self.script("return window.refusedByPolicy ?? []", vec![]).await;
        assert_eq!(refused, json!([]), "the page's own policy refuses something");
    }

    /// Opens an address.
    pub(crate) async fn goto(&self, url: &str) {
        self.heed_the_policy().await;
        self.page.goto(url).await.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Runs a script in the page.
    pub(crate) async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.page.execute(script, arguments).await.unwrap_or_else(|error| panic!("{error} in\n{script}"))
    }

    /// Runs a script that ends when it calls `arguments[arguments.length - 1]`.
    pub(crate) async fn script_to_its_end(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.page.execute_async(script, arguments).await.unwrap_or_else(|error| panic!("{error} in\n{script}"))
    }

    /// Waits until a script in the page says something true.
    pub(crate) async fn wait_until(&self, script: &str) {
        let start = std::time::Instant::now();
        while self.script(script, vec![]).await != true {
            if start.elapsed() > PATIENCE {
                panic!("never `{script}` in the page:\n{}", self.text().await);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Presses keys on an element, as a person does.
    pub(crate) async fn press(&self, css: &str, keys: &str) {
        let element = self.wait_for(css).await;
        element.send_keys(keys).await.unwrap_or_else(|error| panic!("no keys for `{css}`: {error}"));
    }

    /// Waits until an element is there, and clicks it.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.wait_for(css).await;
        // Clicked from a script, so that a sticky header in front of it does not matter.
        let element = serde_json::to_value(element).expect("an element is JSON");
        self.page.execute("arguments[0].click()", vec![element]).await.expect("a click");
    }

    /// Waits until an element is there.
    pub(crate) async fn wait_for(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.page.wait().at_most(PATIENCE).every(GLANCE).for_element(Locator::Css(css)).await;
        self.heed_the_policy().await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("no `{css}` in the page: {error}\n{}", self.text().await),
        }
    }

    /// The text that the page shows.
    pub(crate) async fn text(&self) -> String {
        let text = self.page.execute("return document.body.innerText", vec![]).await.expect("a page has text");
        text.as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves Chromium behind; one that is told to end takes it along.
        if let Ok(mut told) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = told.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = told.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            let _ = told.read_to_end(&mut Vec::new());
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[tokio::test]
async fn nothing_of_a_browser_is_left_when_its_test_has_ended() {
    let browser = Browser::open().await;
    browser.goto("about:blank").await;
    let profile = browser.profile.path().display().to_string();
    let running = || {
        let processes = std::fs::read_dir("/proc").expect("Linux tells of processes").flatten();
        let lines = processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
        lines.filter(|line| line.contains(&profile)).count()
    };
    assert!(running() > 0, "Chromium runs with its profile");
    drop(browser);
    assert_eq!(running(), 0, "processes of Chromium are left");
}
