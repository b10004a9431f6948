//! The commands that are printed for somebody to type next: each is about what the last one was about.

use std::path::Path;

use crate::serving::Serving;
use crate::terminal::{Ran, Terminal};

fn root() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace").display().to_string()
}

/// Every command that was printed, up to what cannot belong to one.
fn printed(ran: &Ran) -> Vec<String> {
    let text = format!("{}\n{}", ran.stdout, ran.stderr);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let commands = words.split("lab-checker ").skip(1);
    commands.map(|rest| rest.split([';', '(', ')', '#']).next().unwrap_or_default().to_owned()).collect()
}

/// The options that a printed command must have, because it knows them and they were typed.
#[track_caller]
fn keeps(ran: &Ran, options: &[&str], commands: &[&str]) {
    let printed = printed(ran);
    for command in commands {
        let found = printed.iter().find(|printed| printed.starts_with(command));
        let found = found.unwrap_or_else(|| panic!("no `{command}` among {printed:#?}"));
        for option in options {
            assert!(found.contains(option), "`{found}` has lost `{option}`");
        }
    }
}

#[test]
fn a_check_of_files_is_repeated_on_these_files() {
    let terminal = Terminal::new();
    let mistake =
        std::fs::read(format!("{}/labs/default-deny/mistakes/only-ingress.yaml", root())).expect("it is there");
    terminal.file("my answer.yaml", &mistake).file("answer.yaml", &mistake).file("more.yaml", "");
    let ran = terminal.run("check default-deny -f answer.yaml").exits(1);
    assert!(ran.stdout.ends_with("After every change: lab-checker check default-deny -f answer.yaml\n"), "{ran:?}");
    let ran = terminal.run("check default-deny -f answer.yaml --filename more.yaml").exits(1);
    assert!(ran.stdout.ends_with("check default-deny -f answer.yaml -f more.yaml\n"), "{ran:?}");
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["check", "default-deny", "-f", "my answer.yaml"]);
    Ran::of(command, b"").exits(1).says("After every change: lab-checker check default-deny -f 'my answer.yaml'\n");
    let ran = terminal.run(&format!("check default-deny -f answer.yaml --data other --course {}", root())).exits(1);
    let both = ["--data other", "--course /"];
    keeps(&ran, &both, &["check default-deny -f answer.yaml", "hint default-deny"]);
    assert!(!ran.stdout.contains("--watch"), "{}", ran.stdout);
}

#[test]
fn what_comes_from_the_environment_is_not_repeated() {
    let terminal = Terminal::new();
    let mistake = format!("{}/labs/default-deny/mistakes/only-ingress.yaml", root());
    let ran = terminal.run(&format!("check default-deny -f {mistake}")).exits(1);
    assert!(!ran.stdout.contains("--data"), "{}", ran.stdout);
}

#[test]
fn options_are_kept_where_the_next_command_knows_them() {
    let terminal = Terminal::new();
    let course = format!("--course {}", root());
    let (both, data) = (["--data other", course.as_str()], ["--data other"]);
    let run = |line: &str| terminal.run(&format!("{line} --data other"));
    let in_course = |line: &str| terminal.run(&format!("{line} --data other {course}"));
    keeps(&in_course("labs").exits(0), &both, &["start LAB"]);
    keeps(&in_course("hint default-deny").exits(0), &both, &["hint default-deny 2"]);
    keeps(&in_course("hint default-deny 3").exits(0), &both, &["solution default-deny"]);
    keeps(&in_course("hint").exits(2), &both, &["start LAB", "labs"]);
    keeps(&in_course("hint default-dney").exits(2), &both, &["labs"]);
    keeps(&in_course("solution nothing-like-it").exits(2), &both, &["labs"]);
    keeps(&in_course("check default-deny").exits(3), &both, &["serve"]);
    keeps(&in_course("check default-deny").exits(3), &data, &["cluster"]);
    keeps(&in_course("quiz").exits(0), &both, &["quiz NAME"]);
    keeps(&in_course("quiz nothing-like-it").exits(2), &both, &["quiz"]);
    keeps(&in_course("submit default-deny").exits(2), &data, &["join URL CODE", "check"]);
    keeps(&run("status").exits(3), &data, &["serve", "join URL CODE"]);
    keeps(&run("grades").exits(2), &data, &["serve"]);
    // An option of one command is none of another.
    for ran in [in_course("submit default-deny").exits(2), in_course("check default-deny").exits(3)] {
        let commands = printed(&ran);
        let strange = commands.iter().filter(|command| command.starts_with("join") || command.starts_with("cluster"));
        assert!(strange.clone().all(|command| !command.contains("--course")), "{commands:#?}");
    }
}

