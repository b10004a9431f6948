//! What many clusters have and a practice cluster does not: still 404, but the message says so, because kubectl
//! shows it to a person who has just followed a tutorial.

use crate::resource::RESOURCES;
use crate::status::Status;

/// Groups that people know, and what is to be said about them.
const ABSENT: &[(&str, &str)] = &[
    ("certificates.k8s.io", "signs no certificates"),
    ("events.k8s.io", "has events as v1 only"),
    ("metrics.k8s.io", "measures nothing"),
];

/// The answer to a request for a path that names nothing here.
pub(crate) fn status(path: &str) -> Status {
    let mut status = Status::no_such_path();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let why = match segments.as_slice() {
        ["api", "v1", "namespaces", _, "services" | "pods", _, "proxy", ..]
        | ["api", "v1", "nodes", _, "proxy", ..] => {
            Some("forwards nothing: exec into a pod and use curl or wget there".to_owned())
        }
        ["apis", group, version, _, ..] => why(group, version),
        _ => None,
    };
    if let Some(why) = why {
        status.message = format!("{} (a practice cluster {why})", status.message);
    }
    status
}

fn why(group: &str, version: &str) -> Option<String> {
    if let Some((_, why)) = ABSENT.iter().find(|(absent, _)| *absent == group) {
        return Some((*why).to_owned());
    }
    let served = RESOURCES.iter().find(|resource| resource.group == group)?;
    (served.version != version).then(|| format!("has {group} as {} only", served.version))
}
