//! The course in the terminal, on files alone: labs, hints, solutions, checks, and proving it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::terminal::{Ran, Terminal};

fn root() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace").display().to_string()
}

/// Runs a command on the project's own course.
fn run(terminal: &Terminal, line: &str) -> Ran {
    terminal.run(&format!("{line} --course {}", root()))
}

#[test]
fn labs_are_listed() {
    let terminal = Terminal::new();
    let ran = run(&terminal, "labs").exits(0).says("default-deny").says("lab-checker start LAB");
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    let json = run(&terminal, "labs -o json").exits(0).json();
    let names: Vec<_> = json["labs"].as_array().expect("a list").iter().map(|lab| lab["name"].clone()).collect();
    for name in ["no-isolation", "default-deny", "allow-web-to-api", "cross-namespace", "dns-egress", "limitations"] {
        assert!(names.contains(&json!(name)), "{name} in {names:?}");
    }
    assert!(json["labs"][0].get("solution").is_none(), "no answers in the list");
}

#[test]
fn the_copy_in_the_program_is_the_course() {
    let terminal = Terminal::new();
    assert_eq!(terminal.run("labs -o json").exits(0).json(), run(&terminal, "labs -o json").exits(0).json());
}

#[test]
fn hints_come_one_at_a_time() {
    let terminal = Terminal::new();
    let json = run(&terminal, "hint default-deny -o json").exits(0).json();
    assert_eq!((&json["lab"], &json["number"]), (&json!("default-deny"), &json!(1)));
    let total = json["total"].as_u64().expect("a number");
    assert!(total > 2, "{json}");
    run(&terminal, "hint default-deny").exits(0).says("Hint 2 of").says("lab-checker hint default-deny 3");
    // Looking back does not lead back, and another lab has hints of its own.
    run(&terminal, "hint default-deny 1").exits(0).says("Hint 1 of").says("lab-checker hint default-deny 2");
    run(&terminal, "hint dns-egress").exits(0).says("Hint 1 of");
    for number in (3..=total).chain([total, total]) {
        run(&terminal, "hint default-deny").exits(0).says(&format!("Hint {number} of {total}"));
    }
    run(&terminal, "hint default-deny")
        .exits(0)
        .says("That was the last one")
        .says("lab-checker solution default-deny");
    run(&terminal, "hint default-deny 0").exits(2).warns("no hint 0");
    run(&terminal, "hint default-deny 99").exits(2).warns("no hint 99");
    run(&terminal, "hint dns-egress").exits(0).says("Hint 2 of");
    // Going further at once counts too.
    run(&terminal, "hint dns-egress 3").exits(0);
    run(&terminal, "hint dns-egress 1").exits(0);
    assert!(run(&terminal, "hint dns-egress -o json").exits(0).json()["number"].as_u64() >= Some(3));
}

#[test]
fn hints_and_solutions_are_of_the_lab_that_is_being_done() {
    let terminal = Terminal::new();
    for command in ["hint", "hint 2", "solution"] {
        run(&terminal, command).exits(2).warns("no lab has been started").warns("lab-checker start LAB");
    }
    terminal.file("data/lab", "default-deny");
    for number in ["1", "2"] {
        let json = run(&terminal, "hint -o json").exits(0).json();
        assert_eq!((&json["lab"], json["number"].to_string().as_str()), (&json!("default-deny"), number));
    }
    run(&terminal, "hint 1").exits(0).says("Hint 1 of");
    assert_eq!(run(&terminal, "hint 2 -o json").exits(0).json()["lab"], "default-deny");
    run(&terminal, "hint 99").exits(2).warns("lab default-deny has no hint 99");
    assert_eq!(run(&terminal, "solution -o json").exits(0).json()["lab"], "default-deny");
}

#[test]
fn a_hint_that_cannot_be_remembered_is_shown() {
    let terminal = Terminal::new();
    // Nobody, not even root, can make a folder where a file is.
    terminal.file("data", "");
    let ran = run(&terminal, "hint default-deny").exits(0).says("Hint 1 of").says("lab-checker hint default-deny 2");
    ran.warns("warning: the next hint will be this one again").warns("data");
    terminal.file("other/hints.json", "what is this?");
    run(&terminal, "hint default-deny --data other").exits(0).says("Hint 1 of");
    run(&terminal, "hint default-deny --data other").exits(0).says("Hint 2 of");
}

