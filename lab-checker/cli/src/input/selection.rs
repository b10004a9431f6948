//! `--from` and `--to`: what a word on the command line selects in a snapshot, and what was probably
//! meant when it selects nothing.

use std::fmt;
use std::str::FromStr;

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
    /// The engine's pattern, once it is sure that the snapshot has something that it selects.
    pub(crate) fn in_snapshot(&self, snapshot: &Snapshot) -> Result<EndpointPattern, NothingSelected> {
        let outside = matches!(self.pattern, EndpointPattern::Address(_));
        if outside || pods(snapshot).any(|pod| self.pattern.matches(pod)) {
            return Ok(self.pattern.clone());
        }
        Err(NothingSelected { written: self.written.clone(), meant: self.meant(snapshot) })
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
        let pods = vec![pod("prod", "web"), pod("prod", "api"), pod("dev", "web")];
        let snapshot = Snapshot { pods, ..Snapshot::default() };
        let answer = match written.parse::<Selection>() {
            Err(error) => error.to_string(),
            Ok(selection) => match selection.in_snapshot(&snapshot) {
                Err(error) => error.to_string(),
                Ok(pattern) => {
                    let found = snapshot.pods.iter().filter(|pod| pattern.matches(pod));
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
    fn what_is_not_there_is_said() {
        check("prd", "no pod is selected by `prd`; did you mean `prod`?");
        check("prod/ap", "no pod is selected by `prod/ap`; did you mean `prod/api`?");
        check("zzz/web", "no pod is selected by `zzz/web`; the namespaces with pods are dev, prod");
        check("app=db", "no pod is selected by `app=db`");
    }
}
