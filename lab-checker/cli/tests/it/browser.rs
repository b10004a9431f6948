//! A real browser: headless Chromium, driven through chromedriver.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to show what it should; generous, because it only matters when it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs before anything of a page: what the page's own policy refuses is remembered.
const REMEMBER_REFUSALS: &str = r"
    window.refusedByPolicy = [];
    addEventListener('securitypolicyviolation', (event) => {
        window.refusedByPolicy.push(`${event.violatedDirective} refuses ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
    });
";

/// Chromium with a profile of its own. It ends with the test.
pub(crate) struct Browser {
    driver: Child,
    _profile: TempDir,
    pub(crate) page: Client,
}

impl Browser {
    /// Starts chromedriver on a free port, and Chromium through it.
    pub(crate) async fn open() -> Self {
        Self::with_settings(json!({})).await
    }

    /// The same with settings that a person can make, by the names that Chromium keeps them under.
    pub(crate) async fn with_settings(settings: Value) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Debian's chromium and chromium-driver (lab-checker/test installs them)");
        let stdout = BufReader::new(driver.stdout.take().expect("stdout is piped"));
        let port: u16 = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver says its port");
        let profile = TempDir::with_prefix("lab-checker-browser-").expect("a temporary folder");
        let options = json!({ "goog:chromeOptions": { "prefs": settings, "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=1280,1600", format!("--user-data-dir={}", profile.path().display()),
        ] } });
        let options = options.as_object().expect("options are an object").clone();
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(options)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts");
        remember_refusals(port, &page).await;
        Self { driver, _profile: profile, page }
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
        let found = self.page.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
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

/// WebDriver has no command for this; Chromium's driver hands it over to the browser.
async fn remember_refusals(port: u16, page: &Client) {
    let session = page.session_id().await.expect("a session").expect("a session has begun");
    let command = json!({
        "cmd": "Page.addScriptToEvaluateOnNewDocument",
        "params": { "source": REMEMBER_REFUSALS },
    });
    let request = http::Request::post(format!("http://127.0.0.1:{port}/session/{session}/goog/cdp/execute"));
    let request = request.body(command.to_string()).expect("a request");
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http::<String>();
    let answer = client.request(request).await.expect("chromedriver answers");
    assert!(answer.status().is_success(), "{answer:?}");
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium ends with its driver.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
