//! Proving finds each kind of defect, and says where it is and what to do.

use crate::sample::Sample;

/// Breaks the sample and looks for a problem that begins with `place` and has `words` in it.
fn finds(breaking: impl FnOnce(&Sample), place: &str, words: &str) {
    let sample = Sample::new();
    breaking(&sample);
    let problems: Vec<String> = sample.problems().iter().map(ToString::to_string).collect();
    let found = problems.iter().any(|problem| problem.starts_with(place) && problem.contains(words));
    assert!(found, "no problem at {place} with {words:?}; there is\n{}", problems.join("\n"));
}

const LAB: &str = "labs/close-the-door/lab.yaml";
const LESSON: &str = "book/src/first.md";
const QUIZ: &str = "quizzes/first.toml";

#[test]
fn the_sample_is_sound() {
    assert_eq!(Sample::new().problems(), []);
}

#[test]
fn all_problems_are_told_at_once() {
    let sample = Sample::new();
    sample.replace(LAB, "points: 8", "points: many");
    sample.replace(LAB, "default: allowed", "default: open");
    sample.replace(QUIZ, "id = \"port\"\n", "");
    sample.write("labs/Wrong_Name/lab.yaml", "");
    let problems = sample.problems();
    for (file, message) in
        [(LAB, "points"), (LAB, "open"), (QUIZ, "id"), ("labs/Wrong_Name", "the name of a lab must be a DNS label")]
    {
        let told = |problem: &&course::Problem| problem.file == file && problem.to_string().contains(message);
        let problem = problems.iter().find(told);
        assert!(problem.is_some_and(|problem| problem.help.is_some()), "{file}: {message} in {problems:#?}");
    }
}

#[test]
fn lab_files() {
    finds(|it| it.replace(LAB, "points:", "pionts:"), &format!("{LAB}:3: pionts"), "did you mean `points`?");
    finds(|it| it.replace(LAB, "title: Close the door\n", ""), LAB, "`title` is missing");
    finds(|it| it.replace(LAB, "points: 8", "points: -1"), &format!("{LAB}:3: points"), "out of range");
    finds(|it| it.replace(LAB, "task: |", "task: ["), &format!("{LAB}:"), "");
    finds(|it| it.replace(LAB, "shop/api:8080", "shop/apo:8080"), &format!("{LAB}:21"), "did you mean `shop/api`?");
    finds(|it| it.replace(LAB, "shop/api:8080", "shop/api:http"), &format!("{LAB}:21"), "is not a port");
    finds(|it| it.replace(LAB, "shop/api:8080", "shop/api:81"), &format!("{LAB}:19"), "names no flow");
    finds(|it| it.replace(LAB, "from: shop/web", "from: 198.51.100.1"), &format!("{LAB}:20"), "add the address");
    finds(|it| it.replace(LAB, "from: shop/web", "from: ../../etc"), &format!("{LAB}:20"), "picks no endpoints");
    finds(|it| it.replace(LAB, "namespace: shop", "namespace: Shop"), &format!("{LAB}:5"), "DNS label");
    finds(|it| it.replace(LAB, "hints:", "mayChange: [Nodes]\nhints:"), LAB, "`Nodes` is no kind");
    finds(|it| it.replace(LAB, "hints:", "frozen: [Pod shop/wbe]\nhints:"), LAB, "did you mean `Pod shop/web`?");
    finds(|it| it.replace(LAB, "web still reaches api", "api is closed"), LAB, "two checks are called");
    finds(|it| it.write("labs/no-file/start/x.yaml", ""), "labs/no-file/lab.yaml", "missing");
    finds(|it| it.write("labs/Web/lab.yaml", ""), "labs/Web", "DNS label");
    finds(|it| it.write("labs/sandbox/lab.yaml", ""), "labs/sandbox", "no lab can be called `sandbox`");
    finds(|it| it.write(LAB, b"title: \xff\n"), &format!("{LAB}:1"), "not UTF-8");
    finds(|it| it.write(LAB, ""), LAB, "nothing in it");
}

