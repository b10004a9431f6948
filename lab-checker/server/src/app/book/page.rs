//! A page of the book as this server sends it: with the bar that all pages have, how long each chapter takes, and
//! no style that stands in the page.

use std::collections::BTreeMap;

use course::{ActivityKind, Course};

/// What the book needs to run besides its own scripts: the one that makes quizzes and labs live.
const SCRIPT: &str = "<script type=\"module\" src=\"/assets/course.js\"></script>\n";
/// Where the book's template leaves room for links.
const LINKS: [&str; 2] = ["<!-- a server puts its links here -->", "<!-- so far -->"];
/// How many words people read in a minute, of a text that wants to be thought about.
const WORDS_A_MINUTE: usize = 180;

/// What is said about chapters beside their titles, by the pages they are.
#[derive(Debug)]
pub(super) struct Contents(BTreeMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    name: String,
    minutes: usize,
    /// Its labs and quizzes: `lab:default-deny quiz:default-deny`.
    activities: String,
}

impl Contents {
    /// Of a course, with the rendered pages by their path.
    pub(super) fn new<'a>(course: &Course, page: impl Fn(&str) -> Option<&'a [u8]>) -> Self {
        let entry = |chapter: &course::Chapter| {
            let text = page(&chapter.page).map(String::from_utf8_lossy).unwrap_or_default();
            let labs = chapter.activities.iter().filter(|activity| activity.kind == ActivityKind::Lab);
            let at_work: usize = labs.filter_map(|lab| course.lab(&lab.name)).map(|lab| lab.minutes as usize).sum();
            let activities = chapter.activities.iter().map(|activity| match activity.kind {
                ActivityKind::Lab => format!("lab:{}", activity.name),
                ActivityKind::Quiz => format!("quiz:{}", activity.name),
            });
            Entry {
                name: chapter.name.clone(),
                minutes: words(main_of(&text)).div_ceil(WORDS_A_MINUTE).max(1) + at_work,
                activities: activities.collect::<Vec<_>>().join(" "),
            }
        };
        Self(course.chapters.iter().map(|chapter| (chapter.page.clone(), entry(chapter))).collect())
    }

    /// The page at this path, as it is sent.
    pub(super) fn complete(&self, path: &str, page: &str) -> String {
        let root = "../".repeat(path.matches('/').count());
        let page = with_links(page);
        let page = match page.split_once("<nav id=\"contents\"") {
            Some((before, rest)) => {
                let (contents, after) = rest.split_once("</nav>").unwrap_or((rest, ""));
                format!("{before}<nav id=\"contents\"{}</nav>{after}", self.told(path, &root, contents))
            }
            None => page,
        };
        let mut page = without_styles(&page);
        let place = page.rfind("</body>").unwrap_or(page.len());
        page.insert_str(place, SCRIPT);
        page
    }

    /// The table of contents: links that work from this page, and what each chapter takes.
    fn told(&self, path: &str, root: &str, contents: &str) -> String {
        let mut out = String::with_capacity(contents.len() * 2);
        for (place, part) in contents.split("<a href=\"").enumerate() {
            let link = part.split_once("\">").and_then(|(page, rest)| Some((page, self.0.get(page)?, rest)));
            match (place, link) {
                (0, _) => out.push_str(part),
                (_, None) => out.push_str(&format!("<a href=\"{part}")),
                (_, Some((page, entry, rest))) => {
                    let current = if page == path { " aria-current=\"page\"" } else { "" };
                    let (title, after) = rest.split_once("</a>").unwrap_or((rest, ""));
                    out.push_str(&format!(
                        "<a href=\"{root}{page}\" data-chapter=\"{}\" data-activities=\"{}\"{current}>{title} \
                         <span class=\"takes\">{} min</span></a>{after}",
                        entry.name, entry.activities, entry.minutes
                    ));
                }
            }
        }
        out
    }
}

/// The links of every page in the place of the book's own.
fn with_links(page: &str) -> String {
    let links = "<a class=\"brand\" href=\"/\"><img src=\"/assets/favicon.svg\" alt=\"\" width=\"26\" height=\"26\"> ";
    let [from, to] = LINKS;
    let Some((before, rest)) = page.split_once(from) else { return page.to_owned() };
    let Some((own, after)) = rest.split_once(to) else { return page.to_owned() };
    let title = own.rsplit_once("> ").map_or(own, |(_, title)| title);
    format!(
        "{before}{links}{title}<div class=\"top-links\"><a href=\"/\">Progress</a> <a href=\"/book/\">Book</a></div>{after}"
    )
}

/// mdBook begins a chapter of the printed book on a new page with a style that stands in the page; its own theme, which
/// other courses may use, ends its arrows with one.
fn without_styles(page: &str) -> String {
    page.replace("style=\"break-before: page; page-break-before: always;\"", "class=\"page-break\"")
        .replace(" style=\"clear: both\"", "")
}

fn main_of(page: &str) -> &str {
    let main = page.split_once("<main").map_or(page, |(_, main)| main);
    main.split_once("</main>").map_or(main, |(main, _)| main)
}

/// How many words stand between tags.
fn words(html: &str) -> usize {
    html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.split_whitespace().count()).sum()
}
