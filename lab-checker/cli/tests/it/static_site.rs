//! `course build --site`: the whole course as files.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use course::Course;

use crate::terminal::{Ran, Terminal};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// The engine for browsers, as `lab-checker/wasm/build` makes it.
pub(crate) fn engine() -> PathBuf {
    let folder =
        std::env::var_os("LAB_CHECKER_ENGINE").map_or_else(|| root().join("lab-checker/wasm/dist"), PathBuf::from);
    assert!(folder.join("engine_bg.wasm").is_file(), "build the engine first: lab-checker/wasm/build");
    folder
}

/// Builds the site of the course into a folder.
pub(crate) fn build(terminal: &Terminal, out: &str, engine: &Path, arguments: &[&str]) {
    let course = root().display().to_string();
    let own = if arguments.contains(&"--course") { String::new() } else { format!("--course {course}") };
    let line = format!("course build --site {out} --engine {} {own} {}", engine.display(), arguments.join(" "));
    terminal.run(&line).exits(0).says("pages");
}

/// A folder that looks like the engine's, for tests that ask it nothing.
fn silent_engine(terminal: &Terminal) -> PathBuf {
    terminal.file("engine/engine.js", "export default async () => {};\n").file("engine/engine_bg.wasm", [0; 40_000]);
    terminal.path().join("engine")
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false => {
                    let path = entry.path();
                    let path = path.strip_prefix(folder).expect("it is below the folder");
                    found.insert(path.to_str().expect("a path is text").to_owned());
                }
            }
        }
    }
    found
}

/// The addresses in a page: of links, scripts, pictures and forms.
fn addresses(page: &str) -> Vec<String> {
    let tags = page.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
    let in_tag = |tag: &str| {
        let values = |name: &str| {
            tag.split(&format!(" {name}=\""))
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        ["href", "src", "action", "formaction"].iter().flat_map(|name| values(name)).collect::<Vec<_>>()
    };
    tags.flat_map(in_tag).map(|address| address.replace("&amp;", "&")).collect()
}

/// Which file an address means on a page at this path; nothing when it leads out of the site.
fn target(page: &str, address: &str, base: &str) -> Option<String> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let mut parts: Vec<&str> = match path.strip_prefix(base).filter(|_| address.starts_with('/')) {
        Some(_) => Vec::new(),
        None => page.split('/').collect(),
    };
    let rest = if address.starts_with('/') { path.strip_prefix(base)? } else { path };
    if path.is_empty() {
        return Some(page.to_owned());
    }
    if !address.starts_with('/') {
        parts.pop();
    }
    for part in rest.split('/') {
        match part {
            "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    Some(if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path })
}

#[test]
fn every_link_of_every_page_leads_to_a_file_below_any_base() {
    let terminal = Terminal::new();
    let engine = silent_engine(&terminal);
    for base in ["/", "/deep/er/"] {
        build(&terminal, "site", &engine, &["--base", base]);
        let folder = terminal.path().join("site");
        let all = files(&folder);
        let pages = all.iter().filter(|path| path.ends_with(".html"));
        let mut links = 0;
        for page in pages {
            let text = std::fs::read_to_string(folder.join(page)).expect("a page");
            for address in addresses(&text) {
                if address.contains("://") || address.starts_with("mailto:") || address.starts_with("data:") {
                    continue;
                }
                let is_absolute = address.starts_with('/');
                assert!(!is_absolute || (page == "404.html" && address.starts_with(base)), "{page}: {address}");
                let found =
                    target(page, &address, base).unwrap_or_else(|| panic!("{page}: {address} leads out of the site"));
                assert!(all.contains(&found), "{page}: {address} leads to {found}, which is not there");
                links += 1;
            }
        }
        assert!(links > 1000, "{links} links");
    }
}

#[test]
fn the_site_has_a_page_for_everything_and_says_what_it_is() {
    let terminal = Terminal::new();
    let engine = silent_engine(&terminal);
    build(&terminal, "site", &engine, &["--repository", "https://example.org/a/course.git"]);
    let folder = terminal.path().join("site");
    let all = files(&folder);
    let course = Course::load(&root()).expect("the course loads");
    for chapter in &course.chapters {
        assert!(all.contains(&format!("book/{}", chapter.page)), "{}", chapter.page);
    }
    for lab in &course.labs {
        assert!(
            all.contains(&format!("labs/{}/index.html", lab.name))
                && all.contains(&format!("engine/labs/{}.json", lab.name))
        );
    }
    for quiz in &course.quizzes {
        assert!(
            all.contains(&format!("quizzes/{}/index.html", quiz.name))
                && all.contains(&format!("engine/quizzes/{}.json", quiz.name))
        );
    }
    for file in [
        "index.html",
        "404.html",
        ".nojekyll",
        "sw.js",
        "engine/engine_bg.wasm.gz",
        "assets/editor.js.gz",
        "book/print.html",
    ] {
        assert!(all.contains(file), "{file}");
    }
    let front = std::fs::read_to_string(folder.join("index.html")).expect("a front page");
    for words in [
        "There are no grades",
        "the answers are part of",
        "git clone https://example.org/a/course.git",
        "cd course &amp;&amp; cargo run --release -- serve",
    ] {
        assert!(front.contains(words) || front.replace("&#38;", "&amp;").contains(words), "{words}");
    }
    for path in all.iter().filter(|path| path.ends_with(".html")) {
        let page = std::fs::read_to_string(folder.join(path)).expect("a page");
        let policy =
            page.split_once("Content-Security-Policy\" content=\"").and_then(|(_, rest)| rest.split('"').next());
        let policy = policy.unwrap_or_else(|| panic!("{path} has no policy"));
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("'unsafe"), "{path}: {policy}");
        assert!(!page.contains("/api/") && !page.contains("kubeconfig</a>"), "{path} speaks of a server");
    }
}

#[test]
fn what_cannot_be_built_says_what_to_do_and_writes_nothing() {
    let terminal = Terminal::new();
    let course = root().display().to_string();
    terminal
        .run(&format!("course build --site site --course {course}"))
        .exits(2)
        .warns("holds no engine for the page")
        .warns("lab-checker/wasm/build");
    assert!(!terminal.path().join("site").exists());
    let engine = silent_engine(&terminal).display().to_string();
    terminal.file("home/diary.txt", "dear diary");
    let build = |rest: &str| terminal.run(&format!("course build --course {course} --engine {engine} {rest}"));
    build("--site home").exits(2).warns("home is not empty and holds no site");
    build("--site site --base somewhere").exits(2).warns("`somewhere` is no path");
    build("--site site other").exits(2);
    assert!(terminal.path().join("home/diary.txt").is_file());
    // A site is replaced as a whole.
    build("--site site").exits(0);
    terminal.file("site/labs/old/index.html", "old");
    build("--site site").exits(0);
    assert!(!terminal.path().join("site/labs/old").exists());
}

#[test]
fn nothing_that_a_quiz_asks_is_answered_in_plain_words() {
    let terminal = Terminal::new();
    let engine = silent_engine(&terminal);
    build(&terminal, "site", &engine, &[]);
    let folder = terminal.path().join("site");
    // What stands in a lesson stands there for everybody; its quiz is a form.
    let forms = |page: &str| {
        page.split("<form class=\"quiz\"")
            .skip(1)
            .map(|rest| rest.split("</form>").next().unwrap_or_default())
            .collect::<String>()
    };
    let mut texts = Vec::new();
    for path in files(&folder) {
        let text = || std::fs::read_to_string(folder.join(&path)).expect("a text");
        if path.starts_with("engine/quizzes/") {
            texts.push((text(), path));
        } else if path.ends_with(".html") {
            texts.push((forms(&text()), path));
        }
    }
    let mut sentences = 0;
    for file in std::fs::read_dir(root().join("quizzes")).expect("quizzes").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a quiz is text");
        let quiz: toml::Table = text.parse().expect("a quiz is TOML");
        for question in quiz["questions"].as_array().expect("questions are a list") {
            let context = question["context"].as_str().expect("every question is explained");
            // A sentence, or most of one: single words stand in lessons too.
            let mut parts = context.split(['`', '*', '\n', '.', '"', '\'']);
            let Some(words) = parts.find(|part| part.trim().len() > 30) else { continue };
            sentences += 1;
            for (text, path) in &texts {
                assert!(!text.contains(words.trim()), "{path} has `{words}`");
            }
        }
    }
    assert!(sentences > 50, "{sentences} explanations");
}

