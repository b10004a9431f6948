//! `backup` and `restore` as an operator types them.

use crate::serving::Serving;
use crate::terminal::Terminal;

#[test]
fn what_was_backed_up_while_the_server_ran_is_served_again_elsewhere() {
    let terminal = Terminal::new();
    terminal.run("backup course.backup").exits(2).warns("there is none");
    let server = Serving::sample_class(&terminal, &[]);
    let url = format!("http://localhost:{}", server.url.rsplit(':').next().expect("a port"));
    terminal.run(&format!("join {url} {} --name Ada", server.said_after("join code"))).exits(0);
    terminal.run("backup course.backup").exits(0).says("backed up: 1 learner, 0 attempts");
    // A second one takes the place of the first: they are made every night.
    terminal.run("backup course.backup").exits(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(terminal.path().join("course.backup")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "names and addresses are nobody else's business");
    }
    let left = std::fs::read_dir(terminal.path()).expect("a folder").filter_map(Result::ok);
    assert!(!left.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("unfinished")));
    terminal.run("restore course.backup").exits(2).warns("there is something already").warns("--replace");
    terminal.run("restore course.backup --replace").exits(2).warns("another lab-checker serves it");
    terminal.run("restore course.backup --data elsewhere").exits(0).says("restored: 1 learner");
    drop(server);
    let token = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("a token");
    terminal.file("instructor", token);
    let server = Serving::sample_class(&terminal, &["--data", "elsewhere"]);
    let url = format!("http://localhost:{}", server.url.rsplit(':').next().expect("a port"));
    terminal.run(&format!("grades --url {url} --token-file instructor")).exits(0).says("Ada");
}

#[test]
fn a_backup_goes_through_a_pipe() {
    let terminal = Terminal::new();
    drop(Serving::sample_class(&terminal, &[]));
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    let output = command.args(["backup", "-"]).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.starts_with(&[0x1f, 0x8b]), "nothing but the backup is on stdout");
    terminal.run_with_input("restore - --data elsewhere", &output.stdout).exits(0).says("restored: ");
    terminal.run_with_input("restore - --data nowhere", &output.stdout[..50]).exits(2).warns("no whole backup");
    assert!(!terminal.path().join("nowhere").exists());
    terminal.run("restore no-such-file").exits(2).warns("no-such-file");
}
