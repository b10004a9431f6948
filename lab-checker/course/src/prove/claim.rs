//! Proving what a lesson claims about traffic: the comment `<!-- reach … -->` after a YAML block.

use netpol::Verdict;
use serde_json::Value;

use crate::book::{ClaimComment, Course};
use crate::files::{Field, Fields, Node, Problem, Reader, suggestion};
use crate::labs::{Goal, add_external};
use crate::reachability::{FlowOptions, FlowPattern, Verdicts};
use crate::snapshot;

const KEYS: [&str; 9] = ["lab", "file", "objects", "dns", "external", "namespace", "apply", "allowed", "blocked"];

/// A claim of a lesson, and the blocks before it.
pub(crate) struct Claim<'a> {
    pub(crate) course: &'a Course,
    /// The lesson's path.
    pub(crate) lesson: &'a str,
    pub(crate) comment: &'a ClaimComment,
    /// The objects of each YAML block before the comment, in order.
    pub(crate) blocks: Vec<&'a [Value]>,
}

impl Claim<'_> {
    /// What is wrong with the claim.
    pub(crate) fn prove(&self) -> Vec<Problem> {
        let node = match Node::from_yaml(self.lesson, &self.comment.text) {
            Ok(node) => node,
            Err(problems) => return problems.into_iter().map(|problem| problem.below(self.comment.line)).collect(),
        };
        let reader = Reader::starting_at(self.lesson, self.comment.line);
        let root = reader.root(&node);
        if let Some(fields) = root.fields(&KEYS) {
            self.prove_flows(&root, &fields);
        }
        drop(root);
        reader.into_problems()
    }

    fn prove_flows(&self, root: &Field<'_>, fields: &Fields<'_>) -> Option<()> {
        let flows: Vec<(Field<'_>, FlowPattern, Verdict)> =
            [("allowed", Verdict::Allowed), ("blocked", Verdict::Blocked)]
                .into_iter()
                .flat_map(|(key, verdict)| {
                    flows(fields, key).into_iter().map(move |(field, flow)| (field, flow, verdict))
                })
                .collect();
        if flows.is_empty() {
            root.wrong("no flow is claimed", "add `allowed:` or `blocked:` with flows like shop/web -> shop/api:8080");
            return None;
        }
        let objects = self.cluster(fields, flows.iter().any(|(_, flow, _)| flow.names_dns()))?;
        let mut options = self.lab_options(fields);
        add_external(fields, &mut options);
        let mut verdicts = Verdicts::new(&objects, options);
        for (field, flow, claimed) in &flows {
            let found = verdicts.of(flow);
            if let Some(wrong) = found.iter().find(|found| found.verdict != Some(*claimed)) {
                field.wrong(format!("the claim is false: {}", wrong.why), "correct the lesson, its YAML or the claim");
            } else if found.is_empty() {
                let all = verdicts.flow_set(flow);
                let known = all.endpoints.iter().any(|endpoint| flow.from.matches(endpoint));
                let unknown = if known { flow.to.endpoint.to_string() } else { flow.from.to_string() };
                field.wrong("the claim is about no flow", suggestion(&unknown, all.names()));
            }
        }
        Some(())
    }

    /// The addresses and the DNS pods of the lab that the claim is about.
    fn lab_options(&self, fields: &Fields<'_>) -> FlowOptions {
        let lab = fields.text("lab").and_then(|name| self.course.lab(&name));
        match lab.map(|lab| &lab.goal) {
            Some(Goal::Reachability(goal)) => FlowOptions { dns: false, ..goal.options.clone() },
            _ => FlowOptions::default(),
        }
    }

    /// The objects that the claim is about.
    fn cluster(&self, fields: &Fields<'_>, dns: bool) -> Option<Vec<Value>> {
        let mut cluster = Vec::new();
        let mut namespace = fields.text("namespace");
        if let Some(field) = fields.get("lab") {
            let name = field.text()?;
            let Some(lab) = self.course.lab(&name) else {
                let known = self.course.labs.iter().map(|lab| lab.name.as_str());
                field.wrong(format!("there is no lab `{name}`"), suggestion(&name, known));
                return None;
            };
            namespace = namespace.or_else(|| Some(lab.namespace.clone()));
            cluster.extend_from_slice(lab.start_objects());
        }
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        if let Some(field) = fields.get("file") {
            let path = field.text()?;
            let Some(text) = self.course.files.text(&format!("book/claims/{path}")) else {
                let known = self.course.files.under("book/claims/").map(|(path, _)| &path["book/claims/".len()..]);
                field.wrong(format!("there is no book/claims/{path}"), suggestion(&path, known));
                return None;
            };
            cluster = snapshot::apply(&cluster, &read(&field, text, &namespace));
        }
        if let Some(field) = fields.get("objects") {
            cluster = snapshot::apply(&cluster, &read(&field, &field.text()?, &namespace));
        }
        for block in self.applied(fields) {
            let mut block = block.to_vec();
            block.iter_mut().for_each(|object| snapshot::fill_namespace(object, &namespace));
            cluster = snapshot::apply(&cluster, &block);
        }
        if dns || fields.get("dns").and_then(|field| field.boolean()).unwrap_or(false) {
            cluster = snapshot::apply(snapshot::baseline(), &cluster);
        }
        Some(cluster)
    }

    /// The blocks that are applied: the last one, or as many as the claim says.
    fn applied(&self, fields: &Fields<'_>) -> &[&[Value]] {
        let all = self.blocks.as_slice();
        let Some(field) = fields.get("apply") else { return &all[all.len().saturating_sub(1)..] };
        match field.text().as_deref() {
            Some("all") => all,
            Some(number) => match number.parse::<usize>() {
                Ok(number) if number <= all.len() => &all[all.len() - number..],
                _ => {
                    let help = format!("write `all`, or a number up to {}", all.len());
                    field.wrong(format!("`{number}` blocks do not stand before the claim"), help);
                    all
                }
            },
            None => all,
        }
    }
}

fn read(field: &Field<'_>, text: &str, namespace: &str) -> Vec<Value> {
    let mut problems = Vec::new();
    let mut values = Vec::new();
    for (mut object, _) in snapshot::parse_manifests("", text, 1, &mut problems) {
        snapshot::fill_namespace(&mut object, namespace);
        values.push(object);
    }
    for problem in problems {
        let line = problem.line.map(|line| format!(" (line {line} of it)")).unwrap_or_default();
        field.wrong(format!("{}{line}", problem.message), problem.help.unwrap_or_default());
    }
    values
}

fn flows<'a>(fields: &Fields<'a>, key: &str) -> Vec<(Field<'a>, FlowPattern)> {
    let items = fields.get(key).map(|field| field.one_or_more()).unwrap_or_default();
    let mut flows = Vec::new();
    for item in items {
        let Some(text) = item.text() else { continue };
        match text.parse::<FlowPattern>() {
            Ok(flow) => flows.push((item, flow)),
            Err(error) => item.wrong(error.to_string(), "quote flows that begin with `*`"),
        }
    }
    flows
}
