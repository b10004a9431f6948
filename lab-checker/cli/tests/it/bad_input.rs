//! Input that is not what it should be: each gets a clear error and the right exit code, at once.

use std::fs::File;

use crate::terminal::Terminal;

#[test]
fn binary_garbage_is_not_yaml() {
    let terminal = Terminal::new();
    terminal.file("garbage.yaml", [0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe, 3]);
    terminal.run("reach -f garbage.yaml").exits(2).warns("garbage.yaml is not a text");
    terminal.file("zeros.yaml", [0; 4096]);
    terminal.run("reach -f zeros.yaml").exits(2).warns("zeros.yaml");
}

#[test]
fn a_hundred_megabytes_are_refused_before_they_are_read() {
    let terminal = Terminal::new();
    let file = File::create(terminal.path().join("large.yaml")).expect("a file");
    file.set_len(100 * 1024 * 1024).expect("a sparse file");
    terminal.run("reach -f large.yaml").exits(2).warns("large.yaml is larger than");
}

#[test]
fn a_yaml_bomb_does_not_go_off() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let terminal = Terminal::new();
    terminal.file("bomb.yaml", bomb);
    terminal.run("reach -f bomb.yaml").exits(2).warns("bomb.yaml");
    terminal.file("deep.yaml", "[".repeat(200_000));
    terminal.run("reach -f deep.yaml").exits(2).warns("deep.yaml");
}

#[test]
fn files_that_are_not_there_or_not_files() {
    let terminal = Terminal::new();
    terminal.run("reach -f nowhere.yaml").exits(2).warns("cannot read nowhere.yaml");
    std::fs::create_dir(terminal.path().join("empty")).expect("a folder");
    terminal.run("reach -f empty").exits(2).warns("empty holds no .yaml");
    terminal.file("text.yaml", "just words");
    terminal.run("reach -f text.yaml").exits(2).warns("text.yaml:1");
    terminal.file("kindless.yaml", "apiVersion: v1\n");
    terminal.run("reach -f kindless.yaml").exits(2).warns("`kind` is missing");
}

#[test]
fn labs_that_do_not_exist() {
    let terminal = Terminal::new();
    for name in ["../../etc/passwd", "..", "/etc", "default-deny/../no-isolation", "default_deny\u{1b}[31m"] {
        for command in ["check", "hint", "solution"] {
            let ran = terminal.run(&format!("{command} {name}")).exits(2).warns("there is no lab");
            assert!(!ran.stderr.contains('\u{1b}'), "a name cannot colour the terminal");
        }
    }
    terminal.run("check defualt-deny").exits(2).warns("did you mean `default-deny`?");
    terminal.run("check").exits(2).warns("no lab has been started");
}

#[test]
fn a_cluster_that_nobody_named_is_not_touched() {
    let terminal = Terminal::new();
    let other = r#"{"apiVersion":"v1","kind":"Config","current-context":"production",
        "contexts":[{"name":"production","context":{"cluster":"c","user":"u"}}],
        "clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:1"}}],"users":[{"name":"u","user":{}}]}"#;
    terminal.file(".kube/config", other);
    terminal.run("reach").exits(3).warns("no practice cluster is running");
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.arg("reach").env("KUBECONFIG", terminal.path().join(".kube/config"));
    crate::terminal::Ran::of(command, b"").exits(3).warns("no practice cluster is running");
}
