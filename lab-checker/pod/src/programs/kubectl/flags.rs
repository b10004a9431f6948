//! The command line as kubectl reads it: flags anywhere, values attached or behind, letters in clusters.

use super::failure::Failure;

/// A flag: its name, its letter, and what it takes.
pub(super) type Spec = (&'static str, Option<char>, Takes);

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// A value: `-n shop`.
    Value,
    /// Nothing, or `=true` and `=false`.
    Nothing,
    /// A value that stands behind `=` or is this one.
    Or(&'static str),
}

use Takes::{Nothing, Or, Value};

/// The flags of every command.
const COMMON: &[Spec] = &[
    ("namespace", Some('n'), Value),
    ("context", None, Value),
    ("cluster", None, Value),
    ("user", None, Value),
    ("kubeconfig", None, Value),
    ("server", Some('s'), Value),
    ("request-timeout", None, Value),
    ("v", Some('v'), Value),
    ("help", Some('h'), Nothing),
    ("field-manager", None, Value),
    ("warnings-as-errors", None, Nothing),
];

/// The flags of commands that print objects.
pub(super) const PRINTING: &[Spec] =
    &[("output", Some('o'), Value), ("show-managed-fields", None, Nothing), ("template", None, Value)];

/// The flags of commands that read files.
pub(super) const FILES: &[Spec] = &[
    ("filename", Some('f'), Value),
    ("kustomize", Some('k'), Value),
    ("recursive", Some('R'), Nothing),
    ("validate", None, Or("strict")),
    ("dry-run", None, Or("unchanged")),
];

/// What stands on a command line.
#[derive(Debug, Default)]
pub(super) struct Flags {
    given: Vec<(&'static str, String)>,
    /// The words that are no flags.
    pub(super) words: Vec<String>,
    /// The words behind `--`; `None` without it.
    pub(super) behind: Option<Vec<String>>,
}

/// The flags before a command, and the rest.
pub(super) fn before_command(words: &[String]) -> (&[String], &[String]) {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-') && word.len() > 1) {
        let name = word.trim_start_matches('-');
        let takes = COMMON.iter().find(|(long, letter, _)| {
            *long == name || (word.len() == 2 && letter.is_some_and(|letter| name.starts_with(letter)))
        });
        match takes {
            Some((_, _, Value)) => at += 2,
            Some((_, _, _)) if matches!(name, "help" | "h") => break,
            Some(_) => at += 1,
            None if word.contains('=') || word.starts_with("-n") => at += 1,
            None => break,
        }
    }
    words.split_at(at.min(words.len()))
}

impl Flags {
    /// Reads a command's flags.
    pub(super) fn read(command: &str, own: &[&[Spec]], words: &[String]) -> Result<Self, Failure> {
        let known: Vec<Spec> = own.iter().copied().flatten().chain(COMMON).copied().collect();
        let mut flags = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                flags.behind = Some(rest.by_ref().cloned().collect());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, attached) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let spec = known.iter().find(|(long, _, _)| *long == name);
                let (name, _, takes) = spec.ok_or_else(|| Self::unknown(&format!("--{name}"), command))?;
                let value = match (takes, attached) {
                    (_, Some(value)) => value.to_owned(),
                    (Nothing, None) => "true".to_owned(),
                    (Or(usual), None) => (*usual).to_owned(),
                    (Value, None) => rest.next().cloned().ok_or_else(|| missing(&format!("--{name}"), command))?,
                };
                flags.given.push((name, value));
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                flags.cluster(command, &known, letters, &mut rest)?;
            } else {
                flags.words.push(word.clone());
            }
        }
        if flags.is("help") {
            return Err(Failure::Bare(format!(
                "kubectl {command}: this terminal knows {}",
                own.iter().copied().flatten().map(|(name, _, _)| format!("--{name}")).collect::<Vec<_>>().join(", ")
            )));
        }
        Ok(flags)
    }

    /// Letters behind one dash: `-it`, `-nshop`, `-o=yaml`.
    fn cluster<'a>(
        &mut self,
        command: &str,
        known: &[Spec],
        letters: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), Failure> {
        for (at, letter) in letters.char_indices() {
            let spec = known.iter().find(|(_, known, _)| *known == Some(letter));
            let Some((name, _, takes)) = spec else {
                let text = format!("unknown shorthand flag: '{letter}' in -{letters}");
                return Err(usage(&text, command));
            };
            let attached = &letters[at + letter.len_utf8()..];
            if *takes != Value {
                self.given.push((name, "true".to_owned()));
                continue;
            }
            let value = match attached.strip_prefix('=').unwrap_or(attached) {
                "" => rest.next().cloned().ok_or_else(|| missing(&format!("'{letter}' in -{letters}"), command))?,
                attached => attached.to_owned(),
            };
            self.given.push((name, value));
            break;
        }
        Ok(())
    }

    /// What is said of a flag that does not exist.
    pub(super) fn unknown(flag: &str, command: &str) -> Failure {
        usage(&format!("unknown flag: {flag}"), command)
    }

    /// The last value of a flag.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last()
    }

    /// Every value of a flag.
    pub(super) fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.given.iter().filter(move |(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// Whether a flag without a value is set.
    pub(super) fn is(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value != "false")
    }
}

fn missing(flag: &str, command: &str) -> Failure {
    usage(&format!("flag needs an argument: {flag}"), command)
}

fn usage(text: &str, command: &str) -> Failure {
    let command = if command == "kubectl" { command.to_owned() } else { format!("kubectl {command}") };
    Failure::said(format!("{text}\nSee '{command} --help' for usage."))
}