#[test]
fn lab_manifests() {
    let start = "labs/close-the-door/start/shop.yaml";
    let solution = "labs/close-the-door/solution/policy.yaml";
    finds(
        |it| it.replace(solution, "podSelector: {matchLabels: {app: api}}", "podSelektor: {}"),
        solution,
        "podSelektor",
    );
    finds(|it| it.replace(solution, "{port: 8080}", "{port: 0}"), &format!("{solution}:8"), "0 is not a port");
    finds(|it| it.write(start, "kind: ["), start, "");
    finds(|it| it.delete(solution), "labs/close-the-door/solution/", "there is no manifest");
    finds(
        |it| it.write("labs/close-the-door/mistakes/new.yaml", "kind: Pod"),
        "labs/close-the-door/mistakes/new.yaml",
        "has no hint",
    );
    finds(|it| it.delete("labs/close-the-door/mistakes/every-port.yaml"), &format!("{LAB}:26"), "is missing");
    finds(
        |it| it.write("labs/close-the-door/start/again.yaml", crate::sample::START),
        start,
        "stands here a second time",
    );
}

#[test]
fn right_answers_written_otherwise() {
    let folder = "labs/close-the-door/also-right";
    let with = |name: &str, text: &str| {
        let (path, text) = (format!("{folder}/{name}"), text.to_owned());
        move |it: &Sample| it.write(&path, text)
    };
    let solution = crate::sample::SOLUTION;
    let another =
        solution.replace("matchLabels: {app: web}", "matchExpressions: [{key: app, operator: In, values: [web]}]");
    let sample = Sample::new();
    with("expressions.yaml", &another)(&sample);
    assert_eq!(sample.problems(), []);
    let course = sample.course();
    assert_eq!(course.labs[0].also_right[0].name, "expressions");
    // An object without a namespace stands where the learner works.
    assert_eq!(course.labs[0].also_right[0].objects[0]["metadata"]["namespace"], "shop");

    finds(with("wrong.yaml", &solution.replace("8080", "8081")), &format!("{folder}/wrong.yaml"), "fails the check");
    finds(with("a.yaml", &solution.replace("8080", "0")), &format!("{folder}/a.yaml:8: "), "0 is not a port");
    finds(with("Not_A_Label.yaml", solution), &format!("{folder}/Not_A_Label.yaml"), "DNS label");
    finds(with("empty.yaml", ""), &format!("{folder}/empty.yaml"), "there is no manifest");
    finds(
        with("pod.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"),
        &format!("{folder}/pod.yaml"),
        "left out",
    );
}

#[test]
fn worlds() {
    let folder = "labs/close-the-door/worlds";
    let pod = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: db, namespace: {namespace}}}\nspec: {{containers: [{{name: db, \
             image: db}}]}}\n"
        )
    };
    let with = |name: &str, text: String| {
        let path = format!("{folder}/{name}");
        move |it: &Sample| it.write(&path, text)
    };
    let sample = Sample::new();
    with("second-pod/pod.yaml", pod("shop"))(&sample);
    assert_eq!(sample.problems(), []);
    let world = &sample.course().labs[0].worlds[0];
    assert_eq!((world.name.as_str(), world.objects.len()), ("second-pod", 1));

    finds(with("lost/pod.yaml", pod("nowhere")), &format!("{folder}/lost/"), "nothing makes the namespace `nowhere`");
    finds(with("pod.yaml", pod("shop")), &format!("{folder}/pod.yaml"), "a world is a folder");
    finds(with("Two_Pods/pod.yaml", pod("shop")), &format!("{folder}/Two_Pods"), "DNS label");
    finds(with("bad/pod.yaml", pod("shop").replace("kind", "kin")), &format!("{folder}/bad/pod.yaml:"), "kin");
    finds(with("bad/pod.yaml", pod("shop").replace("image", "imag")), &format!("{folder}/bad/pod.yaml:4"), "imag");
    let list = "findings: {from: shop/web, configMap: shop/found}\nhints:";
    let asked = &crate::sample::LAB[crate::sample::LAB.find("reachability:").unwrap()..];
    let asked = &asked[..asked.find("mistakes:").unwrap()];
    finds(
        |it| {
            it.replace(LAB, asked, &format!("{list} [Look.]\n"));
            it.write(&format!("{folder}/other/pod.yaml"), pod("shop"));
        },
        &format!("{folder}/other/"),
        "a list is right in one cluster",
    );
}

