//! Commands that are printed for somebody to type next. They keep the options of the command that prints them, so that
//! they are about the same cluster, data folder, course and files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// What this program is called on a command line.
pub(crate) const PROGRAM: &str = "lab-checker";

/// The options that say what a command is about, in the order in which they are printed.
const KEPT: [&str; 10] =
    [FILES, "kustomizations", "context", "kubeconfig", "namespace", "pods", "services", "nodes", DATA, COURSE];
const FILES: &str = "files";
const DATA: &str = "data";
const COURSE: &str = "course";

/// The command line of this process. Nothing is kept before it is read.
static TYPED: OnceLock<Typed> = OnceLock::new();

#[derive(Debug, Default)]
struct Typed {
    options: Vec<Given>,
    /// For each command, which of the options it knows.
    known: BTreeMap<String, BTreeSet<String>>,
}

/// An option as it was typed.
#[derive(Debug)]
struct Given {
    id: String,
    flag: String,
    value: String,
}

/// Remembers what was typed. What comes from the environment needs no repeating.
pub(crate) fn remember(program: &Command, matches: &ArgMatches) {
    // A process has one command line.
    let _ = TYPED.set(Typed::read(program, matches));
}

/// `lab-checker LINE` with the typed options that this command knows, before the flags that stand in the line.
pub(crate) fn command(line: &str) -> String {
    TYPED.get_or_init(Typed::default).command(line)
}

/// The check that is worth repeating after every change: of the files that were named, else of the cluster.
pub(crate) fn check_again(lab: &str) -> String {
    let typed = TYPED.get_or_init(Typed::default);
    let files = typed.options.iter().any(|given| given.id == FILES);
    typed.command(&if files { format!("check {lab}") } else { format!("check {lab} --watch") })
}

/// `lab-checker LINE` for another terminal, which may be in another folder and has been told where the data are.
pub(crate) fn elsewhere(line: &str) -> String {
    TYPED.get_or_init(Typed::default).elsewhere(line)
}

/// The text as one word of a POSIX shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl Typed {
    fn read(program: &Command, matches: &ArgMatches) -> Self {
        let mut typed = Self::default();
        let (mut command, mut matches) = (program, matches);
        while let Some((name, below)) = matches.subcommand()
            && let Some(found) = command.find_subcommand(name)
        {
            (command, matches) = (found, below);
        }
        let arguments = KEPT.iter().filter_map(|id| command.get_arguments().find(|argument| argument.get_id() == id));
        typed.options.extend(arguments.flat_map(|argument| given(argument, matches)));
        typed.learn(program, "");
        typed
    }

    fn learn(&mut self, command: &Command, above: &str) {
        for below in command.get_subcommands() {
            let name = format!("{above}{}", below.get_name());
            self.learn(below, &format!("{name} "));
            let ids = below.get_arguments().map(|argument| argument.get_id().to_string());
            self.known.insert(name, ids.filter(|id| KEPT.contains(&id.as_str())).collect());
        }
    }

    fn command(&self, line: &str) -> String {
        self.with(line, self.options.iter().map(|given| (given.id.as_str(), given.flag.as_str(), given.value.clone())))
    }

    fn elsewhere(&self, line: &str) -> String {
        let course = self.options.iter().filter(|given| given.id == COURSE);
        self.with(line, course.map(|given| (given.id.as_str(), given.flag.as_str(), absolute(&given.value))))
    }

    fn with<'a>(&self, line: &str, options: impl Iterator<Item = (&'a str, &'a str, String)>) -> String {
        let (words, flags) = line.find(" -").map_or((line, ""), |at| line.split_at(at));
        let mut text = format!("{PROGRAM} {words}");
        for (_, flag, value) in options.filter(|(id, ..)| self.knows(words, id)) {
            text.push_str(&format!(" {flag} {}", shell_word(&value)));
        }
        text + flags
    }

    /// Whether a command, written with its arguments, has an option.
    fn knows(&self, words: &str, id: &str) -> bool {
        let mut names = words.match_indices(' ').map(|(at, _)| &words[..at]).chain([words]).rev();
        names.find_map(|name| self.known.get(name)).is_some_and(|known| known.contains(id))
    }
}

/// What was typed of one option, which may be there more than once.
fn given(argument: &Arg, matches: &ArgMatches) -> Vec<Given> {
    let id = argument.get_id().as_str();
    if matches.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let Some(flag) = short.or_else(|| argument.get_long().map(|long| format!("--{long}"))) else { return Vec::new() };
    let values = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned());
    values.map(|value| Given { id: id.to_owned(), flag: flag.clone(), value }).collect()
}

fn absolute(path: &str) -> String {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        let option = |id: &'static str| Arg::new(id).long(id);
        let of_cluster = |name: &'static str| {
            let files = Arg::new(FILES).short('f').long("filename").action(clap::ArgAction::Append);
            Command::new(name).args([option("context"), option("kubeconfig"), option(DATA).env("NO_SUCH"), files])
        };
        Command::new("lab-checker")
            .subcommand(of_cluster("check").args([option(COURSE), Arg::new("lab"), option("output")]))
            .subcommand(Command::new("hint").args([option(DATA), option(COURSE)]))
            .subcommand(Command::new("quiz").arg(option(COURSE)))
            .subcommand(Command::new("course").subcommand(Command::new("check").arg(option(COURSE))))
    }

    fn typed(line: &str) -> Typed {
        let program = program();
        let matches = program.clone().try_get_matches_from(line.split(' ')).unwrap_or_else(|error| panic!("{error}"));
        Typed::read(&program, &matches)
    }

    #[test]
    fn a_command_keeps_what_it_knows_of_what_was_typed() {
        let typed = typed("lab-checker check web --output json --course a/b --data d --context kind");
        for (line, expected) in [
            ("check web", "lab-checker check web --context kind --data d --course a/b"),
            ("check web --watch", "lab-checker check web --context kind --data d --course a/b --watch"),
            ("hint", "lab-checker hint --data d --course a/b"),
            ("quiz NAME -o json", "lab-checker quiz NAME --course a/b -o json"),
            ("course check", "lab-checker course check --course a/b"),
            ("unheard of", "lab-checker unheard of"),
        ] {
            assert_eq!(typed.command(line), expected);
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!(typed.elsewhere("quiz NAME"), format!("lab-checker quiz NAME --course {}/a/b", here.display()));
        assert_eq!(typed.elsewhere("hint"), format!("lab-checker hint --course {}/a/b", here.display()));
    }

    #[test]
    fn nothing_is_kept_that_was_not_typed() {
        assert_eq!(typed("lab-checker check").command("check web --watch"), "lab-checker check web --watch");
        assert_eq!(Typed::default().command("check"), "lab-checker check");
    }

    #[test]
    fn every_value_is_kept_as_one_word() {
        let program = program();
        let words = ["lab-checker", "check", "-f", "a b.yaml", "--filename", "it's.yaml", "-f", "-"];
        let typed = Typed::read(&program, &program.clone().try_get_matches_from(words).unwrap());
        assert_eq!(typed.command("check"), r"lab-checker check -f 'a b.yaml' -f 'it'\''s.yaml' -f -");
        assert_eq!(typed.command("hint"), "lab-checker hint");
    }
}
