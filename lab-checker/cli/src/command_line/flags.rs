//! The list of flags in the operators' guide, made from the commands themselves.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, CommandFactory as _};

use super::CommandLine;

/// The commands that operators use on a server's machine.
const COMMANDS: [&str; 7] = ["serve", "token", "backup", "restore", "grades", "forget", "cluster"];
const BEGIN: &str = "<!-- flags: written by a test of the command line -->\n";
const END: &str = "<!-- end of flags -->";

fn row(argument: &Arg) -> Option<String> {
    let name = match (argument.get_long(), argument.get_short()) {
        _ if argument.is_hide_set() => return None,
        (Some("help" | "version"), _) => return None,
        (Some(long), Some(short)) => format!("-{short}, --{long}"),
        (Some(long), None) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => argument.get_id().as_str().to_uppercase(),
    };
    let takes = argument.get_action().takes_values() && !argument.is_positional();
    let value = argument.get_value_names().and_then(|names| names.first()).filter(|_| takes);
    let value = value.map(|value| format!(" {value}")).unwrap_or_default();
    let variable = argument.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
    let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
    let default = defaults.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
    Some(format!("| `{name}{value}` | {variable} | {default} | {help} |\n"))
}

fn section(words: &str, command: &clap::Command, text: &mut String) {
    for below in command.get_subcommands() {
        section(&format!("{words} {}", below.get_name()), below, text);
    }
    if command.has_subcommands() {
        return;
    }
    // Writing to a text cannot fail.
    let _ = write!(text, "\n### `lab-checker {words}`\n| flag | variable | default | |\n|---|---|---|---|\n");
    text.extend(command.get_arguments().filter_map(row));
}

fn flags() -> String {
    let mut program = CommandLine::command();
    program.build();
    let mut text = String::new();
    for name in COMMANDS {
        section(name, program.find_subcommand(name).expect("it is there"), &mut text);
    }
    text + "\n"
}

#[test]
fn the_guide_for_operators_lists_every_flag_and_variable() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/OPERATING.md");
    let guide = std::fs::read_to_string(&path).expect("the guide is there");
    let (before, rest) = guide.split_once(BEGIN).expect("a place for the flags");
    let (listed, after) = rest.split_once(END).expect("their end");
    let flags = flags();
    if listed != flags && std::env::var_os("INSTA_UPDATE").is_some_and(|word| word == "always") {
        std::fs::write(&path, format!("{before}{BEGIN}{flags}{END}{after}")).expect("the guide is written");
        return;
    }
    assert_eq!(listed, flags, "run this test with INSTA_UPDATE=always");
}

#[test]
fn every_variable_of_any_command_is_told_to_operators_or_is_theirs_who_learn() {
    fn variables(command: &clap::Command, found: &mut Vec<String>) {
        found.extend(command.get_arguments().filter_map(|it| Some(it.get_env()?.to_string_lossy().into_owned())));
        command.get_subcommands().for_each(|below| variables(below, found));
    }
    let mut found = Vec::new();
    variables(&CommandLine::command(), &mut found);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/OPERATING.md");
    let guide = std::fs::read_to_string(path).expect("the guide is there");
    assert!(found.len() >= 3, "{found:?}");
    for name in found {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}
