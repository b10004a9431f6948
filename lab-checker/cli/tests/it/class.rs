//! What `serve` says when it serves a class: only addresses that can be right, and no file that is not there.

use crate::serving::Serving;
use crate::terminal::Terminal;

fn serve(terminal: &Terminal, line: &str) -> Serving {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    Serving::start(terminal, &arguments, "Ctrl-C")
}

/// The port in the address that it says it is open at.
fn port(server: &Serving) -> &str {
    server.url.rsplit(':').next().expect("a port")
}

#[test]
fn a_class_without_a_public_address_is_asked_for_one() {
    let terminal = Terminal::new();
    let server = serve(&terminal, "serve --listen 0.0.0.0:0");
    let said = &server.announcement;
    assert!(said.contains("--public-url http://NAME:"), "{said}");
    assert!(said.contains(&format!("http://localhost:{} (that is for this machine alone)", port(&server))), "{said}");
    assert!(!said.contains("0.0.0.0"), "{said}");
    assert_eq!(said.matches("localhost").count(), 2, "the address here, and the gradebook's: {said}");
    assert!(!said.contains("KUBECONFIG") && !said.contains("lab-checker labs"), "there is no local learner: {said}");
    assert!(!terminal.data().join("kubeconfig").exists());
    assert!(said.contains("join code"), "{said}");
    let kept = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("it is kept");
    assert!(said.contains(kept.trim()), "{said}");
}

#[test]
fn a_class_with_a_public_address_is_told_what_learners_enter() {
    for listen in ["0.0.0.0:0", "127.0.0.1:0"] {
        let terminal = Terminal::new();
        let line = format!("serve --listen {listen} --public-url https://class.example.org/");
        let server = serve(&terminal, &line);
        let said = &server.announcement;
        let code = said.split("join code").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a code");
        assert!(said.contains("open at https://class.example.org (listening on "), "{said}");
        assert!(said.contains(&format!("lab-checker join https://class.example.org {code}")), "{said}");
        assert!(said.contains("https://class.example.org/instructor"), "{said}");
        assert!(!said.contains("localhost") && !said.contains("KUBECONFIG"), "{said}");
        assert!(!terminal.data().join("kubeconfig").exists(), "{listen}");
    }
}

#[test]
fn a_learner_alone_is_told_of_files_that_are_there() {
    let terminal = Terminal::new();
    let server = serve(&terminal, "serve --listen 127.0.0.1:0");
    let said = &server.announcement;
    let path = said.split("KUBECONFIG=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a path");
    let kubeconfig = std::fs::read_to_string(path).expect("the kubeconfig is there");
    assert!(kubeconfig.contains(&format!("{}/clusters/", server.url)), "{kubeconfig}");
    assert!(!said.contains("join code"), "{said}");
}

#[test]
fn a_public_address_that_cannot_be_right_is_refused() {
    let terminal = Terminal::new();
    for url in ["http://0.0.0.0:8080", "http://[::]:8080", "class.example.org", "ftp://class.example.org", "http://a/b"]
    {
        let ran = terminal.run(&format!("serve --listen 0.0.0.0:0 --public-url {url}")).exits(2);
        ran.warns("public address").warns(url);
    }
}

#[test]
fn the_kubeconfig_of_a_cluster_that_listens_everywhere_names_no_such_place() {
    let terminal = Terminal::new();
    let cluster = Serving::start(&terminal, &["cluster", "--listen", "0.0.0.0:0"], "export KUBECONFIG=");
    let path = cluster.announcement.trim().rsplit('=').next().expect("a path");
    let kubeconfig = std::fs::read_to_string(path).expect("the kubeconfig is there");
    assert!(kubeconfig.contains("http://localhost:") && !kubeconfig.contains("0.0.0.0"), "{kubeconfig}");
}

#[test]
fn the_readmes_class_command_names_the_address_of_learners() {
    let readme = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).expect("there is a README");
    let classes: Vec<&str> = readme.lines().filter(|line| line.contains("serve --listen 0.0.0.0")).collect();
    assert!(!classes.is_empty() && classes.iter().all(|line| line.contains("--public-url ")), "{classes:?}");
}
