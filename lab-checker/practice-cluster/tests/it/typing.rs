//! What tutorials have people type (`tests/typing/commands.txt`), through a real kubectl, new and old, and what must be
//! seen. With `LAB_CHECKER_REPORT` set to a file, it writes down there what was typed and what matched.

use std::collections::VecDeque;
use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;

use crate::server::{Said, Server, kubectl, old_kubectl};

const COMMANDS: &str = include_str!("../typing/commands.txt");
/// How many clusters are typed into at the same time: most of a command's time is kubectl's, some is waiting.
const AT_ONCE: usize = 4;

/// One cluster, and what is typed there.
struct Section {
    title: &'static str,
    files: Vec<(&'static str, String)>,
    commands: Vec<Command>,
}

/// A line, and what must come of it.
struct Command {
    line: &'static str,
    seen: Vec<&'static str>,
    unseen: Vec<&'static str>,
    code: i32,
}

fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut lines = COMMANDS.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() || (line.starts_with('#') && sections.is_empty()) {
            continue;
        }
        if let Some(title) = line.strip_prefix("== ") {
            sections.push(Section { title, files: Vec::new(), commands: Vec::new() });
            continue;
        }
        let section = sections.last_mut().expect("a title comes first");
        if let Some(name) = line.strip_prefix("-- ") {
            let text = lines.by_ref().take_while(|line| *line != "--");
            section.files.push((name, text.map(|line| format!("{line}\n")).collect()));
        } else if let Some(line) = line.strip_prefix("$ ") {
            section.commands.push(Command { line, seen: Vec::new(), unseen: Vec::new(), code: 0 });
        } else {
            let command = section.commands.last_mut().expect("a command comes before what must be seen");
            match (line.strip_prefix("! "), line.strip_prefix("exit ")) {
                (Some(text), _) => command.unseen.push(text),
                (_, Some(code)) => command.code = code.parse().expect("an exit code"),
                _ => command.seen.push(line),
            }
        }
    }
    sections
}

impl Command {
    /// What is wrong with what came of it.
    fn wrong(&self, said: &Said) -> Option<String> {
        let text = format!("{}{}", said.stdout, said.stderr);
        let missing: Vec<&str> = self.seen.iter().copied().filter(|seen| !text.contains(seen)).collect();
        let odd: Vec<&str> = self.unseen.iter().copied().filter(|unseen| text.contains(unseen)).collect();
        // No command of a person's may end in words like these.
        let strange = ["websocket: close sent", "Unhandled Error", "panic:"].into_iter().any(|odd| text.contains(odd));
        let right = missing.is_empty() && odd.is_empty() && !strange && said.code == self.code;
        (!right).then(|| {
            format!(
                "$ {}\n   exit {} (not {}), without {missing:?}, with {odd:?}:\n{text}\n",
                self.line, said.code, self.code
            )
        })
    }
}

/// What came of a section: a line of the report, and what was wrong.
fn typed(section: &Section, kubectl: &Path) -> (String, String) {
    let server = Server::start().using(kubectl);
    for (name, text) in &section.files {
        std::fs::write(server.folder().join(name), text).expect("a file");
    }
    let mut wrong = String::new();
    let mut matched = 0;
    for command in &section.commands {
        std::fs::write(server.folder().join("line.sh"), command.line).expect("a script");
        let said = server.sh("timeout 20 sh ./line.sh", server.folder(), None);
        match command.wrong(&said) {
            Some(why) => wrong.push_str(&why),
            None => matched += 1,
        }
    }
    (format!("| {} | {} | {matched} |", section.title, section.commands.len()), wrong)
}

fn type_all(kubectl: &Path, name: &str) {
    let sections = sections();
    assert!(sections.iter().map(|section| section.commands.len()).sum::<usize>() >= 300, "the list is shorter");
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..sections.len()).collect());
    let done: Mutex<Vec<(usize, (String, String))>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(next) = waiting.lock().expect("nobody panicked").pop_front() else { break };
                    let came = typed(&sections[next], kubectl);
                    done.lock().expect("nobody panicked").push((next, came));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody panicked");
    done.sort_by_key(|(number, _)| *number);
    let (mut report, mut wrong) = (format!("## {name}\n\n| what | typed | matched |\n|---|---|---|\n"), String::new());
    for (_, (line, why)) in &done {
        let _ = writeln!(report, "{line}");
        wrong.push_str(why);
    }
    if let Some(path) = std::env::var_os("LAB_CHECKER_REPORT") {
        let path = Path::new(&path).with_extension(format!("{name}.md"));
        std::fs::write(path, report).expect("the report is written");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_tutorials_type_with_a_new_kubectl() {
    type_all(&kubectl(), "new");
}

#[test]
fn what_tutorials_type_with_an_old_kubectl() {
    type_all(&old_kubectl(), "old");
}
