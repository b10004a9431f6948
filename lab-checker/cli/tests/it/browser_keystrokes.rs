//! From a keystroke to the picture, in a real browser and in every lab: a table for people. The budget of the server's
//! part stands in the benchmark of previews; here only what nobody would wait for fails.

use serde_json::json;

use crate::browser::Browser;
use crate::last_applied::labs;
use crate::serving::Serving;
use crate::terminal::Terminal;

/// How often each is measured.
const TIMES: usize = 7;
/// What nobody would wait for, on however busy a machine.
const LONGEST: f64 = 10_000.0;

/// Writes a text as a keystroke does, and tells after how many milliseconds the page shows what it would do: by its
/// picture, if that is another one then, and by what it says of the lines.
const MEASURE: &str = r"
    const [text, done] = arguments;
    const field = document.querySelector('#yaml');
    const reached = window.fetch;
    let began = 0;
    window.fetch = async (...asked) => {
        const answer = await reached(...asked);
        if (String(asked[0]).endsWith('/preview')) {
            window.fetch = reached;
            await answer.clone().text();
            // The page reads it in the same moment, and draws.
            setTimeout(() => requestAnimationFrame(() => done(performance.now() - began)));
        }
        return answer;
    };
    began = performance.now();
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
";

async fn measured(browser: &Browser, text: &str) -> Vec<f64> {
    let mut times = Vec::with_capacity(TIMES);
    // The first one is there for the page to become quiet.
    for at in 0..=TIMES {
        let typed = format!("{text}# {at}\n");
        let took = browser.script_to_its_end(MEASURE, vec![json!(typed)]).await;
        if at > 0 {
            times.push(took.as_f64().expect("a time"));
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

#[tokio::test]
async fn every_lab_shows_what_is_typed_while_it_is_typed() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    let mut table = format!("{:<28} {:>9} {:>9}\n", "keystroke to picture of", "median", "slowest");
    let mut slow = Vec::new();
    for lab in labs() {
        let text = terminal.run(&format!("solution {lab}")).exits(0).stdout;
        browser.goto(&format!("{}/labs/{lab}", serving.url)).await;
        browser.click("button[value=start]").await;
        browser.wait_for(".code-editor").await;
        let times = measured(&browser, &text).await;
        let (median, slowest) = (times[TIMES / 2], times[TIMES - 1]);
        table.push_str(&format!("{lab:<28} {median:>6.0} ms {slowest:>6.0} ms\n"));
        if median > LONGEST {
            slow.push(lab);
        }
    }
    print(&table);
    assert!(slow.is_empty(), "not live: {slow:?}\n{table}");
}

#[expect(clippy::print_stdout, reason = "the table is for people who run this test to read it")]
fn print(table: &str) {
    println!("{table}");
}
