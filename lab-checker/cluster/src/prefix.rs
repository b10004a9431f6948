//! Labs of several learners in one cluster: the namespaces of each have a prefix there, and the names of the book inside.
//!
//! What stands in a lab's namespaces is renamed on its way into the cluster, and back on its way out: the namespaces
//! themselves, what says in which one an object stands, and selectors that name a namespace by the label
//! `kubernetes.io/metadata.name`. What is outside of namespaces has one name for all, and cannot be prefixed.

use std::collections::BTreeSet;

use manifest::{ObjectId, is_in_every_cluster};
use serde_json::Value;

use crate::ours::own_namespaces;

/// The label by which selectors name a namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";
/// The longest name of a namespace.
const LONGEST: usize = 63;
/// What is behind the name of a namespace of others that is called as one of the lab's, seen from inside.
const WITHOUT: &str = "-without-prefix";

/// What is before the names of a learner's namespaces, and which namespaces these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    text: String,
    namespaces: BTreeSet<String>,
}

/// A text that cannot be before the names of namespaces.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// Namespaces are not called so.
    #[error(
        "prefix `{0}`: names of namespaces have small letters, digits and hyphens, and begin with a letter or digit"
    )]
    Letters(String),
    /// Namespaces that begin so are the cluster's own.
    #[error("prefix `{0}`: namespaces that begin so are the cluster's own")]
    Reserved(String),
    /// A namespace would have a name that is too long.
    #[error("prefix `{prefix}`: the namespace {prefix}{namespace} would have more than {LONGEST} letters")]
    Long {
        /// What is too long.
        prefix: String,
        /// Before which name.
        namespace: String,
    },
}

impl Prefix {
    /// A prefix for these namespaces. It ends with a hyphen, whether it was written with one or not.
    ///
    /// # Errors
    /// When no namespace can be called so.
    pub fn new(written: &str, namespaces: impl IntoIterator<Item = String>) -> Result<Self, PrefixError> {
        let stem = written.trim_end_matches('-');
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if stem.is_empty() || stem.starts_with('-') || !stem.bytes().all(is_letter) {
            return Err(PrefixError::Letters(written.to_owned()));
        }
        let text = format!("{stem}-");
        let namespaces: BTreeSet<String> = namespaces.into_iter().filter(|name| !is_in_every_cluster(name)).collect();
        if is_in_every_cluster(&text) || text.starts_with("kube-") {
            return Err(PrefixError::Reserved(text));
        }
        if let Some(long) = namespaces.iter().find(|name| text.len() + name.len() > LONGEST) {
            return Err(PrefixError::Long { prefix: text, namespace: long.clone() });
        }
        Ok(Self { text, namespaces })
    }

    /// The prefix, with its hyphen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The namespaces that have it in the cluster, by their names inside.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(String::as_str)
    }

    /// What a namespace is called in the cluster.
    #[must_use]
    pub fn outside(&self, name: &str) -> String {
        if self.namespaces.contains(name) { format!("{}{name}", self.text) } else { name.to_owned() }
    }

    /// The namespace of the cluster that somebody means, who may write it as the book does, as the cluster does, or as it is
    /// called here when it is somebody else's.
    #[must_use]
    pub fn outside_meant(&self, written: &str) -> String {
        match written.strip_suffix(WITHOUT) {
            Some(others) if self.namespaces.contains(others) => others.to_owned(),
            _ => self.outside(self.meant(written)),
        }
    }

    /// What a namespace of the cluster is called inside. One of others that is called as one of the lab's is told from it.
    #[must_use]
    pub fn inside(&self, name: &str) -> String {
        match name.strip_prefix(&self.text) {
            Some(known) if self.namespaces.contains(known) => known.to_owned(),
            _ if self.namespaces.contains(name) => format!("{name}{WITHOUT}"),
            _ => name.to_owned(),
        }
    }

    /// The namespace that somebody means, as it is called inside: they may write it as the book does, or with the prefix,
    /// as the cluster does.
    #[must_use]
    pub fn meant<'a>(&self, written: &'a str) -> &'a str {
        written.strip_prefix(&self.text).filter(|known| self.namespaces.contains(*known)).unwrap_or(written)
    }

    /// Objects with the names of the book, as they are to be in the cluster.
    #[must_use]
    pub fn objects_outside(&self, objects: &[Value]) -> Vec<Value> {
        let renamed = |object: &Value| {
            let mut object = object.clone();
            rename(&mut object, &|name| self.outside(name));
            object
        };
        objects.iter().map(renamed).collect()
    }

    /// Objects of the cluster, as they are called inside.
    #[must_use]
    pub fn objects_inside(&self, mut objects: Vec<Value>) -> Vec<Value> {
        objects.iter_mut().for_each(|object| rename(object, &|name| self.inside(name)));
        objects
    }

    /// Objects of the learner's own files, which may name namespaces as the book does or as the cluster does, as they are
    /// called inside.
    #[must_use]
    pub fn objects_meant(&self, mut objects: Vec<Value>) -> Vec<Value> {
        objects.iter_mut().for_each(|object| rename(object, &|name| self.meant(name).to_owned()));
        objects
    }

    /// The policies in the lab's namespaces, as they are called inside, that name a namespace as the book does, without
    /// the prefix: in the cluster it is another one, or none. Each with that name.
    #[must_use]
    pub fn forgotten_in(&self, inside: &[Value]) -> Vec<(ObjectId, String)> {
        let mut found = Vec::new();
        for object in inside {
            let id = ObjectId::of(object);
            if !id.namespace.as_ref().is_some_and(|namespace| self.namespaces.contains(namespace)) {
                continue;
            }
            let mut object = object.clone();
            let names = std::cell::RefCell::new(BTreeSet::new());
            rename_selected(&mut object["spec"], &|name| {
                let known = name.strip_suffix(WITHOUT).filter(|known| self.namespaces.contains(*known));
                names.borrow_mut().extend(known.map(str::to_owned));
                name.to_owned()
            });
            found.extend(names.into_inner().into_iter().map(|name| (id.clone(), name)));
        }
        found
    }

    /// A text with commands, where each `-n NAMESPACE` of a `kubectl` names the namespace as the cluster does.
    #[must_use]
    pub fn commands_outside(&self, text: &str) -> String {
        text.split_inclusive('\n').map(|line| self.command_outside(line)).collect()
    }

    fn command_outside(&self, line: &str) -> String {
        let Some((before, command)) = line.split_once("kubectl ") else { return line.to_owned() };
        let mut command = command.to_owned();
        for name in &self.namespaces {
            for flag in ["-n ", "-n=", "--namespace ", "--namespace=", "namespace ", "namespaces ", "ns "] {
                command = replaced(&command, flag, name, &self.text);
            }
            for host in [".", "namespace/", "ns/"] {
                command = replaced(&command, host, name, &self.text);
            }
        }
        format!("{before}kubectl {command}")
    }
}

