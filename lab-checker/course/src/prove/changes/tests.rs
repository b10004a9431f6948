//! The proof put to the test with checks that are wrong on purpose.

use std::sync::Arc;

use super::{Changes, prove_also_right, prove_changes, prove_check};
use crate::book::Course;
use crate::check::Checker;
use crate::labs::Lab;

const LAB: &str = "\
title: Close the door
chapter: first
namespace: shop
task: Let nobody but web reach api on 8080.
reachability:
  ports: [declared, 9999/TCP]
  default: allowed
  except:
    - {name: api is closed, from: \"*\", to: shop/api}
  unless:
    - {name: web reaches api, from: shop/web, to: \"shop/api:8080\"}
hints: [Think.]
solution: One policy.
";

const START: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080, name: http}]}]}
";

const SOLUTION: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 8080}]
";

/// A lab with these files beside `lab.yaml`, `start/` and `solution/`.
fn lab(more: &[(&str, &str)], lab: &str) -> Arc<Lab> {
    let directory = tempfile::tempdir().unwrap();
    let own = [("lab.yaml", lab), ("start/shop.yaml", START), ("solution/api.yaml", SOLUTION)];
    let course = [("book/book.toml", "[book]\ntitle = \"T\"\n"), ("book/src/SUMMARY.md", "- [First](first.md)\n")];
    let own = own.iter().chain(more).map(|(path, text)| (format!("labs/door/{path}"), text));
    for (path, text) in own.chain(course.iter().map(|(path, text)| ((*path).to_owned(), text))) {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::create_dir_all(directory.path().join("quizzes")).unwrap();
    let course = Course::load(directory.path()).unwrap_or_else(|errors| panic!("{errors}"));
    Arc::clone(&course.labs[0])
}

fn numbers(changes: &Changes) -> [usize; 5] {
    [changes.changed, changes.differ, changes.caught, changes.equal, changes.passed]
}

#[test]
fn a_check_that_passes_everything_misses_every_difference() {
    let changes = prove_check(&lab(&[], LAB), &|_| None);
    let [changed, differ, caught, equal, passed] = numbers(&changes);
    assert!(differ > 40 && equal > 10, "{changes:?}");
    assert_eq!((differ + equal, caught, passed), (changed, 0, equal));
    assert_eq!(changes.misses.len(), differ);
    let problems = changes.problems();
    let told = |words: &str| problems.iter().any(|problem| problem.to_string().contains(words));
    assert!(told(
        "labs/door/solution: a wrong answer passes (rule added: NetworkPolicy shop/api, spec.ingress: a rule {}"
    ));
    assert!(told("shop/api:8080/TCP is allowed, and must be blocked"));
}

#[test]
fn a_check_that_refuses_everything_refuses_right_answers() {
    let changes = prove_check(&lab(&[], LAB), &|_| Some("no".to_owned()));
    let [_, differ, caught, equal, passed] = numbers(&changes);
    assert_eq!((caught, passed, changes.misses.len()), (differ, 0, equal));
    let problem = changes.problems().first().unwrap().to_string();
    assert!(problem.contains("a right answer is refused") && problem.contains(": no"), "{problem}");
}

#[test]
fn right_answers_pass_the_check_of_today() {
    let changes = prove_changes(&Checker::new(lab(&[], LAB)));
    assert_eq!(changes.equal, changes.passed, "{:#?}", changes.misses);
    assert!(changes.caught > 20, "{changes:?}");
}

#[test]
fn what_is_free_is_no_difference() {
    let all = prove_check(&lab(&[], LAB), &|_| None);
    let free = LAB.replace("hints:", "  free:\n    - {to: \"*:*/UDP\", why: Nobody asked about UDP.}\nhints:");
    let fewer = prove_check(&lab(&[], &free), &|_| None);
    assert_eq!(all.changed, fewer.changed);
    assert!(fewer.differ < all.differ, "{fewer:?}");
    assert!(!fewer.misses.iter().any(|miss| miss.difference.as_ref().is_some_and(|flow| flow.contains("/UDP"))));
}

#[test]
fn an_answer_must_be_right_in_every_world() {
    let policy = |name: &str, pods: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{podSelector: {pods}}}\n"
        )
    };
    let (deny, solution) = (policy("deny", "{}"), policy("api", "{matchLabels: {app: api}}"));
    let deny_web = policy("deny", "{matchLabels: {app: web}}");
    let here = [("start/deny.yaml", deny.as_str()), ("solution/api.yaml", solution.as_str())];
    let there = [here[0], here[1], ("worlds/half-open/deny.yaml", deny_web.as_str())];
    let dropped = |more: &[(&str, &str)]| {
        let missed = prove_check(&lab(more, LAB), &|_| None).misses;
        missed.iter().filter(|miss| miss.operator == "policy dropped").count()
    };
    assert_eq!((dropped(&here), dropped(&there)), (0, 1), "without the policy, the start closes api by itself");
}

#[test]
fn an_answer_that_is_not_as_right_is_no_right_answer() {
    let wider = SOLUTION.replace("8080", "8080, endPort: 8081");
    let otherwise = SOLUTION.replace("8080", "8080, endPort: 8080");
    let lab = lab(&[("also-right/wider.yaml", &wider), ("also-right/otherwise.yaml", &otherwise)], LAB);
    let problems: Vec<String> = prove_also_right(&lab).iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].starts_with("labs/door/also-right/wider.yaml") && problems[0].contains(":8081/TCP"),
        "{problems:?}"
    );
}
