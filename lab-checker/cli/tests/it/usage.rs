//! Help, versions and slips of the finger.

use crate::terminal::Terminal;

#[test]
fn help_is_on_stdout_and_is_no_failure() {
    let terminal = Terminal::new();
    terminal.run("--help").exits(0).says("Examples:").says("serve");
    terminal.run("--version").exits(0).says("lab-checker 0");
    let commands = "serve cluster labs start check hint solution reset quiz status join login submit appeal reach explain diff lint \
                    exposure doctor grades forget token completions";
    for command in commands.split_whitespace() {
        terminal.run(&format!("{command} --help")).exits(0).says("Example").says("Usage: lab-checker");
    }
}

#[test]
fn wrong_usage_is_told_on_stderr() {
    let terminal = Terminal::new();
    terminal.run("").exits(2).warns("Usage:");
    terminal.run("serv").exits(2).warns("serve");
    terminal.run("serve --listen nowhere").exits(2).warns("--listen");
    terminal.run("cluster --nodes 0").exits(2).warns("0 is not in 1..=100");
    terminal.run("cluster --nodes many").exits(2).warns("invalid digit");
    terminal.run("cluster --cni cilium").exits(2).warns("possible values: enforcing, rejecting, none");
    terminal.run("cluster --enforcement-delay soon").exits(2).warns("--enforcement-delay <MS>");
    terminal.run("cluster --enforcement-delay 600001").exits(2).warns("0..=600000");
    terminal.run("completions klingon").exits(2).warns("possible values");
}

#[test]
fn completions_are_a_script() {
    Terminal::new().run("completions bash").exits(0).says("complete -F _lab__checker");
    Terminal::new().run("completions fish").exits(0).says("complete -c lab-checker");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let terminal = Terminal::new();
    let mut command = terminal.command("sh");
    let line = format!("'{}' completions zsh | head -n 1", env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["-c", &line]);
    let ran = crate::terminal::Ran::of(command, b"").exits(0);
    assert_eq!(ran.stderr, "", "a closed pipe is nothing to talk about");
}