#[test]
fn what_is_left_to_the_learner() {
    let free = |rule: &str| {
        let rule = format!("  free:\n    - {rule}\nhints:");
        move |it: &Sample| it.replace(LAB, "hints:", &rule)
    };
    let sample = Sample::new();
    free("{from: shop/*, to: [\"10.0.0.0/8\", \"shop/{app=db}:*/UDP\"], why: Nobody asked.}")(&sample);
    assert_eq!(sample.problems(), []);
    let course = sample.course();
    assert_eq!(course.labs[0].left_to_the_learner().collect::<Vec<_>>(), ["Nobody asked."]);

    let place = |field: &str| format!("{LAB}:24: reachability.free[0]{field}: ");
    finds(free("{to: 10.0.0.0/8}"), &place(""), "`why` is missing");
    finds(free("{tu: 10.0.0.0/8, why: x}"), &place(".tu"), "did you mean `to`?");
    finds(free("{to: 10.1.0.0/8, why: x}"), &place(".to"), "write 10.0.0.0/8");
    finds(free("{to: shop/db, why: x}"), &place(".to"), "the lab has no `shop/db`");
    finds(free("{from: shup/*, why: x}"), &place(".from"), "did you mean `shop`?");
    finds(free("{from: \"shop/{app}\", why: x}"), &place(".from"), "is not a label");
    finds(free("{to: [\"*:90-80\"], why: x}"), &place(".to[0]"), "are no ports");
    finds(free("{to: \"*:8080-9000\", why: x}"), &place(""), "the named checks judge that flow");
    finds(free("{why: x}"), &place(""), "the named checks judge that flow");
    finds(free("{from: kube-dns, to: \"shop/*\", why: x}"), &place(""), "the named checks judge that flow");
    finds(
        |it| it.replace(LAB, "hints:", "  free: all\nhints:"),
        &format!("{LAB}:23: reachability.free"),
        "must be a list",
    );
}

#[test]
fn labs_that_do_not_hold() {
    let solution = "labs/close-the-door/solution/policy.yaml";
    let mistake = "labs/close-the-door/mistakes/every-port.yaml";
    finds(
        |it| it.write("labs/close-the-door/start/policy.yaml", crate::sample::SOLUTION),
        LAB,
        "the start passes already",
    );
    finds(|it| it.replace(solution, "app: web", "app: wbe"), LAB, "the solution fails");
    finds(|it| it.write(mistake, crate::sample::SOLUTION), mistake, "passes");
    finds(
        |it| {
            it.replace(mistake, "  ingress:\n  - from: [{podSelector: {matchLabels: {app: web}}}]\n", "  ingress: []\n")
        },
        mistake,
        "looks exactly like `everything-closed`",
    );
    finds(|it| it.replace(LAB, "hints: [Think of ingress., Select app=api.]\n", ""), LAB, "no hint");
}

#[test]
fn labs_whose_start_has_no_place() {
    let start = "labs/close-the-door/start/shop.yaml";
    finds(
        |it| it.replace(start, "kind: Namespace\nmetadata: {name: shop}", "kind: Namespace\nmetadata: {name: shup}"),
        LAB,
        "does not make the namespace `shop`",
    );
}