#[test]
fn a_solution_can_be_applied_as_it_is_printed() {
    let terminal = Terminal::new();
    let solution = run(&terminal, "solution default-deny").exits(0).says("kind: NetworkPolicy");
    terminal.file("answer.yaml", solution.stdout);
    run(&terminal, "check default-deny -f answer.yaml").exits(0).says("✓ Default deny  10 of 10 points");
}

#[test]
fn a_report_on_files_names_the_lines_that_decide() {
    let terminal = Terminal::new();
    let solution = run(&terminal, "solution default-deny").exits(0).stdout;
    // Without a namespace it stands in the lab's own.
    let open = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: monitoring}
spec:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
        - podSelector: {matchLabels: {app: prometheus}}
";
    terminal.file("answer.yaml", solution).file("open.yaml", open);
    let json = run(&terminal, "check default-deny -f answer.yaml -f open.yaml -o json").exits(1).json();
    let place = |of: &serde_json::Value| (of["file"].clone(), of["line"].clone(), of["column"].clone());
    assert_eq!(place(&json["finding"]), (json!("open.yaml"), json!(9), json!(11)), "{json}");
    let decisions = json["checks"].as_array().expect("a list").iter().flat_map(|check| check["decided_by"].as_array());
    let own: Vec<_> = decisions.flatten().filter(|decision| decision["policy"] == "production/monitoring").collect();
    assert!(!own.is_empty(), "{json}");
    for decision in own {
        let line = if decision["field"] == "spec.ingress[0].from[0]" { 8 } else { 9 };
        assert_eq!(place(decision), (json!("open.yaml"), json!(line), json!(11)), "{decision}");
    }
}

#[test]
fn a_right_answer_passes_whatever_the_form_of_its_report() {
    let terminal = Terminal::new();
    let solution = format!("{}/labs/allow-web-to-api/solution", root());
    let json = run(&terminal, &format!("check allow-web-to-api -f {solution} -o json")).exits(0).json();
    assert_eq!((&json["lab"], &json["passed"]), (&json!("allow-web-to-api"), &json!(true)));
    assert_eq!((&json["points"], &json["mistake"]), (&json["max_points"], &json!(null)));
    run(&terminal, &format!("check allow-web-to-api -f {solution} -o junit")).exits(0).says("failures=\"0\"");
}

#[test]
fn a_wrong_answer_is_told_which_flow_and_why() {
    let terminal = Terminal::new();
    let mistake = format!("{}/labs/default-deny/mistakes/only-ingress.yaml", root());
    let ran = run(&terminal, &format!("check default-deny -f {mistake}")).exits(1);
    let ran = ran.says("✓ nothing comes in to production").says("✗ nothing goes out of production");
    let ran = ran.says("production/api → ").says("well-known slip").says("lab-checker hint default-deny");
    assert_eq!(ran.stderr, "");
    let json = run(&terminal, &format!("check default-deny -f {mistake} -o json")).exits(1).json();
    assert_eq!(json["passed"], false);
    assert_eq!(json["mistake"]["name"], "only-ingress");
    let failing = json["checks"].as_array().expect("a list").iter().find(|check| check["passed"] == false);
    let failing = failing.expect("a check fails");
    let message = failing["message"].as_str().expect("a message");
    assert!(message.contains("production/api → ") && message.contains("no policy isolates"), "{message}");
    assert_eq!(failing["flow"]["protocol"], "TCP");
    let junit = run(&terminal, &format!("check default-deny -f {mistake} -o junit")).exits(1);
    junit.says("<?xml").says("<testsuite name=\"default-deny\"").says("<failure message=");
}

