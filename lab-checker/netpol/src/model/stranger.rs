//! Strangers: pods that are not there today, but could be there tomorrow; and how people write them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::directory::implied;
use super::object_name::ObjectName;
use super::parse_error::ParseEndpointError;
use super::phrases;
use super::pod_network::PodNetwork;
use super::port::Protocol;
use super::selector::Labels;
use super::snapshot::{ContainerPort, Namespace, Pod, Snapshot};

/// A pod that could be there tomorrow. Written `shop/{app=web}`, `shop/{}` without labels, and
/// `{team=a}/{app=web}` in a namespace that is not there either. Its address may follow
/// (`shop/{}@10.244.1.7`, `shop/{}@[10.244.1.7,fd00::7]` with both families), and the names that it gives to the port of a flow (`shop/{}[http]`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stranger {
    /// Where it is.
    pub namespace: StrangerNamespace,
    /// Its labels.
    pub labels: Labels,
    /// Its addresses, at most one of each family; without any it gets one that is free.
    pub addresses: Vec<IpAddr>,
    /// The names that it gives to the port of the flow.
    pub port_names: Vec<String>,
}

/// The namespace of a stranger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StrangerNamespace {
    /// By its name.
    Named(String),
    /// One that is not there today, by its labels.
    New(Labels),
}

impl Stranger {
    /// The name that stands for it in flows, where a pod's name would stand.
    #[must_use]
    pub fn name(&self) -> ObjectName {
        let mut name = braced(&self.labels);
        match self.addresses.as_slice() {
            [] => {}
            [IpAddr::V4(address)] => name.push_str(&format!("@{address}")),
            addresses => name.push_str(&format!("@[{}]", joined(addresses))),
        }
        if !self.port_names.is_empty() {
            name.push_str(&format!("[{}]", self.port_names.join(",")));
        }
        ObjectName::new(self.namespace.to_string(), name)
    }

    /// The stranger that a name stands for; `None` for the name of a pod.
    #[must_use]
    pub fn of_name(name: &ObjectName) -> Option<Self> {
        Self::is_name(name).then(|| name.to_string().parse().ok()).flatten()
    }

    /// Whether a name stands for a stranger: no pod's name begins so.
    #[must_use]
    pub fn is_name(name: &ObjectName) -> bool {
        name.name.starts_with('{')
    }

    /// In words: `a pod of production that comes later, with app=web`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let place = match &self.namespace {
            StrangerNamespace::Named(name) => format!("in {name}"),
            StrangerNamespace::New(labels) if labels.is_empty() => "in a new namespace".to_owned(),
            StrangerNamespace::New(labels) => format!("in a new namespace with {}", pairs(labels)),
        };
        let labels = match self.labels.is_empty() {
            true => "without labels".to_owned(),
            false => format!("with {}", pairs(&self.labels)),
        };
        let address = match self.addresses.as_slice() {
            [] => String::new(),
            addresses => format!(", at {}", joined(addresses)),
        };
        let ports = match self.port_names.as_slice() {
            [] => String::new(),
            names => format!(", which calls this port {}", phrases::all_of(names)),
        };
        format!("a pod deployed {place} tomorrow, {labels}{address}{ports}")
    }

    /// Puts it into a snapshot, with the port of a flow that it may have names for.
    pub(crate) fn join(&self, snapshot: &mut Snapshot, port: Option<(Protocol, u16)>) {
        let name = self.name();
        if !snapshot.namespaces.iter().any(|namespace| namespace.name == name.namespace) {
            snapshot.namespaces.push(self.namespace.implied());
        }
        let addresses = match self.addresses.as_slice() {
            [] => PodNetwork::of(&[snapshot]).any_free().into_iter().collect(),
            addresses => addresses.to_vec(),
        };
        let declared = |(protocol, number)| {
            self.port_names.iter().map(move |name| ContainerPort { name: Some(name.clone()), number, protocol })
        };
        let ports = port.into_iter().flat_map(declared).collect();
        snapshot.pods.push(Pod {
            namespace: name.namespace,
            name: name.name,
            labels: self.labels.clone(),
            assumed: self.addresses.is_empty(),
            addresses,
            ports,
            ..Pod::default()
        });
    }
}

impl StrangerNamespace {
    /// The namespace as a cluster would have it.
    pub(crate) fn implied(&self) -> Namespace {
        let mut namespace = implied(&self.to_string());
        if let Self::New(labels) = self {
            namespace.labels.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        namespace
    }
}

impl fmt::Display for StrangerNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::New(labels) => f.write_str(&braced(labels)),
        }
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

impl FromStr for Stranger {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| ParseEndpointError::Stranger(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Stranger> {
    let (namespace, rest) = match text.starts_with('{') {
        true => {
            let (labels, rest) = labels(text)?;
            (StrangerNamespace::New(labels), rest.strip_prefix('/')?)
        }
        false => {
            let (name, rest) = text.split_once('/')?;
            let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let is_label = !name.is_empty() && name.bytes().all(legal);
            (StrangerNamespace::Named(is_label.then(|| name.to_owned())?), rest)
        }
    };
    let (labels, mut rest) = labels(rest)?;
    let mut port_names = Vec::new();
    if let Some((before, names)) = rest.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        // Brackets behind an `@` hold an IPv6 address.
        if !before.ends_with('@') {
            port_names = names.split(',').map(|name| name.trim().to_owned()).collect();
            rest = before;
        }
    }
    let addresses = match rest.strip_prefix('@') {
        Some(text) => {
            let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
            bare.split(',').map(|address| address.trim().parse().ok()).collect::<Option<Vec<IpAddr>>>()?
        }
        None if rest.is_empty() => Vec::new(),
        None => return None,
    };
    Some(Stranger { namespace, labels, addresses, port_names })
}

/// Labels in braces at the beginning of a text, and what stands behind them.
fn labels(text: &str) -> Option<(Labels, &str)> {
    let (inside, rest) = text.strip_prefix('{')?.split_once('}')?;
    let mut labels = BTreeMap::new();
    for pair in inside.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=')?;
        let legal = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || !legal(key) || !legal(value) {
            return None;
        }
        labels.insert(key.to_owned(), value.to_owned());
    }
    Some((labels, rest))
}

fn braced(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{{{}}}", pairs.join(","))
}

fn joined(addresses: &[IpAddr]) -> String {
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",")
}

fn pairs(labels: &Labels) -> String {
    phrases::all_of(&labels.iter().map(|(key, value)| phrases::label(key, value)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in [
            "shop/{}",
            "shop/{app=web}",
            "shop/{app=,tier=a}",
            "{}/{}",
            "{team=a}/{app.kubernetes.io/name=web}",
            "shop/{}@10.244.1.7",
            "shop/{app=web}@[fd00::7]",
            "shop/{app=web}@[10.244.1.7,fd00::7]",
            "shop/{app=web}[http,web]",
            "shop/{app=web}@[fd00::7][http]",
        ] {
            let stranger: Stranger = text.parse().unwrap();
            assert_eq!(stranger.to_string(), text);
            assert_eq!(Stranger::of_name(&stranger.name()).as_ref(), Some(&stranger));
        }
        for wrong in ["shop", "shop/web", "shop/{app}", "shop/{app=web", "Shop/{}", "shop/{a=b c}", "shop/{}x", "/{}"] {
            assert!(wrong.parse::<Stranger>().is_err(), "{wrong}");
        }
        assert_eq!(Stranger::of_name(&ObjectName::new("shop", "web")), None);
    }
}
