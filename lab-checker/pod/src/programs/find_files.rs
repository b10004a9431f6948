//! `find`: the files below some folders, by name and kind.

use crate::files::absolute;
use crate::process::Process;
use crate::shell::pattern;

/// What is looked for.
#[derive(Default)]
struct Wanted {
    name: Option<String>,
    any_case: bool,
    kind: Option<String>,
    depth: Option<usize>,
}

pub(super) async fn run(process: &Process) -> u8 {
    let words = process.rest();
    let tests = words.iter().position(|word| word.starts_with('-') || word == "!").unwrap_or(words.len());
    let mut wanted = Wanted::default();
    let mut rest = words[tests..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-name" | "-iname" => {
                wanted.any_case = word == "-iname";
                wanted.name = rest.next().cloned();
            }
            "-type" => wanted.kind = rest.next().cloned(),
            "-maxdepth" => wanted.depth = rest.next().and_then(|number| number.parse().ok()),
            "-print" => {}
            other => return process.fail(1, format!("find: unrecognized: {other}")).await,
        }
    }
    let here = [".".to_owned()];
    let mut code = 0;
    for folder in if tests == 0 { &here } else { &words[..tests] } {
        let path = absolute(&process.directory, folder);
        if !process.container.is_directory(&path) && process.container.read_file(&path).is_none() {
            code = process.fail(1, format!("find: {folder}: No such file or directory")).await;
            continue;
        }
        for found in below(process, &path, folder, &wanted) {
            process.say(found).await;
        }
    }
    code
}

/// What is found at a path and below it, as it is called from where the search began.
fn below(process: &Process, path: &str, called: &str, wanted: &Wanted) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![(path.to_owned(), called.to_owned(), 0)];
    while let Some((path, called, depth)) = left.pop() {
        let folder = process.container.is_directory(&path);
        if wanted.is_met(called.rsplit('/').find(|part| !part.is_empty()).unwrap_or("/"), folder) {
            found.push(called.clone());
        }
        if folder && wanted.depth.is_none_or(|most| depth < most) {
            let names = process.container.list(&path).into_iter().rev().filter(|name| name != ".keep");
            left.extend(names.map(|name| {
                let called = format!("{}/{name}", called.trim_end_matches('/'));
                (absolute(&path, &name), called, depth + 1)
            }));
        }
    }
    found
}

impl Wanted {
    fn is_met(&self, name: &str, folder: bool) -> bool {
        let is_kind = self.kind.as_deref().is_none_or(|kind| kind == if folder { "d" } else { "f" });
        let is_named = self.name.as_ref().is_none_or(|wanted| match self.any_case {
            true => pattern::matches(&wanted.to_lowercase(), &name.to_lowercase()),
            false => pattern::matches(wanted, name),
        });
        is_kind && is_named
    }
}