/// The commands of the workflow that publishes the site, as they stand there.
fn workflow() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(".github/workflows/pages.yml")).expect("the workflow is there");
    let commands = text.lines().filter_map(|line| line.trim().strip_prefix("run: "));
    commands.map(ToOwned::to_owned).collect()
}

/// What a step prints and makes where the project's own program is there already, typed as the runner does.
fn step(terminal: &Terminal, line: &str, base: &str) {
    let program = env!("CARGO_BIN_EXE_lab-checker");
    let line = line.replace("cargo run --locked --release --", program);
    let mut command = terminal.command("bash");
    command.args(["-e", "-c", &line]);
    command.env("BASE", base).env("REPOSITORY", "https://example.org/somebody/fork");
    Ran::of(command, b"").exits(0);
}

#[test]
fn what_the_workflow_types_makes_the_site_that_it_publishes() {
    let terminal = Terminal::new();
    let there = |from: PathBuf, part: &str| {
        let to = terminal.path().join(part);
        std::fs::create_dir_all(to.parent().expect("a folder around it")).expect("a folder");
        std::os::unix::fs::symlink(from, to).expect("a link");
    };
    ["book", "labs", "quizzes"].into_iter().for_each(|part| there(root().join(part), part));
    there(engine(), "lab-checker/wasm/dist");
    let commands = workflow();
    let [_, script, check, site] = commands.as_slice() else { panic!("four commands: {commands:?}") };
    assert_eq!(script, "lab-checker/wasm/build");
    assert!(root().join(script).metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0), "it runs");
    step(&terminal, &format!("{check} --help"), "");
    // The site of a repository lies below its name, that of a person or of a domain of one's own at the top.
    for base in ["/fork", ""] {
        step(&terminal, site, base);
        let file = |path: &str| std::fs::read_to_string(terminal.path().join("public").join(path)).expect("a file");
        assert!(file("404.html").contains(&format!("href=\"{base}/")), "below {base}/");
        assert!(file("index.html").contains("https://example.org/somebody/fork"), "it says where it comes from");
        assert!(terminal.path().join("public/engine/engine_bg.wasm").is_file());
    }
}