#[test]
fn labs_that_reach_into_what_is_not_theirs() {
    let start = "labs/close-the-door/start/more.yaml";
    let policy = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: guard}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {}}}\n";
    let in_namespace = |namespace: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {namespace}}}\n")
    };
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system, labels: {zone: dns}}\n";
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\nrules: []\n";
    let cases = [
        (policy.to_owned(), "namespaces: ClusterNetworkPolicy guard"),
        (in_namespace("default"), "namespaces: ConfigMap default/settings"),
        (in_namespace("kube-system"), "namespaces: ConfigMap kube-system/settings"),
        (in_namespace("kube-public"), "namespaces: ConfigMap kube-public/settings"),
        (namespace.to_owned(), "namespaces: Namespace kube-system"),
        (role.to_owned(), "namespaces: ClusterRole reader"),
        (format!("{policy}---\n{role}"), "namespaces: ClusterNetworkPolicy guard, ClusterRole reader"),
    ];
    for (text, words) in cases {
        finds(|it| it.write(start, &text), LAB, words);
        let sample = Sample::new();
        sample.write(start, &text);
        sample.replace(LAB, "hints:", "foreign: true\nhints:");
        assert_eq!(sample.problems(), [], "{text}");
    }
    // A namespace of one's own is one's own.
    let sample = Sample::new();
    sample.write(start, "apiVersion: v1\nkind: Namespace\nmetadata: {name: street}\n");
    assert_eq!(sample.problems(), []);
    finds(|it| it.replace(LAB, "hints:", "foreign: perhaps\nhints:"), LAB, "true or false");
}

#[test]
fn labs_that_ask_for_one_thing_only() {
    let lab = crate::sample::LAB;
    let rules = &lab[lab.find("  except:").unwrap()..lab.find("hints:").unwrap()];
    finds(|it| it.replace(LAB, rules, ""), LAB, "no flow must be blocked");
}

#[test]
fn attacks() {
    const SOUND: &str = "{from: shop/stranger, to: shop/api, port: 8080, says: the price list}";
    let start = "labs/close-the-door/start/shop.yaml";
    let stranger = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: stranger, namespace: shop}\nspec: {containers: \
                    [{name: c, image: i}]}\n";
    let with = |attack: &str| {
        let text = format!("attack: {attack}\nhints:");
        move |it: &Sample| {
            it.write(start, format!("{}{stranger}", crate::sample::START));
            it.replace(LAB, "hints:", &text);
        }
    };
    let sample = Sample::new();
    with(SOUND)(&sample);
    assert_eq!(sample.problems(), []);
    let course = sample.course();
    let attack = course.labs[0].attack.as_ref().unwrap();
    assert_eq!(
        (attack.flow.to_string(), attack.says.as_str()),
        ("shop/stranger → shop/api:8080/TCP".into(), "the price list")
    );

    let at = format!("{LAB}:23: attack");
    for (before, after, place, words) in [
        ("shop/stranger", "shop/strangr", ".from", "did you mean `shop/stranger`?"),
        ("shop/stranger", "shop/*", ".from", "is no endpoint of this lab"),
        ("shop/stranger", "kube-dns", ".from", "starts in a pod"),
        ("shop/stranger", "203.0.113.10", ".from", "starts in a pod"),
        ("shop/stranger", "198.51.100.1", ".from", "is no endpoint of this lab"),
        ("shop/stranger", "shop/api", "", "from one endpoint to another"),
        ("shop/api", "shop/apo", ".to", "did you mean `shop/api`?"),
        ("shop/api", "svc:shop/api", ".to", "is no endpoint of this lab"),
        ("8080", "8081", ".port", "there is 8080/TCP"),
        ("8080", "9999", ".port", "there is 8080/TCP"),
        ("8080", "8080/UDP", ".port", "there is 8080/TCP"),
        ("8080", "http", ".port", "is not a port"),
        ("8080", "0", ".port", "is not a port"),
        ("8080", "80/SCTP", ".port", "SCTP"),
        ("the price list", "\"\"", ".says", "it is empty"),
        ("the price list", "\"one\\ntwo\"", ".says", "one line"),
        (", says: the price list", "", "", "`says` is missing"),
        ("from: shop/stranger, ", "", "", "`from` is missing"),
        ("says:", "say:", ".say", "did you mean `says`?"),
        ("shop/stranger", "shop/web", "", "still gets through with the solution"),
        ("shop/api, port: 8080", "kube-dns, port: 53/UDP", "", "still gets through with the solution"),
    ] {
        finds(with(&SOUND.replace(before, after)), &format!("{at}{place}"), words);
    }
    finds(with(&SOUND.replace("the price list", &"x".repeat(201))), &format!("{at}.says"), "200 characters");
    let closed = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: closed, namespace: shop}\nspec: \
                  {podSelector: {matchLabels: {app: api}}}\n";
    let close = |it: &Sample| {
        with(SOUND)(it);
        it.write("labs/close-the-door/start/closed.yaml", closed);
    };
    finds(close, &at, "does not get through at the start");
    let list = "findings: {from: shop/web, configMap: shop/found}";
    finds(
        |it| {
            with(SOUND)(it);
            it.write(LAB, lab_that_asks_for(list, &format!("attack: {SOUND}")));
        },
        LAB,
        "a lab that asks for a list closes nothing",
    );
    finds(
        |it| {
            with(SOUND)(it);
            it.replace(LAB, "hints:", "cni: none\nhints:");
        },
        &at,
        "a network that ignores policies",
    );
}

