//! `token` on the server's machine, beside a server that runs; and the second server, which does not.

use crate::serving::Serving;
use crate::terminal::Terminal;

#[test]
fn tokens_and_the_join_code_change_while_the_server_runs() {
    let terminal = Terminal::new();
    terminal.run("token list").exits(2).warns("there is none").warns("lab-checker serve makes it");
    assert!(!terminal.data().exists(), "looking makes no folder");
    let server = Serving::start(&terminal, &["serve", "--listen", "0.0.0.0:0"], "Ctrl-C");
    let port = server.url.rsplit(':').next().expect("a port").trim_end_matches('/');
    let url = format!("http://localhost:{port}");
    let kept = terminal.data().join("instructor-token");
    let first = std::fs::read_to_string(&kept).expect("a token");
    let listed = terminal.run("token list").exits(0).says("Join code: ").says("(kept in the data folder)");
    assert!(!listed.stdout.contains(first.trim()), "a token is shown once");
    let issued = terminal.run("token issue assistants -o json").exits(0).json();
    terminal.file("assistants", issued["token"].as_str().expect("a token"));
    terminal.run(&format!("grades --url {url} --token-file assistants")).exits(0);
    terminal.run("token list").exits(0).says("assistants");
    terminal.run("token rotate").exits(0).says("kept in ");
    let second = std::fs::read_to_string(&kept).expect("a token");
    assert_ne!(first, second);
    terminal.file("first", &first);
    terminal.run(&format!("grades --url {url} --token-file first")).exits(2).warns("token");
    terminal.run(&format!("grades --url {url}")).exits(0);
    terminal.run(&format!("token revoke {}", issued["id"].as_str().expect("an id"))).exits(0).says("is revoked");
    terminal.run(&format!("grades --url {url} --token-file assistants")).exits(2);
    terminal.run("token revoke nobody").exits(2).warns("nobody").warns("none of this id");
    let code = terminal.run("token rotate join-code -o json").exits(0).json();
    let code = code["join_code"].as_str().expect("a code");
    terminal.run(&format!("join {url} {code} --name Ada")).exits(0);
    terminal.run("token revoke join-code").exits(0).says("nobody can enrol");
    terminal.run(&format!("join {url} {code} --name Bob")).exits(2).warns("join code is wrong");
    terminal.run("token list").exits(0).says("Join code: none");
    drop(server);
    let server = Serving::start(&terminal, &["serve", "--listen", "0.0.0.0:0"], "Ctrl-C");
    assert!(server.announcement.contains("nobody can join"), "{}", server.announcement);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_until_the_first_is_gone() {
    let terminal = Terminal::new();
    for end in [Serving::kill as fn(&mut Serving), |server| assert!(server.terminate())] {
        let mut first = Serving::serve(&terminal);
        let before = std::fs::read_to_string(terminal.data().join("learner.json")).expect("a session");
        let second = terminal.run("serve --listen 127.0.0.1:0").exits(2);
        second.warns("another lab-checker serves it").warns("--data");
        let after = std::fs::read_to_string(terminal.data().join("learner.json")).expect("a session");
        assert_eq!(before, after, "the second has left the first's files alone");
        terminal.run("status").exits(0);
        end(&mut first);
    }
    drop(Serving::serve(&terminal));
}

#[test]
fn one_learner_is_forgotten_after_a_question() {
    let terminal = Terminal::new();
    let server = Serving::start(&terminal, &["serve", "--listen", "0.0.0.0:0"], "Ctrl-C");
    let port = server.url.rsplit(':').next().expect("a port").trim_end_matches('/');
    let url = format!("http://localhost:{port}");
    let issued = terminal.run("token rotate join-code -o json").exits(0).json();
    let code = issued["join_code"].as_str().expect("a code");
    for name in ["Ada", "Bob"] {
        let email = format!("{}@example.org", name.to_lowercase());
        terminal.run(&format!("join {url} {code} --name {name} --email {email}")).exits(0);
    }
    terminal.run("status").exits(0);
    terminal.run(&format!("forget nobody --url {url} --yes")).exits(2).warns("nobody in the class has");
    let asked = terminal.run(&format!("forget ADA@example.org --url {url}")).exits(2);
    asked.warns("Ada (ada@example.org, ").warns("say --yes if that is what you want");
    let done = terminal.run(&format!("forget ADA@example.org --url {url} --yes")).exits(0);
    done.says("is deleted, with 0 attempts");
    terminal.run(&format!("forget ada@example.org --url {url} --yes")).exits(2);
    let left = terminal.run(&format!("grades --url {url}")).exits(0).says("Bob");
    assert!(!left.stdout.contains("Ada"), "{}", left.stdout);
}