/// The text with the prefix between what stands before a name and the name, where the name ends there.
fn replaced(text: &str, before: &str, name: &str, prefix: &str) -> String {
    let found = format!("{before}{name}");
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(&found) {
        let end = at + found.len();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let begins = rest[..at].chars().next_back().is_none_or(|c| before == "." || !is_name(c));
        let ends = rest[end..].chars().next().is_none_or(|c| !is_name(c));
        result.push_str(&rest[..at + before.len()]);
        if begins && ends {
            result.push_str(prefix);
        }
        result.push_str(name);
        rest = &rest[end..];
    }
    result + rest
}

/// Calls namespaces otherwise, wherever an object names them.
fn rename(object: &mut Value, called: &dyn Fn(&str) -> String) {
    let is_namespace = object["kind"] == "Namespace" && object["apiVersion"] == "v1";
    let is_policy = manifest::kinds::of(object).is_some_and(manifest::kinds::Kind::is_policy);
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let own = if is_namespace { "name" } else { "namespace" };
    if let Some(name) = metadata.get_mut(own) {
        rename_text(name, called);
    }
    if is_namespace && let Some(label) = metadata.get_mut("labels").and_then(|labels| labels.get_mut(NAME_LABEL)) {
        rename_text(label, called);
    }
    if is_policy && let Some(spec) = object.get_mut("spec") {
        rename_selected(spec, called);
    }
}

/// The same in selectors: `matchLabels` and `matchExpressions`, however deep.
fn rename_selected(value: &mut Value, called: &dyn Fn(&str) -> String) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename_selected(item, called)),
        Value::Object(fields) => {
            if fields.get("key").is_some_and(|key| key == NAME_LABEL)
                && let Some(Value::Array(values)) = fields.get_mut("values")
            {
                values.iter_mut().for_each(|value| rename_text(value, called));
            }
            for (key, value) in fields {
                if key == NAME_LABEL {
                    rename_text(value, called);
                }
                rename_selected(value, called);
            }
        }
        _ => {}
    }
}

fn rename_text(value: &mut Value, called: &dyn Fn(&str) -> String) {
    if let Some(name) = value.as_str() {
        *value = called(name).into();
    }
}

/// The objects that have one name for all who use a cluster: outside of namespaces, or in those that every cluster has.
#[must_use]
pub fn without_prefix(objects: &[Value]) -> Vec<ObjectId> {
    objects.iter().map(ObjectId::of).filter(ObjectId::is_among_others).collect()
}