#[test]
fn a_report_begins_with_the_advice_and_gives_three_examples_of_each_check() {
    let terminal = Terminal::new();
    let mistake =
        std::fs::read(format!("{}/labs/default-deny/mistakes/only-ingress.yaml", root())).expect("it is there");
    terminal.file("answer.yaml", mistake);
    let check = "check default-deny -f answer.yaml";
    let short = terminal.run(check).exits(1).stdout;
    insta::assert_snapshot!(short, @r"
    ✗ Default deny  3 of 10 points

    This looks like a well-known slip:
      The way in is closed, but pods in production can still call anybody. Egress is
      missing from policyTypes. Leaving policyTypes out altogether means Ingress
      alone, and so does an empty egress: [] without the type.

      ✓ nothing comes in to production
      ✗ nothing goes out of production
          production/api → dev/builder:8080/TCP
            It must be blocked. production/api → dev/builder:8080/TCP is allowed: no
            policy isolates production/api for egress and no policy isolates
            dev/builder for ingress. Every pod in production must be isolated for
            egress as well. That needs Egress in policyTypes.
          production/api → monitoring/prometheus:9090/TCP
          production/api → kube-dns:53/TCP
          … and 9 more (--all shows them)
      ✓ the other namespaces stay open
      ✗ also for pods, ports and addresses that are not here today
          production/api → dev/builder:1/TCP
            It must be blocked. production/api → dev/builder:1/TCP is allowed: no
            policy isolates production/api for egress and no policy isolates
            dev/builder for ingress. The same goes for every TCP port, every UDP
            port and every SCTP port.
          production/api → 198.51.100.7:1/TCP
          production/api → [2001:db8::1]:1/TCP
      ✓ everything else is as it was

    Stuck? lab-checker hint default-deny
    After every change: lab-checker check default-deny -f answer.yaml
    ");

    // Nothing is lost: --all shows every flow, and JSON is whole with and without it.
    let json = terminal.run(&format!("{check} -o json")).exits(1).json();
    assert_eq!(json, terminal.run(&format!("{check} -o json --all")).exits(1).json());
    let wrong: Vec<_> =
        json["checks"].as_array().expect("a list").iter().filter(|check| check["passed"] == false).collect();
    assert_eq!(wrong.len(), 15, "{json}");
    let all = terminal.run(&format!("{check} --all")).exits(1).stdout;
    let words = all.split_whitespace().collect::<Vec<_>>().join(" ");
    for check in wrong {
        let message = check["message"].as_str().expect("a message");
        assert!(words.contains(&message.split_whitespace().collect::<Vec<_>>().join(" ")), "no `{message}` in\n{all}");
    }
    assert!(!all.contains("more"), "{all}");
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {namespace: production, name: ";

#[test]
fn without_a_well_known_mistake_the_report_says_what_to_look_at_first() {
    let terminal = Terminal::new();
    terminal.file(
        "answer.yaml",
        format!("{POLICY}nobody}}\nspec: {{podSelector: {{matchLabels: {{app: wbe}}}}, policyTypes: [Ingress]}}\n"),
    );
    let text = run(&terminal, "check deny-ingress -f answer.yaml").exits(1).stdout;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = "Look at this first: production/nobody, spec.podSelector: it selects no pod";
    let place = words.find(first).unwrap_or_else(|| panic!("no `{first}` in\n{text}"));
    assert!(place < words.find("nothing reaches production").expect("the checks"), "{text}");
    let json = run(&terminal, "check deny-ingress -f answer.yaml -o json").exits(1).json();
    assert_eq!(json["finding"]["policy"], "production/nobody");
    assert_eq!(json["incomplete"], serde_json::Value::Null);
}

#[test]
fn a_report_that_could_not_look_at_everything_says_so() {
    let terminal = Terminal::new();
    let solution = std::fs::read_to_string(format!("{}/labs/deny-ingress/solution/default-deny-ingress.yaml", root()));
    let noise = (0..12).map(|at| {
        format!(
            "{POLICY}noise{at}}}\nspec: {{podSelector: {{matchLabels: {{key{at}: x}}}}, policyTypes: [Ingress]}}\n---\n"
        )
    });
    terminal.file("answer.yaml", format!("{}{}", noise.collect::<String>(), solution.expect("a solution")));
    let text = run(&terminal, "check deny-ingress -f answer.yaml").exits(0).stdout;
    assert!(text.contains("Not everything was looked at: the policies tell more than 512"), "{text}");
    let json = run(&terminal, "check deny-ingress -f answer.yaml -o json").exits(0).json();
    assert_eq!(json["incomplete"].as_array().map(Vec::len), Some(1), "{json}");
}

#[test]
fn every_check_is_named_once_in_every_report() {
    let terminal = Terminal::new();
    terminal.file("none.yaml", "");
    let labs = run(&terminal, "labs -o json").exits(0).json();
    for lab in labs["labs"].as_array().expect("a list").iter().filter_map(|lab| lab["name"].as_str()) {
        let check = format!("check {lab} -f none.yaml");
        let text = run(&terminal, &check).exits(1).stdout;
        let json = run(&terminal, &format!("{check} -o json")).exits(1).json();
        let mut counts = BTreeMap::new();
        for check in json["checks"].as_array().expect("a list") {
            let (name, passed) = (check["name"].as_str().expect("a name"), check["passed"] == true);
            *counts.entry(name).or_insert(0) += usize::from(!passed);
        }
        for (name, wrong) in counts {
            let sign = if wrong == 0 { '✓' } else { '✗' };
            let heading = format!("  {sign} {name}");
            assert_eq!(text.lines().filter(|line| *line == heading).count(), 1, "`{heading}` in\n{text}");
            let below = text.lines().skip_while(|line| *line != heading).skip(1);
            let below: Vec<_> = below.take_while(|line| line.starts_with("      ")).collect();
            let more =
                below.iter().any(|line| line.trim() == format!("… and {} more (--all shows them)", wrong.max(3) - 3));
            assert_eq!(more, wrong > 3, "{wrong} wrong flows of `{name}` in\n{text}");
            let flows = below.iter().filter(|line| line.contains(" → ") && !line.starts_with("       ")).count();
            assert!(flows <= 3, "{flows} flows of `{name}` in\n{text}");
        }
    }
}

#[test]
fn the_course_is_proved() {
    let terminal = Terminal::new();
    let ran = run(&terminal, "course check");
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let ran = ran.says("Solutions changed in one place").says("all proved");
    let row = |name: &str| {
        let line = ran.stdout.lines().find(|line| line.trim_start().starts_with(name));
        let words: Vec<&str> = line.unwrap_or_else(|| panic!("no row {name}")).split_whitespace().collect();
        let numbers = words[words.len() - 5..].iter().map(|word| word.replace(',', "").parse().expect("a number"));
        numbers.collect::<Vec<usize>>()
    };
    for (name, least) in [("all labs", 4000), ("capstone", 1500), ("fix-labels", 30), ("audit", 50)] {
        let [changed, differ, caught, equal, passed] = row(name)[..] else { panic!("five numbers") };
        assert!(changed >= least && differ + equal == changed, "{name}: {changed} changes");
        assert_eq!((caught, passed), (differ, equal), "{name}: differ and caught, equal and passed");
    }
}

#[test]
fn a_broken_course_is_told_all_its_problems() {
    let terminal = Terminal::new();
    terminal.file("course/book/book.toml", "[book]\ntitle = \"T\"\n");
    terminal.file("course/book/src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
    terminal.file("course/book/src/one.md", "# One\n");
    terminal.file("course/labs/broken/lab.yaml", "title: Broken\npoints: many\ntaks: none\n");
    std::fs::create_dir_all(terminal.path().join("course/quizzes")).expect("a folder");
    let ran = terminal.run("course check --course course").exits(1).says("labs/broken/lab.yaml:2").says("taks");
    assert!(ran.stdout.contains("help:") && ran.stdout.contains("problems"), "{}", ran.stdout);
    let json = terminal.run("course check --course course -o json").exits(1).json();
    assert_eq!(json["passed"], false);
    assert!(json["problems"][0]["file"].is_string());
    terminal.run("labs --course course").exits(2).warns("lab-checker course check --course course lists every problem");
    terminal.run("course check --course nowhere").exits(1).says("nowhere");
}

#[test]
fn the_book_is_rendered() {
    let terminal = Terminal::new();
    run(&terminal, "course build public").exits(0).says("index.html");
    let page = std::fs::read_to_string(terminal.path().join("public/default-deny.html")).expect("the lesson");
    assert!(page.contains("data-lab=\"default-deny\""), "the lab stands in its lesson");
    assert!(!page.contains("{{#"), "every directive is replaced");
}

#[test]
fn a_lab_is_exported_as_it_is_judged() {
    let terminal = Terminal::new();
    run(&terminal, "course export dns-egress --to out --seed 7").exits(0).says("dns-egress is in out");
    let out = terminal.path().join("out");
    for folder in ["start", "solution", "also-right", "mistakes", "worlds"] {
        assert!(out.join(folder).is_dir(), "{folder}/ is missing");
    }
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs/dns-egress");
    let read =
        |path: std::path::PathBuf| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    assert_eq!(read(out.join("lab.yaml")), read(repository.join("lab.yaml")));
    for folder in ["start", "solution", "mistakes"] {
        let names = |at: &std::path::Path| {
            let names =
                std::fs::read_dir(at.join(folder)).expect("a folder").map(|entry| entry.expect("an entry").file_name());
            names.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&out), names(&repository), "{folder}/");
    }

    // Another seed gives the same; what was there is replaced, and nothing else is touched.
    terminal.file("out/start/left-over.yaml", "x: 1\n");
    terminal.file("out/mine.txt", "mine");
    run(&terminal, "course export dns-egress --to out --seed 8").exits(0);
    assert!(!out.join("start/left-over.yaml").exists() && out.join("mine.txt").exists());
    terminal.file("home/letter.txt", "dear");
    run(&terminal, "course export dns-egress --to home").exits(2).warns("holds no lab");
    run(&terminal, "course export dns-egres --to other").exits(2).warns("did you mean `dns-egress`?");

    // What was written is a lab of a course: put into one, it is proved again.
    terminal.file("course/book/book.toml", "[book]\ntitle = \"T\"\n");
    terminal.file("course/book/src/SUMMARY.md", "- [DNS](dns.md)\n");
    terminal.file("course/book/src/dns.md", "# DNS\n\n{{#lab dns-egress}}\n");
    std::fs::create_dir_all(terminal.path().join("course/quizzes")).expect("a folder");
    run(&terminal, "course export dns-egress --to course/labs/dns-egress").exits(0);
    let yaml = read(terminal.path().join("course/labs/dns-egress/lab.yaml"));
    let chapter = yaml.lines().find(|line| line.starts_with("chapter:")).expect("a chapter");
    terminal.file("course/labs/dns-egress/lab.yaml", yaml.replace(chapter, "chapter: dns"));
    terminal.run("course check --course course").exits(0);
}

#[test]
fn mdbook_asks_what_the_preprocessor_supports() {
    let terminal = Terminal::new();
    terminal.run("mdbook-preprocessor supports html").exits(0);
    terminal.run("mdbook-preprocessor supports epub").exits(1);
    terminal.run_with_input("mdbook-preprocessor", "no book").exits(2).warns("error:");
}

#[test]
fn a_quiz_can_be_answered_by_a_program() {
    let terminal = Terminal::new();
    run(&terminal, "quiz").exits(0).says("dns-egress").says("lab-checker quiz NAME");
    let quiz = run(&terminal, "quiz dns-egress -o json").exits(0).json();
    assert!(!quiz.to_string().contains("explanation"), "no answers before grading");
    let questions = quiz["questions"].as_array().expect("a list");
    terminal.file("none.json", "{}");
    let none = run(&terminal, "quiz dns-egress --answers none.json -o json").exits(2);
    none.warns("answer at least one question");
    terminal.file("other.json", r#"{"weather": "fine"}"#);
    run(&terminal, "quiz dns-egress --answers other.json").exits(2).warns("no question \"weather\"");
    let first = questions[0]["id"].as_str().expect("an id");
    terminal.file("one.json", json!({first: questions[0]["options"][0]["id"]}).to_string());
    let report = run(&terminal, "quiz dns-egress --answers one.json -o json").exits(1).json();
    assert_eq!((&report["passed"], &report["points"]), (&json!(false), &json!(0.0)));
    assert_eq!(report["questions"].as_array().map(Vec::len), Some(questions.len()));
    let explained = |result: &&serde_json::Value| !result["explanation"].is_null();
    assert_eq!(report["questions"].as_array().expect("a list").iter().filter(explained).count(), 1, "{report}");
    let words = run(&terminal, "quiz dns-egress --answers one.json").exits(1).says("Not answered");
    let words = words.stdout.to_lowercase();
    assert!(!words.contains("answered: not answered") && !words.contains("right: right"), "{words}");
    run(&terminal, "quiz dns-egress").exits(2).warns("a quiz needs a terminal");
    run(&terminal, "quiz dns-egres").exits(2).warns("did you mean `dns-egress`?");
    terminal.file("words.json", "not json");
    run(&terminal, "quiz dns-egress --answers words.json").exits(2).warns("words.json is not JSON");
}