/// The sample lab with another goal.
fn lab_that_asks_for(goal: &str, more: &str) -> String {
    let (before, rest) = crate::sample::LAB.split_once("reachability:").unwrap();
    let (_, after) = rest.split_once("hints:").unwrap();
    format!("{before}{goal}\n{more}\nhints:{after}")
}

#[test]
fn quizzes() {
    finds(|it| it.replace(QUIZ, "id = \"port\"\n", ""), &format!("{QUIZ}:17"), "`id` is missing");
    finds(|it| it.replace(QUIZ, "id = \"port\"", "id = \"default\""), QUIZ, "two questions have the id `default`");
    finds(|it| it.replace(QUIZ, "id = \"port\"", "id = \"a b\""), QUIZ, "cannot be an id");
    finds(|it| it.replace(QUIZ, "title =", "tilte ="), &format!("{QUIZ}:2: tilte"), "did you mean `title`?");
    finds(|it| it.replace(QUIZ, "[[questions]]\nid = \"port\"", "[[questions\nid = \"port\""), QUIZ, "TOML");
    finds(
        |it| it.replace(QUIZ, "context = \"SECRET-EXPLANATION two\"", "contxt = \"x\""),
        QUIZ,
        "did you mean `context`?",
    );
    finds(|it| it.replace(QUIZ, "context = \"SECRET-EXPLANATION two\"\n", ""), QUIZ, "no explanation");
    finds(|it| it.replace(QUIZ, "\"Nothing\"", "\"Talk to **every** pod\""), QUIZ, "two options say");
    finds(|it| it.replace(QUIZ, "\"ShortAnswer\"", "\"Essay\""), &format!("{QUIZ}:17"), "Essay");
    finds(|it| it.replace(QUIZ, "multipart = \"setting\"", "multipart = \"seting\""), QUIZ, "`[multipart]` has no");
    finds(
        |it| it.replace(QUIZ, "answer.answer = [\"Ingress\", \"Egress\"]", "answer.answer = []"),
        QUIZ,
        "no answer is right",
    );
    finds(|it| it.replace(QUIZ, "shop/api:8080", "shop/apo:8080"), QUIZ, "did you mean `shop/api`?");
    finds(
        |it| it.replace(QUIZ, "lab = \"close-the-door\"", "lab = \"close-the-dor\""),
        QUIZ,
        "did you mean `close-the-door`?",
    );
    finds(|it| it.replace(QUIZ, "spec: {podSelector", "spec: {podSelektor"), QUIZ, "podSelektor");
    finds(|it| it.write(QUIZ, ""), QUIZ, "there is no question");
}