/// The namespaces of their own that objects define or stand in.
#[must_use]
pub fn namespaces_of(objects: &[Value]) -> BTreeSet<String> {
    own_namespaces(objects)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn prefix() -> Prefix {
        Prefix::new("bob", ["dev", "production", "kube-system"].map(str::to_owned)).unwrap()
    }

    #[test]
    fn what_no_namespace_can_be_called_is_no_prefix() {
        for written in ["bob", "bob-", "b0b", "team-a-bob--"] {
            let prefix = Prefix::new(written, []).unwrap();
            assert_eq!(prefix.as_str(), format!("{}-", written.trim_end_matches('-')));
        }
        for written in ["", "-", "-bob", "Bob", "b_b", "bob.", "b b", "bób"] {
            assert_eq!(Prefix::new(written, []), Err(PrefixError::Letters(written.to_owned())));
        }
        assert!(matches!(Prefix::new("kube", []), Err(PrefixError::Reserved(_))));
        assert!(matches!(Prefix::new("kube-x", []), Err(PrefixError::Reserved(_))));
        let long = "a".repeat(60);
        assert!(matches!(Prefix::new(&long, ["dev".to_owned()]), Err(PrefixError::Long { .. })));
        assert!(Prefix::new(&long, ["d".to_owned()]).is_ok());
    }

    #[test]
    fn objects_come_back_as_they_were_sent() {
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "production", "namespace": "production", "labels": {"a": "dev"}},
            "spec": {
                "podSelector": {"matchLabels": {"app": "dev"}},
                "ingress": [{"from": [
                    {"namespaceSelector": {"matchLabels": {NAME_LABEL: "dev", "team": "dev"}}},
                    {"namespaceSelector": {"matchExpressions": [
                        {"key": NAME_LABEL, "operator": "In", "values": ["production", "kube-system"]},
                        {"key": "team", "operator": "In", "values": ["dev"]},
                    ]}},
                ]}],
            },
        });
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev", "labels": {NAME_LABEL: "dev"}}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "dev", "namespace": "elsewhere"}});
        let objects = vec![policy, namespace, pod];
        let outside = prefix().objects_outside(&objects);
        let peers = &outside[0]["spec"]["ingress"][0]["from"];
        assert_eq!(
            outside[0]["metadata"],
            json!({"name": "production", "namespace": "bob-production", "labels": {"a": "dev"}})
        );
        assert_eq!(peers[0]["namespaceSelector"]["matchLabels"], json!({NAME_LABEL: "bob-dev", "team": "dev"}));
        let expressions = &peers[1]["namespaceSelector"]["matchExpressions"];
        assert_eq!(expressions[0]["values"], json!(["bob-production", "kube-system"]));
        assert_eq!(expressions[1]["values"], json!(["dev"]));
        assert_eq!(outside[1]["metadata"], json!({"name": "bob-dev", "labels": {NAME_LABEL: "bob-dev"}}));
        assert_eq!(outside[2], objects[2]);
        assert_eq!(prefix().objects_inside(outside), objects);
    }

    #[test]
    fn a_namespace_of_others_is_never_taken_for_the_labs() {
        for (outside, inside) in [
            ("bob-dev", "dev"),
            ("dev", "dev-without-prefix"),
            ("bob-other", "bob-other"),
            ("ada-dev", "ada-dev"),
            ("kube-system", "kube-system"),
            ("bob-kube-system", "bob-kube-system"),
        ] {
            assert_eq!(prefix().inside(outside), inside);
        }
        for (written, meant) in [
            ("bob-dev", "dev"),
            ("dev", "dev"),
            ("dev-without-prefix", "dev-without-prefix"),
            ("bob-other", "bob-other"),
            ("bob-bob-dev", "bob-bob-dev"),
            ("kube-system", "kube-system"),
        ] {
            assert_eq!(prefix().meant(written), meant);
        }
        for (written, outside) in [
            ("dev", "bob-dev"),
            ("bob-dev", "bob-dev"),
            ("dev-without-prefix", "dev"),
            ("other-without-prefix", "other-without-prefix"),
            ("ada-dev", "ada-dev"),
        ] {
            assert_eq!(prefix().outside_meant(written), outside);
        }
        let policy = |namespace: &str, named: &str| {
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": "p", "namespace": namespace},
                "spec": {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {NAME_LABEL: named}}}]}]},
            })
        };
        let of = |namespace, named| prefix().forgotten_in(&prefix().objects_inside(vec![policy(namespace, named)]));
        assert_eq!(of("bob-production", "bob-dev"), []);
        assert_eq!(of("ada-production", "dev"), []);
        let forgotten = of("bob-production", "dev");
        assert_eq!((forgotten.len(), forgotten[0].1.as_str()), (1, "dev"));
        assert_eq!(forgotten[0].0.to_string(), "NetworkPolicy production/p");
    }

    #[test]
    fn commands_name_namespaces_as_the_cluster_does() {
        for (inside, outside) in [
            ("$ kubectl get pods -n production\n", "$ kubectl get pods -n bob-production\n"),
            ("kubectl get pods --namespace=dev -o wide", "kubectl get pods --namespace=bob-dev -o wide"),
            ("`kubectl describe ns dev`", "`kubectl describe ns bob-dev`"),
            (
                "kubectl exec -n dev intruder -- curl http://api.production:8080",
                "kubectl exec -n bob-dev intruder -- curl http://api.bob-production:8080",
            ),
            (
                "kubectl exec -n dev a -- nslookup api.production.svc",
                "kubectl exec -n bob-dev a -- nslookup api.bob-production.svc",
            ),
            ("kubectl get pods -n production-two", "kubectl get pods -n production-two"),
            (
                "Everything in -n production stays.\nkubectl get pods",
                "Everything in -n production stays.\nkubectl get pods",
            ),
            ("kubectl get pods -n kube-system", "kubectl get pods -n kube-system"),
        ] {
            assert_eq!(prefix().commands_outside(inside), outside);
        }
    }
}
