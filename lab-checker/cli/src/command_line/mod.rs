//! The commands and what they are called.

#[cfg(test)]
mod flags;

use anyhow::Result;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::{
    appeal, backup, check, clean, cluster, completions, course, diff, doctor, explain, exposure, forget, grades, hint,
    join, labs, lint, login, mdbook_preprocessor, quiz, reach, serve, solution, start, status, submit, token, verify,
};
use crate::failure::Outcome;
use crate::terminal::next;
use crate::terminal::output::LogFormat;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "lab-checker",
    version,
    about = "A hands-on course on Kubernetes NetworkPolicies, with practice clusters and an engine that explains",
    after_help = EXAMPLES,
    max_term_width = 100,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct CommandLine {
    /// Say more about what happens, on stderr
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl CommandLine {
    /// Reads what was typed, and remembers it for the commands that are printed as a next step.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let program = Self::command();
        let matches = program.clone().try_get_matches()?;
        next::remember(&program, &matches);
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut Self::command()))
    }
}

const EXAMPLES: &str = "\
Examples:
  lab-checker serve                                the course in the browser
  lab-checker start default-deny                   begin a lab in the practice cluster
  lab-checker check --watch                        see each change graded at once
  lab-checker reach -f manifests/                  what can reach what, from YAML alone
  lab-checker explain shop/web shop/db:5432 -f manifests/

Exit codes: 0 done, or all checks pass; 1 checks fail; 2 bad usage or input;
            3 a cluster, server or database cannot be reached.";

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Arguments),
    Cluster(cluster::Arguments),
    Labs(labs::Arguments),
    Start(start::Start),
    Check(check::Arguments),
    Hint(hint::Arguments),
    Solution(solution::Arguments),
    Reset(start::Reset),
    Clean(clean::Arguments),
    Quiz(quiz::Arguments),
    Status(status::Arguments),
    Join(join::Arguments),
    Login(login::Arguments),
    Submit(submit::Arguments),
    Appeal(appeal::Arguments),
    Reach(reach::Arguments),
    Explain(explain::Arguments),
    Diff(diff::Arguments),
    Lint(lint::Arguments),
    Verify(verify::Arguments),
    Exposure(exposure::Arguments),
    Doctor(doctor::Arguments),
    Course(course::Arguments),
    Grades(grades::Arguments),
    Forget(forget::Arguments),
    Token(token::Arguments),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Completions(completions::Arguments),
    MdbookPreprocessor(mdbook_preprocessor::Arguments),
}

impl Command {
    /// The form of the log, when it was asked for.
    pub(crate) fn log_format(&self) -> Option<LogFormat> {
        match self {
            Self::Serve(arguments) => arguments.log_format,
            _ => None,
        }
    }

    /// Does it.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self {
            Self::Serve(arguments) => arguments.run(),
            Self::Cluster(arguments) => arguments.run(),
            Self::Labs(arguments) => arguments.run(),
            Self::Start(arguments) => arguments.run(),
            Self::Check(arguments) => arguments.run(),
            Self::Hint(arguments) => arguments.run(),
            Self::Solution(arguments) => arguments.run(),
            Self::Reset(arguments) => arguments.run(),
            Self::Clean(arguments) => arguments.run(),
            Self::Quiz(arguments) => arguments.run(),
            Self::Status(arguments) => arguments.run(),
            Self::Join(arguments) => arguments.run(),
            Self::Login(arguments) => arguments.run(),
            Self::Submit(arguments) => arguments.run(),
            Self::Appeal(arguments) => arguments.run(),
            Self::Reach(arguments) => arguments.run(),
            Self::Explain(arguments) => arguments.run(),
            Self::Diff(arguments) => arguments.run(),
            Self::Lint(arguments) => arguments.run(),
            Self::Verify(arguments) => arguments.run(),
            Self::Exposure(arguments) => arguments.run(),
            Self::Doctor(arguments) => arguments.run(),
            Self::Course(arguments) => arguments.run(),
            Self::Grades(arguments) => arguments.run(),
            Self::Forget(arguments) => arguments.run(),
            Self::Token(arguments) => arguments.run(),
            Self::Backup(arguments) => arguments.run(),
            Self::Restore(arguments) => arguments.run(),
            Self::Completions(arguments) => arguments.run(CommandLine::command()),
            Self::MdbookPreprocessor(arguments) => arguments.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command that has no commands below it, with its words.
    fn commands(above: &str, command: &clap::Command, found: &mut Vec<(String, clap::Command)>) {
        let words = format!("{above}{} ", command.get_name());
        if !command.has_subcommands() {
            found.push((words, command.clone()));
            return;
        }
        for below in command.get_subcommands() {
            commands(&words, below, found);
        }
    }

    #[test]
    fn the_form_for_people_has_both_names_everywhere() {
        let mut found = Vec::new();
        commands("", &CommandLine::command(), &mut found);
        let with_forms = found.iter().filter_map(|(words, command)| {
            let form = command.get_arguments().find(|argument| argument.get_short() == Some('o'))?;
            Some((words, form.get_possible_values()))
        });
        let with_forms: Vec<_> = with_forms.collect();
        assert!(with_forms.len() >= 14, "{with_forms:?}");
        for (words, forms) in with_forms {
            for name in ["text", "table", "json"] {
                assert!(forms.iter().any(|form| form.matches(name, false)), "{words}-o {name}: {forms:?}");
            }
        }
    }
}