#[test]
fn tracing_questions_are_refused() {
    let tracing =
        "[[questions]]\nid = \"t\"\ntype = \"Tracing\"\nprompt.program = \"fn main() {}\"\nanswer.doesCompile = true\n";
    finds(|it| it.write("quizzes/rust.toml", tracing), "quizzes/rust.toml:1", "Tracing questions are about Rust");
}

#[test]
fn lessons() {
    let summary = "book/src/SUMMARY.md";
    finds(|it| it.write("book/src/lost.md", "# Lost"), "book/src/lost.md", "not in SUMMARY.md");
    finds(|it| it.delete("book/src/second.md"), summary, "does not exist");
    finds(|it| it.delete(summary), summary, "missing");
    finds(|it| it.replace(LESSON, "second.md#more", "secnd.md#more"), &format!("{LESSON}:3"), "leads nowhere");
    finds(
        |it| it.replace(LESSON, "#more-to-read", "#more-to-rea"),
        &format!("{LESSON}:3"),
        "did you mean `more-to-read`?",
    );
    finds(|it| it.replace(LESSON, "#the-policy)", "#a-policy)"), &format!("{LESSON}:3"), "leads to no heading");
    finds(
        |it| it.replace(LESSON, "See [", "![x](https://example.com/x.png) ["),
        &format!("{LESSON}:3"),
        "from the network",
    );
    finds(|it| it.replace(LESSON, "See [", "[x](/labs/nothing) ["), &format!("{LESSON}:3"), "leads nowhere");
    finds(|it| it.replace(LESSON, "See [", "[x](../../../etc/passwd) ["), &format!("{LESSON}:3"), "leads nowhere");
    finds(|it| it.replace(LESSON, "\n{{#lab close-the-door}}\n", ""), LAB, "no lesson uses the lab");
    finds(|it| it.replace(LAB, "chapter: first", "chapter: second"), LAB, "stands in the lesson `first`");
    finds(|it| it.replace(LESSON, "\n{{#quiz ../../quizzes/first.toml}}\n", ""), QUIZ, "no lesson uses the quiz");
    finds(
        |it| it.replace(LESSON, "\n{{#lab close-the-door}}", "\n{{#lab close-the-dor}}"),
        LESSON,
        "did you mean `close-the-door`?",
    );
    finds(|it| it.replace(LESSON, "\n{{#quiz ../../quizzes/", "\n{{#quiz ../quizzes/"), LESSON, "there is no quiz");
}

#[test]
fn yaml_in_lessons() {
    finds(|it| it.replace(LESSON, "kind: NetworkPolicy", "kind: [NetworkPolicy"), &format!("{LESSON}:"), "");
    finds(
        |it| it.replace(LESSON, "spec: {podSelector: {}}", "spec: {podSelektor: {}}"),
        &format!("{LESSON}:11"),
        "podSelektor",
    );
    finds(|it| it.replace(LESSON, "- from: [{}]", "- from: []"), &format!("{LESSON}:3"), "accepts it");
    finds(|it| it.replace(LESSON, "fragment=ingress.from", "fragment=ingres.from"), LESSON, "no place of a fragment");
    finds(|it| it.replace(LESSON, "fragment=ingress.from", "fragmnt"), LESSON, "did you mean `fragment`?");
    finds(|it| it.replace(LESSON, "```yaml,fragment=ingress.from", "```yaml"), LESSON, "");
}

