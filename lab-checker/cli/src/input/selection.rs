//! `--from` and `--to`: what a word on the command line selects in a snapshot, and what was probably
//! meant when it selects nothing.

use std::fmt;
use std::str::FromStr;

use cluster::Prefix;
use netpol::{EndpointPattern, ParseEndpointError, Pod, Snapshot};

use crate::input::nearest::suggestion;

/// What `--from SEL` or `--to SEL` says: a pattern of the engine, or a namespace alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selection {
    written: String,
    pattern: EndpointPattern,
}

/// A selection that means nothing in this snapshot.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no pod is selected by `{written}`{}", meant.as_deref().unwrap_or_default())]
pub(crate) struct NothingSelected {
    written: String,
    meant: Option<String>,
}

impl FromStr for Selection {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let namespace_alone = !text.is_empty() && text.bytes().all(is_name);
        let pattern = if namespace_alone { format!("{text}/*").parse() } else { text.parse() };
        Ok(Self { written: text.to_owned(), pattern: pattern? })
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

impl Selection {
    /// The engine's patterns, once it is sure that the snapshot has something that they select. The namespaces of a learner
    /// with a prefix may be written as the cluster calls them.
    pub(crate) fn in_snapshot(
        &self,
        snapshot: &Snapshot,
        prefix: Option<&Prefix>,
    ) -> Result<Vec<EndpointPattern>, NothingSelected> {
        let all = [self.pattern.clone()].into_iter().chain(prefix.iter().flat_map(|prefix| self.behind(prefix)));
        let outside = |pattern: &EndpointPattern| matches!(pattern, EndpointPattern::Address(_));
        let selects = |pattern: &EndpointPattern| pods(snapshot).any(|pod| pattern.matches(pod));
        let found: Vec<_> = all.filter(|pattern| outside(pattern) || selects(pattern)).collect();
        if found.is_empty() {
            return Err(NothingSelected { written: self.written.clone(), meant: self.meant(snapshot) });
        }
        Ok(found)
    }

    /// The same for each namespace that has a prefix in the cluster, and is called there as is written.
    fn behind(&self, prefix: &Prefix) -> Vec<EndpointPattern> {
        let EndpointPattern::Name { name, .. } = &self.pattern else { return Vec::new() };
        let is_called = |inside: &&str| {
            let namespace = prefix.outside(inside);
            let any = Pod { namespace, name: name.replace('*', "a"), ..Pod::default() };
            self.pattern.matches(&any)
        };
        let pattern = |inside: &str| EndpointPattern::Name { namespace: inside.to_owned(), name: name.clone() };
        prefix.namespaces().filter(is_called).map(pattern).collect()
    }

    fn meant(&self, snapshot: &Snapshot) -> Option<String> {
        if pods(snapshot).next().is_none() {
            return Some(": the snapshot has no pods".to_owned());
        }
        let EndpointPattern::Name { namespace, .. } = &self.pattern else { return None };
        if pods(snapshot).any(|pod| pod.namespace == *namespace) {
            let names: Vec<_> = pods(snapshot).map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect();
            return Some(suggestion(&self.written, names.iter().map(String::as_str)));
        }
        let namespaces = || pods(snapshot).map(|pod| pod.namespace.as_str());
        Some(suggestion(namespace, namespaces())).filter(|meant| !meant.is_empty()).or_else(|| {
            let mut known: Vec<_> = namespaces().collect();
            known.sort_unstable();
            known.dedup();
            Some(format!("; the namespaces with pods are {}", known.join(", "))).filter(|_| known.len() <= 12)
        })
    }
}

fn pods(snapshot: &Snapshot) -> impl Iterator<Item = &Pod> {
    snapshot.pods.iter().filter(|pod| pod.is_endpoint())
}

#[cfg(test)]
mod tests {
    use cluster::Prefix;
    use netpol::{Pod, Snapshot};

    use super::Selection;

    fn pod(namespace: &str, name: &str) -> Pod {
        Pod {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            labels: [("app".to_owned(), name.to_owned())].into(),
            addresses: vec!["10.244.0.1".parse().unwrap()],
            ..Pod::default()
        }
    }

    fn check(written: &str, expected: &str) {
        check_behind(None, written, expected);
    }

    fn check_behind(prefix: Option<&Prefix>, written: &str, expected: &str) {
        let pods = vec![pod("prod", "web"), pod("prod", "api"), pod("dev", "web")];
        let snapshot = Snapshot { pods, ..Snapshot::default() };
        let answer = match written.parse::<Selection>() {
            Err(error) => error.to_string(),
            Ok(selection) => match selection.in_snapshot(&snapshot, prefix) {
                Err(error) => error.to_string(),
                Ok(patterns) => {
                    let found = snapshot.pods.iter().filter(|pod| patterns.iter().any(|one| one.matches(pod)));
                    found.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect::<Vec<_>>().join(" ")
                }
            },
        };
        assert_eq!(answer, expected, "for {written}");
    }

    #[test]
    fn names_and_labels_select_pods() {
        check("*", "prod/web prod/api dev/web");
        check("prod", "prod/web prod/api");
        check("prod/*", "prod/web prod/api");
        check("*/web", "prod/web dev/web");
        check("prod/api", "prod/api");
        check("app=web", "prod/web dev/web");
        check("app!=web", "prod/api");
    }

    #[test]
    fn namespaces_with_a_prefix_have_two_names() {
        let prefix = Prefix::new("bob", ["prod".to_owned()]).unwrap();
        for written in ["prod", "bob-prod", "bob-prod/*", "bob-*/*"] {
            check_behind(Some(&prefix), written, "prod/web prod/api");
        }
        check_behind(Some(&prefix), "bob-prod/api", "prod/api");
        check_behind(Some(&prefix), "bob-*/*b", "prod/web");
        check_behind(Some(&prefix), "*/web", "prod/web dev/web");
        check_behind(
            Some(&prefix),
            "bob-dev",
            "no pod is selected by `bob-dev`; the namespaces with pods are dev, prod",
        );
        check("bob-prod", "no pod is selected by `bob-prod`; the namespaces with pods are dev, prod");
    }

    #[test]
    fn what_is_not_there_is_said() {
        check("prd", "no pod is selected by `prd`; did you mean `prod`?");
        check("prod/ap", "no pod is selected by `prod/ap`; did you mean `prod/api`?");
        check("zzz/web", "no pod is selected by `zzz/web`; the namespaces with pods are dev, prod");
        check("app=db", "no pod is selected by `app=db`");
    }
}