#[test]
fn next_steps_are_in_the_cluster_that_was_named() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    let of_real = ["--kubeconfig real", "--data other"];
    let run = |line: &str| terminal.run(&format!("{line} --data other --kubeconfig real"));
    let ran = run("check default-deny").exits(1);
    keeps(&ran, &of_real, &["start default-deny", "hint default-deny", "check default-deny", "doctor"]);
    assert!(ran.stdout.contains("check default-deny --kubeconfig real --data other --watch"), "{}", ran.stdout);
    let ran = run("start default-deny").exits(0);
    keeps(&ran, &of_real, &["check default-deny", "hint default-deny"]);
    keeps(&run("check dns-egress").exits(2), &of_real, &["start dns-egress"]);
    for command in ["reach", "lint", "exposure"] {
        keeps(&run(command), &of_real, &["doctor"]);
    }
    run("hint").exits(0).says("Hint 1 of").says("hint default-deny 2 --kubeconfig real --data other");
    keeps(&run("check no-enforcement").exits(2), &["--data other"], &["serve", "cluster"]);
}

#[test]
fn serve_says_where_its_data_are_when_others_would_look_elsewhere() {
    let terminal = Terminal::new();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", "my course"];
    let serve = Serving::start(&terminal, &arguments, "Ctrl-C");
    let folder = terminal.path().canonicalize().expect("a folder").join("my course");
    let line = format!("export LAB_CHECKER_DATA='{}'", folder.display());
    assert!(serve.announcement.contains(&line), "no {line} in\n{}", serve.announcement);
    assert!(serve.announcement.lines().count() <= 10, "{}", serve.announcement);
    let folder = folder.display().to_string();
    terminal.run_in(&[("LAB_CHECKER_DATA", &folder)], "start default-deny").exits(0);
    terminal.run_in(&[("LAB_CHECKER_DATA", &folder)], "check").exits(1).says("Recorded; your best is 0 of 10 points.");
    // Where every command looks, nothing need be said.
    let usual = Terminal::new();
    let mut command = usual.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.env_remove("LAB_CHECKER_DATA").args(&arguments[..3]);
    let serve = Serving::from(command, "Ctrl-C");
    assert!(!serve.announcement.contains("LAB_CHECKER_DATA"), "{}", serve.announcement);
}

#[test]
fn who_passes_is_told_that_the_attack_of_the_story_fails_now() {
    let terminal = Terminal::new();
    let solution = terminal.run("solution deny-ingress").exits(0);
    terminal.file("answer.yaml", solution.stdout).file("nothing.yaml", "");
    let passed = terminal.run("check deny-ingress -f answer.yaml").exits(0);
    let told: Vec<&str> = passed.stdout.lines().filter(|line| line.contains("The attack, once more")).collect();
    let line = "The attack, once more: dev/intruder → production/db:5432/TCP is blocked now. Before, it got: every order of the \
                last two years, with names and addresses";
    assert_eq!(told, [line]);
    let failed = terminal.run("check deny-ingress -f nothing.yaml").exits(1);
    assert!(!failed.stdout.contains("The attack"), "{}", failed.stdout);
    // A lab whose story has none says nothing of it.
    let solution = terminal.run("solution allow-web-to-api").exits(0);
    terminal.file("answer.yaml", solution.stdout);
    let passed = terminal.run("check allow-web-to-api -f answer.yaml").exits(0);
    assert!(!passed.stdout.contains("The attack"), "{}", passed.stdout);
}