#[test]
fn claims() {
    finds(
        |it| it.replace(LESSON, "- shop/web -> kube-dns", "- shop/web -> shop/api"),
        &format!("{LESSON}:17"),
        "the claim is false: shop/web → shop/api:8080/TCP is blocked",
    );
    finds(
        |it| it.replace(LESSON, "- shop/web -> kube-dns", "- shop/wbe -> kube-dns"),
        &format!("{LESSON}:17"),
        "did you mean `shop/web`?",
    );
    finds(
        |it| it.replace(LESSON, "- shop/web -> kube-dns", "- shop/web kube-dns"),
        &format!("{LESSON}:17"),
        "not a flow",
    );
    finds(
        |it| it.replace(LESSON, "lab: close-the-door\n", "lab: other\n"),
        &format!("{LESSON}:15"),
        "there is no lab `other`",
    );
    finds(
        |it| it.replace(LESSON, "lab: close-the-door\n", "lab: close-the-door\napply: 2\n"),
        &format!("{LESSON}:16"),
        "do not stand before",
    );
    finds(
        |it| it.replace(LESSON, "lab: close-the-door\n", "file: x.yaml\n"),
        &format!("{LESSON}:15"),
        "there is no book/claims/x.yaml",
    );
    finds(|it| it.replace(LESSON, "blocked:", "bloked:"), LESSON, "did you mean `blocked`?");
}

#[test]
fn a_directory_that_is_no_course() {
    let empty = tempfile::tempdir().unwrap();
    let errors = course::Course::load(empty.path()).unwrap_err();
    assert!(errors.to_string().contains("not the directory of a course"), "{errors}");
}

#[test]
fn a_file_that_ends_too_early_never_crashes() {
    let sample = Sample::new();
    let files = [
        (LAB, crate::sample::LAB),
        ("labs/close-the-door/start/shop.yaml", crate::sample::START),
        (QUIZ, crate::sample::QUIZ),
        (LESSON, crate::sample::LESSON),
    ];
    for (path, text) in files {
        for end in (0..text.len()).step_by(61).filter(|end| text.is_char_boundary(*end)) {
            sample.write(path, &text[..end]);
            let told = sample.problems().iter().all(|problem| !problem.file.is_empty() && !problem.message.is_empty());
            assert!(told, "{path} of {end} bytes");
        }
        sample.write(path, text);
    }
    assert_eq!(sample.problems(), []);
}

#[test]
fn a_solution_that_stands_in_a_lesson_is_worth_a_warning() {
    let warnings = |sample: &Sample| -> Vec<String> {
        course::warnings(&sample.course()).iter().map(ToString::to_string).collect()
    };
    assert_eq!(warnings(&Sample::new()), Vec::<String>::new());
    let shown = crate::sample::SOLUTION.replace("name: api}", "name: another, namespace: shop}");
    let fragment = "podSelector: {matchLabels: {app: api}}\ningress:\n- from: [{podSelector: {matchLabels: {app: web}}}]\n  ports: [{protocol: TCP, port: 8080}]\n";
    for block in [format!("```yaml\n{shown}```"), format!("```yaml,fragment\n{fragment}```")] {
        let sample = Sample::new();
        sample.replace(LESSON, "# The first lesson\n", &format!("# The first lesson\n\n{block}\n"));
        let told = warnings(&sample);
        assert_eq!(told.len(), 1, "{block}");
        assert!(told[0].starts_with("labs/close-the-door/solution") && told[0].contains("first.md:4"), "{told:?}");
        assert_eq!(sample.problems(), [], "a warning is no problem");
    }
}

#[test]
fn an_exported_lab_says_where_its_objects_stand() {
    let course = Sample::new().course();
    let out = tempfile::tempdir().unwrap();
    course.export(course.lab("close-the-door").unwrap(), out.path()).unwrap();
    let read = |path: &str| std::fs::read_to_string(out.path().join(path)).unwrap();
    assert_eq!(read("lab.yaml"), crate::sample::LAB);
    assert_eq!(read("start/shop.yaml"), crate::sample::START, "every object has its namespace already");
    let solution = read("solution/policy.yaml");
    assert!(solution.contains("namespace: shop") && solution.contains("port: 8080"), "{solution}");
    assert!(read("mistakes/every-port.yaml").contains("namespace: shop"));
    assert!(out.path().join("also-right").is_dir() && out.path().join("worlds").is_dir());
}
