//! The book in a real browser: for everybody, found with a search, ticked as one goes; and quizzes that keep what was
//! answered, ask about what was not, and tell when they are asked to.

use crate::browser::Browser;
use crate::browser_axe::Visit;
use crate::serving::Serving;
use crate::terminal::Terminal;

const LESSON: &str = "/book/no-isolation.html";
const SEARCH: &str = r"
    document.querySelector('.search-open').click();
    const input = document.querySelector('#search-words');
    input.value = 'egress';
    input.dispatchEvent(new Event('input'));
";
/// Chooses the first option of the first question, as a click does.
const CHOOSE: &str = "document.querySelector('form.quiz label.option input').click()";
const CHOSEN: &str = "return document.querySelectorAll('form.quiz label.option input:checked').length";

#[tokio::test]
async fn the_book_is_for_everybody() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let mut visit = Visit::begin(&serving).await;
    for path in ["/book/", LESSON, "/book/default-deny.html", "/book/cheat-sheet.html", "/book/nowhere.html"] {
        visit.page(path).await;
    }
    visit.browser.goto(&format!("{}{LESSON}", serving.url)).await;
    visit.browser.script(SEARCH, vec![]).await;
    visit.browser.wait_for("#search-results a").await;
    visit.look("the search").await;
    visit.ends();
}

#[tokio::test]
async fn the_contents_are_ticked_and_have_minutes() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    browser.goto(&format!("{}/book/introduction.html", serving.url)).await;
    browser.wait_for("#contents a.done[data-chapter=introduction]").await;
    browser.wait_for(".top .who").await;
    browser.wait_for(".top a.standing").await;
    let minutes = "return [...document.querySelectorAll('#contents .takes')].every((each) => /^[0-9]+ min$/.test(each.textContent))";
    assert_eq!(browser.script(minutes, vec![]).await, true);
    let ticked = "return document.querySelectorAll('#contents a.done').length";
    assert_eq!(browser.script(ticked, vec![]).await, 1, "nothing else is done");
    browser.heed_the_policy().await;
}

#[tokio::test]
async fn the_book_can_be_read_without_a_script() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::without_scripts().await;
    for (width, contents) in [(1440, ""), (500, "#contents")] {
        browser.widen(width).await;
        browser.goto(&format!("{}{LESSON}{contents}", serving.url)).await;
        let link = browser.wait_for("#contents a[href='default-deny.html']").await;
        assert!(link.is_displayed().await.expect("a link is shown or not"), "at {width} px");
        link.click().await.expect("a link can be clicked");
        let path = browser.page.current_url().await.expect("an address").path().to_owned();
        assert_eq!(path, "/book/default-deny.html");
    }
}

#[tokio::test]
async fn a_quiz_keeps_what_was_answered_and_asks_about_the_rest() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let browser = Browser::open().await;
    let lesson = format!("{}{LESSON}", serving.url);
    browser.goto(&lesson).await;
    browser.script(CHOOSE, vec![]).await;
    browser.goto(&lesson).await;
    assert_eq!(browser.script(CHOSEN, vec![]).await, 1, "what was chosen is there again");

    browser.click("form.quiz button[type=submit]").await;
    browser.wait_for("form.quiz .unanswered a").await;
    let attempts = "const [done] = arguments; fetch('/api/v1/me').then((me) => me.json()).then((me) => done(me.quizzes.reduce((sum, quiz) => sum + quiz.attempts, 0)))";
    assert_eq!(browser.script_to_its_end(attempts, vec![]).await, 0, "nothing was handed in");

    browser.click("form.quiz label.each input").await;
    browser.click("form.quiz fieldset:has(input:checked) button.check-one").await;
    browser.wait_for("form.quiz fieldset:is(.correct, .wrong) .result strong").await;
    assert_eq!(browser.script_to_its_end(attempts, vec![]).await, 0, "feedback is no attempt");

    browser.click("form.quiz button[type=submit]").await;
    browser.click("form.quiz button.anyway").await;
    browser.wait_for("form.quiz output .score").await;
    assert_eq!(browser.script_to_its_end(attempts, vec![]).await, 1);
    browser.goto(&lesson).await;
    assert_eq!(browser.script(CHOSEN, vec![]).await, 0, "what is handed in is not kept here");
    assert_eq!(
        browser.script("return document.querySelector('.each input').checked", vec![]).await,
        true,
        "the choice is kept"
    );
    browser.heed_the_policy().await;
}
