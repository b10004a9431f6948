//! A small sound course in a temporary directory, to be broken in one place at a time.

use std::path::Path;

use course::{Course, CourseErrors, Problem, prove};
use tempfile::TempDir;

/// A course that tests write files into.
pub(crate) struct Sample {
    directory: TempDir,
}

pub(crate) const LAB: &str = "\
title: Close the door
chapter: first
points: 8
minutes: 5
namespace: shop
task: |
  Let **nobody** but `web` reach `api`.
reachability:
  ports: [declared, 9999/TCP]
  external: [203.0.113.10]
  dns: true
  default: allowed
  except:
    - name: api is closed
      from: \"*\"
      to: shop/api
      why: Only web needs it.
  unless:
    - name: web still reaches api
      from: shop/web
      to: shop/api:8080
      why: It is a customer.
hints: [Think of ingress., Select app=api.]
mistakes:
  everything-closed: You closed it for web too.
  every-port: Name the port.
solution: |
  One policy on `api`.
";

pub(crate) const START: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: web, image: web, ports: [{containerPort: 80}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, labels: {app: api}}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: api, image: api, ports: [{containerPort: 8080, name: http}]}]
";

pub(crate) const SOLUTION: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 8080}]
";

const EVERYTHING_CLOSED: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api}
spec: {podSelector: {matchLabels: {app: api}}}
";

const EVERY_PORT: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
";

pub(crate) const QUIZ: &str = r##"
title = "First questions"
points = 6

[multipart]
setting = "All questions are about the namespace `shop`."

[[questions]]
id = "default"
type = "MultipleChoice"
multipart = "setting"
prompt.prompt = "What may pods do without a policy?"
prompt.distractors = ["Nothing", "Only talk to their namespace", "SECRET-DISTRACTOR"]
answer.answer = "Talk to **every** pod"
context = "SECRET-EXPLANATION one"

[[questions]]
id = "port"
type = "ShortAnswer"
prompt.prompt = "On which port does DNS listen?"
answer.answer = "SECRET-53"
answer.alternatives = ["port SECRET-53"]
context = "SECRET-EXPLANATION two"
promptExplanation = true

[[questions]]
id = "types"
type = "MultipleChoice"
prompt.prompt = "Which are policy types?"
prompt.distractors = ["Forward"]
prompt.sortAnswers = true
answer.answer = ["Ingress", "Egress"]
context = "SECRET-EXPLANATION three"

[[reachability]]
id = "judge"
prompt = "What gets through?"
lab = "close-the-door"
objects = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: close-web}
spec: {podSelector: {matchLabels: {app: web}}}
"""
flows = ["shop/web -> shop/api:8080", "shop/api -> shop/web:80", "shop/web -> kube-dns:53/UDP"]
context = "SECRET-EXPLANATION four"
"##;

pub(crate) const LESSON: &str = r#"# The first lesson

See [the second](second.md#more-to-read) and [below](#the-policy).

## The policy

```yaml
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
```

<!-- reach
lab: close-the-door
allowed:
  - shop/web -> kube-dns
  - shop/web -> 203.0.113.10:443
blocked:
  - "* -> shop/*"
-->

A piece of one:

```yaml,fragment=ingress.from
- podSelector: {matchLabels: {app: web}}
```

The API server refuses this:

```yaml,fragment=ingress,refused
- from: [{}]
```

Write `{{#lab close-the-door}}` to show a lab, or:

```text
{{#quiz ../../quizzes/first.toml}}
```

<!-- {{#lab nothing}} -->

{{#lab close-the-door}}

{{#quiz ../../quizzes/first.toml}}
"#;

impl Sample {
    /// The sound course.
    pub(crate) fn new() -> Self {
        let sample = Self { directory: tempfile::tempdir().unwrap() };
        sample.write("book/book.toml", "[book]\ntitle = \"A small course\"\n[output.html]\n");
        sample.write("book/src/SUMMARY.md", "# Summary\n\n- [First](first.md)\n- [Second](second.md)\n");
        sample.write("book/src/first.md", LESSON);
        sample.write("book/src/second.md", "# Second\n\n## More to read\n\nBack to [the first](first.md).\n");
        sample.write("labs/close-the-door/lab.yaml", LAB);
        sample.write("labs/close-the-door/start/shop.yaml", START);
        sample.write("labs/close-the-door/solution/policy.yaml", SOLUTION);
        sample.write("labs/close-the-door/mistakes/everything-closed.yaml", EVERYTHING_CLOSED);
        sample.write("labs/close-the-door/mistakes/every-port.yaml", EVERY_PORT);
        sample.write("quizzes/first.toml", QUIZ);
        sample
    }

    /// Where it is.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file of the course.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces a piece of a file, which must be there.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.directory.path().join(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, text.replace(from, to));
    }

    /// Deletes a file of the course.
    pub(crate) fn delete(&self, path: &str) {
        std::fs::remove_file(self.directory.path().join(path)).unwrap();
    }

    /// Loads it.
    pub(crate) fn load(&self) -> Result<Course, CourseErrors> {
        Course::load(self.directory.path())
    }

    /// The course, which must load.
    pub(crate) fn course(&self) -> Course {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// Everything that loading or proving complains about.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        match self.load() {
            Ok(course) => prove(&course),
            Err(errors) => errors.0,
        }
    }
}
