//! A quiz in a real terminal: questions that are broken at words, and answers by number, arrow and word.

use crate::pty::Pty;
use crate::terminal::Terminal;

const QUIZ: &str = r##"
title = "In a terminal"
points = 4

[[questions]]
id = "one"
type = "MultipleChoice"
prompt.prompt = "Which of these sentences, each of which is longer than a line of a terminal has room for, is the right one?"
prompt.distractors = [
  "A pod without any policy is closed to everybody, its own neighbours of the same namespace included",
  "A policy that selects nothing at all selects everything, which surprises people who meet it the first time",
]
prompt.answerIndex = 1
answer.answer = "A pod that no policy selects for a direction may talk to anybody in that direction, and be talked to"
context = "Isolation begins with the first policy that selects a pod, for the direction that the policy names, and not before."

[[questions]]
id = "several"
type = "MultipleChoice"
prompt.prompt = "Which are policy types?"
prompt.distractors = ["Forward"]
prompt.sortAnswers = true
answer.answer = ["Ingress", "Egress"]
context = "There are two directions."

[[questions]]
id = "word"
type = "ShortAnswer"
prompt.prompt = "Two words for an intruder's way from pod to pod?"
answer.answer = "lateral movement"
context = "From pod to pod."

[[reachability]]
id = "judge"
prompt = "What gets through?"
objects = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: close-web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}}
"""
flows = ["shop/web -> shop/api:8080", "shop/api -> shop/web:80"]
context = "The way in to web is closed."
"##;

const DOWN: &str = "\x1b[B";

fn course() -> Terminal {
    let terminal = Terminal::new();
    terminal.file("course/book/book.toml", "[book]\ntitle = \"A small course\"\n[output.html]\n");
    terminal.file("course/book/src/SUMMARY.md", "# Summary\n\n- [First](first.md)\n");
    terminal.file("course/book/src/first.md", "# First\n\n{{#quiz ../../quizzes/terminal.toml}}\n");
    terminal.file("course/labs/README.md", "No labs yet.\n");
    terminal.file("course/quizzes/terminal.toml", QUIZ);
    terminal
}

/// Where a reader sees this option in the list.
fn place(drawn: &str, option: &str) -> usize {
    let line = drawn.lines().find(|line| line.ends_with(option)).unwrap_or_else(|| panic!("no {option} in\n{drawn}"));
    line.split_whitespace().find_map(|word| word.parse().ok()).expect("options have numbers")
}

#[test]
fn a_quiz_takes_numbers_arrows_and_words() {
    for by_number in [true, false] {
        let terminal = course();
        let questions = terminal.run("quiz terminal --course course -o json").exits(0).json();
        let places: Vec<usize> = ["Ingress", "Egress"]
            .iter()
            .map(|name| {
                let options = questions["questions"][1]["options"].as_array().expect("options");
                options.iter().position(|option| option["text"] == *name).expect("the option")
            })
            .collect();
        let mut quiz = Pty::start(&terminal, "quiz terminal --course course", 80);
        quiz.wait_for("Question 1 of 4").wait_for("Enter hands in.").wait_for("> 1 ").wait_for("  3 ");
        quiz.types(if by_number { "2" } else { DOWN }).wait_for("> 2 ").types("\r");
        quiz.wait_for("Question 2 of 4").wait_for("> [ ] 1 ").wait_for("[ ] 3 ");
        for place in &places {
            let keys = match by_number {
                true => (place + 1).to_string(),
                false => format!("\x1b[H{} ", DOWN.repeat(*place)),
            };
            quiz.types(&keys).wait_for(&format!("> [x] {} ", place + 1));
        }
        quiz.types("\r").wait_for("Question 3 of 4").wait_for("Your answer").types("Lateral-movement.\r");
        quiz.wait_for("Question 4 of 4").wait_for("shop/web → shop/api:8080/TCP").wait_for("> 1 allowed").types("\r");
        quiz.wait_for("shop/api → shop/web:80/TCP").wait_for("> 1 allowed");
        quiz.types(if by_number { "2" } else { DOWN }).wait_for("> 2 blocked").types("\r");
        quiz.wait_for("Passed: 4 of 4 points");
        let (code, drawn) = quiz.ends();
        assert_eq!(code, 0, "{drawn}");
    }
}

#[test]
fn a_quiz_is_broken_at_words() {
    for columns in [80, 60, 40] {
        let terminal = course();
        let mut quiz = Pty::start(&terminal, "quiz terminal --course course", columns);
        quiz.wait_for("> 1 ").wait_for("  3 ").types("3").wait_for("> 3 ").types("\r");
        quiz.wait_for("> [ ] 1 ").types("\r").wait_for("Your answer").types("\r");
        quiz.wait_for("> 1 allowed").types("\r").wait_for("shop/api → shop/web").wait_for("> 1 allowed").types("\r");
        quiz.wait_for("Not passed yet");
        let (code, drawn) = quiz.ends();
        assert_eq!(code, 1, "{drawn}");
        for line in drawn.lines().filter(|line| !line.starts_with("metadata:") && !line.starts_with("spec:")) {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
        }
        let words = drawn.split_whitespace().collect::<Vec<_>>().join(" ");
        let file: toml::Table = QUIZ.parse().expect("a quiz is TOML");
        let question = &file["questions"][0];
        let texts = question["prompt"]["distractors"].as_array().expect("a list").iter();
        for text in texts.chain([&question["prompt"]["prompt"], &question["answer"]["answer"], &question["context"]]) {
            let text = text.as_str().expect("text");
            assert!(words.contains(text), "{columns}: `{text}` is broken in\n{drawn}");
        }
        // The numbers that are drawn are those that may be typed.
        assert_eq!(place(&drawn, "blocked"), 2);
    }
}

#[test]
fn one_point_is_one_point() {
    let terminal = course();
    terminal.file("course/quizzes/terminal.toml", QUIZ.replace("points = 4", "points = 1"));
    terminal.file("answers.json", r#"{"word": "moving"}"#);
    let ran = terminal.run("quiz terminal --course course --answers answers.json").exits(1);
    ran.says("Not passed yet: 0 of 1 point\n");
    terminal.run("course check --course course").exits(0).says("1 lesson, 0 labs with 0 mistakes, 1 quiz; all proved");
}
