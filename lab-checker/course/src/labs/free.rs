//! What a lab leaves to the learner: flows in which a right answer may differ from the lab's solution. Patterns of it
//! reach further than those of named checks, to pods that are not there today and to whole blocks of addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use netpol::{
    IpBlock, Labels, NamespaceScope, NetworkPolicy, ObjectName, Peer, PortRule, PortSpec, Protocol, Rule, Selector,
    Stranger,
};

use crate::files::{Field, is_dns_label, is_object_name, suggestion};
use crate::reachability::{CellKey, EndpointKind, FlowSet, NamedEndpoint, Port, parse_port, unbracketed};

/// Flows that are left to the learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FreeRule {
    pub(crate) from: Vec<FreeEndpoint>,
    /// Destinations; without ports, all of them.
    pub(crate) to: Vec<(FreeEndpoint, Option<FreePorts>)>,
    /// The author's sentence.
    pub(crate) why: String,
}

/// One end of flows that are left to the learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FreeEndpoint {
    /// `*`: everything.
    All,
    /// `namespace/*`: every pod there, of today and of tomorrow; `*/*`: of every namespace.
    Pods { namespace: Option<String> },
    /// `namespace/pod`: an endpoint of the lab.
    Named(ObjectName),
    /// `namespace/{app=web}`: pods of tomorrow with at least these labels; `*/{}`: all of them, wherever.
    Strangers { namespace: Option<String>, labels: BTreeMap<String, String> },
    /// `kube-dns`.
    Dns,
    /// `external`: every address outside of the cluster.
    External,
    /// A block of addresses, or one.
    Block(IpNet),
}

/// Neighbouring ports of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FreePorts {
    pub(crate) first: u16,
    pub(crate) last: u16,
    pub(crate) protocol: Protocol,
}

/// Text that is no such pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FreePatternError {
    #[error(
        "`{0}` picks nothing: write namespace/*, namespace/{{app=web}}, namespace/pod, *, kube-dns, external, an address \
         or a block of addresses"
    )]
    Endpoint(String),
    #[error("`{0}` is not the beginning of a block of addresses: write {1}")]
    Block(IpNet, IpNet),
    #[error("`{0}` is not a label: write key=value, with commas between labels")]
    Label(String),
    #[error("`{0}` are no ports: write 80/TCP, 8000-8100/TCP or */UDP")]
    Ports(String),
}

impl FreeRule {
    /// Whether it leaves a flow of the universe to the learner. `from` and `to` say what the ends are.
    pub(crate) fn leaves(&self, from: &FreeEnd<'_>, to: &FreeEnd<'_>, port: Port) -> bool {
        let at_port = |ports: &Option<FreePorts>| ports.is_none_or(|ports| ports.contains(port));
        self.from.iter().any(|pattern| pattern.picks(from))
            && self.to.iter().any(|(pattern, ports)| pattern.picks(to) && at_port(ports))
    }

    /// Its words, as a policy that has them: what it names must be told apart from the rest.
    pub(crate) fn words(&self) -> Vec<NetworkPolicy> {
        let ends = self.from.iter().map(|end| (end, None)).chain(self.to.iter().map(|(end, ports)| (end, *ports)));
        ends.map(|(end, ports)| end.words(ports)).collect()
    }

    /// Whether it leaves this cell of the lab to the learner.
    fn names(&self, flows: &FlowSet, cell: &CellKey) -> bool {
        let (from, to) = (&flows.endpoints[cell.from], &flows.endpoints[cell.to]);
        let at_port = |ports: &Option<FreePorts>| ports.is_none_or(|ports| ports.contains(cell.port));
        self.from.iter().any(|pattern| pattern.matches(from))
            && self.to.iter().any(|(pattern, ports)| pattern.matches(to) && at_port(ports))
    }
}

/// One end of a flow of the universe.
pub(crate) enum FreeEnd<'a> {
    /// A pod of today: its endpoint in the lab, if it is one.
    Pod(&'a ObjectName, Option<&'a NamedEndpoint>, &'a Labels),
    /// A pod of tomorrow.
    Stranger(&'a Stranger),
    /// An address outside of the cluster.
    Address(IpAddr),
}

impl FreeEndpoint {
    fn picks(&self, end: &FreeEnd<'_>) -> bool {
        match (self, end) {
            (Self::All, _) | (Self::External, FreeEnd::Address(_)) => true,
            (Self::Block(block), FreeEnd::Address(address)) => block.contains(address),
            (Self::Pods { namespace }, FreeEnd::Pod(name, ..)) => {
                namespace.as_ref().is_none_or(|it| *it == name.namespace)
            }
            (Self::Pods { namespace }, FreeEnd::Stranger(stranger)) => {
                namespace.as_ref().is_none_or(|it| *it == stranger.namespace.to_string())
            }
            (_, FreeEnd::Pod(_, Some(endpoint), _)) => self.matches(endpoint),
            // A pod that the learner has added is like one of tomorrow.
            (Self::Strangers { namespace, labels }, FreeEnd::Pod(name, None, own)) => {
                namespace.as_ref().is_none_or(|it| *it == name.namespace) && has_all(own, labels)
            }
            (Self::Strangers { namespace, labels }, FreeEnd::Stranger(stranger)) => {
                namespace.as_ref().is_none_or(|it| *it == stranger.namespace.to_string())
                    && has_all(&stranger.labels, labels)
            }
            _ => false,
        }
    }

    fn words(&self, ports: Option<FreePorts>) -> NetworkPolicy {
        let everything = || NamespaceScope::Matching(Selector::everything());
        let peer = match self {
            Self::Block(block) => Some(Peer::IpBlock(IpBlock { cidr: *block, except: Vec::new() })),
            Self::Strangers { labels, .. } => {
                let pairs = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                Some(Peer::Pods { namespaces: everything(), pods: Selector::labels(pairs) })
            }
            _ => None,
        };
        let port = ports.map(|FreePorts { first, last, protocol }| PortRule {
            protocol,
            port: PortSpec::Range { from: first, to: last },
        });
        NetworkPolicy {
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: String::new(),
            pod_selector: Selector::everything(),
            ingress: Some(vec![Rule { peers: peer.into_iter().collect(), ports: port.into_iter().collect() }]),
            egress: None,
        }
    }

    /// Whether it picks this endpoint of the lab.
    fn matches(&self, endpoint: &NamedEndpoint) -> bool {
        match (self, &endpoint.kind) {
            (Self::All, _) | (Self::Dns, EndpointKind::Dns) | (Self::External, EndpointKind::Address(_)) => true,
            (Self::Pods { namespace }, EndpointKind::Pod(pod)) => {
                namespace.as_ref().is_none_or(|it| *it == pod.namespace)
            }
            (Self::Pods { namespace }, EndpointKind::Dns) => namespace.as_ref().is_none_or(|it| it == "kube-system"),
            (Self::Named(name), EndpointKind::Pod(pod)) => name == pod,
            (Self::Block(block), EndpointKind::Address(address)) => block.contains(address),
            _ => false,
        }
    }

    fn namespace(&self) -> Option<&str> {
        match self {
            Self::Pods { namespace } | Self::Strangers { namespace, .. } => namespace.as_deref(),
            _ => None,
        }
    }
}

fn has_all(labels: &Labels, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

impl FreePorts {
    /// Whether this port is one of them.
    pub(crate) fn contains(self, (number, protocol): (u16, Protocol)) -> bool {
        self.protocol == protocol && (self.first..=self.last).contains(&number)
    }
}

impl FromStr for FreeEndpoint {
    type Err = FreePatternError;

    fn from_str(text: &str) -> Result<Self, FreePatternError> {
        match text {
            "*" => return Ok(Self::All),
            "kube-dns" => return Ok(Self::Dns),
            "external" => return Ok(Self::External),
            _ => {}
        }
        if let Some(block) = block(text) {
            let whole = block.trunc();
            return if whole == block { Ok(Self::Block(block)) } else { Err(FreePatternError::Block(block, whole)) };
        }
        let wrong = || FreePatternError::Endpoint(text.to_owned());
        let (namespace, pod) = text.split_once('/').ok_or_else(wrong)?;
        let namespace = match namespace {
            "*" => None,
            name if is_dns_label(name) => Some(name.to_owned()),
            _ => return Err(wrong()),
        };
        if let Some(labels) = pod.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            return Ok(Self::Strangers { namespace, labels: read_labels(labels)? });
        }
        match (namespace, pod) {
            (namespace, "*") => Ok(Self::Pods { namespace }),
            (Some(namespace), name) if is_object_name(name) => Ok(Self::Named(ObjectName::new(namespace, name))),
            _ => Err(wrong()),
        }
    }
}

fn block(text: &str) -> Option<IpNet> {
    let text = unbracketed(text);
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn read_labels(text: &str) -> Result<BTreeMap<String, String>, FreePatternError> {
    let legal = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let label = |text: &str| {
        let (key, value) = text.split_once('=')?;
        (!key.is_empty() && legal(key) && legal(value)).then(|| (key.to_owned(), value.to_owned()))
    };
    let parts = text.split(',').map(str::trim).filter(|_| !text.trim().is_empty());
    parts.map(|part| label(part).ok_or_else(|| FreePatternError::Label(part.to_owned()))).collect()
}

impl FromStr for FreePorts {
    type Err = FreePatternError;

    fn from_str(text: &str) -> Result<Self, FreePatternError> {
        let wrong = || FreePatternError::Ports(text.to_owned());
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "TCP"));
        let protocol: Protocol = protocol.parse().map_err(|_| wrong())?;
        if numbers == "*" && text.contains('/') {
            return Ok(Self { first: 1, last: u16::MAX, protocol });
        }
        let number = |text: &str| parse_port(text).ok().filter(|_| !text.contains('/')).map(|(number, _)| number);
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last, protocol }),
            _ => Err(wrong()),
        }
    }
}

/// A destination: an endpoint and, perhaps, ports after the last colon.
fn destination(text: &str) -> Result<(FreeEndpoint, Option<FreePorts>), FreePatternError> {
    let whole = text.parse().map(|endpoint| (endpoint, None));
    match text.rsplit_once(':') {
        Some((endpoint, ports)) if whole.is_err() && !ports.contains(['}', ']']) => {
            Ok((endpoint.parse()?, Some(ports.parse()?)))
        }
        _ => whole,
    }
}

/// The rules in this field, for a lab with these flows, in a cluster with these namespaces.
pub(super) fn read(field: &Field<'_>, flows: &FlowSet, namespaces: &BTreeSet<&str>) -> Vec<FreeRule> {
    let items = field.items();
    items
        .iter()
        .filter_map(|item| Some((item, rule(item, flows, namespaces)?)))
        .map(|(item, rule)| {
            complain_about(item, &rule, flows);
            rule
        })
        .collect()
}

fn rule(field: &Field<'_>, flows: &FlowSet, namespaces: &BTreeSet<&str>) -> Option<FreeRule> {
    let fields = field.fields(&["from", "to", "why"])?;
    let why = fields.required_text("why");
    let from = fields.get("from").map_or_else(
        || vec![FreeEndpoint::All],
        |field| patterns(&field, str::parse, |endpoint| endpoint, flows, namespaces),
    );
    let to = fields.get("to").map_or_else(
        || vec![(FreeEndpoint::All, None)],
        |field| patterns(&field, destination, |(endpoint, _)| endpoint, flows, namespaces),
    );
    Some(FreeRule { from, to, why: why? })
}

fn patterns<T>(
    field: &Field<'_>,
    parse: impl Fn(&str) -> Result<T, FreePatternError>,
    endpoint: impl Fn(&T) -> &FreeEndpoint,
    flows: &FlowSet,
    namespaces: &BTreeSet<&str>,
) -> Vec<T> {
    let mut patterns = Vec::new();
    for item in field.one_or_more() {
        let Some(text) = item.text() else { continue };
        match parse(&text) {
            Ok(pattern) if is_known(&item, endpoint(&pattern), flows, namespaces) => patterns.push(pattern),
            Ok(_) => {}
            Err(error) => item.wrong(error.to_string(), "quote patterns that begin with `*` or hold braces"),
        }
    }
    patterns
}

/// Names must be known: an unknown one is a typing mistake.
fn is_known(field: &Field<'_>, pattern: &FreeEndpoint, flows: &FlowSet, namespaces: &BTreeSet<&str>) -> bool {
    if let FreeEndpoint::Named(name) = pattern {
        let name = name.to_string();
        let known = flows.names().any(|known| known == name);
        if !known {
            field.wrong(format!("the lab has no `{name}`"), suggestion(&name, flows.names()));
        }
        return known;
    }
    let unknown = pattern.namespace().filter(|namespace| !namespaces.contains(namespace));
    if let Some(namespace) = unknown {
        let help = suggestion(namespace, namespaces.iter().copied());
        field.wrong(format!("the lab has no namespace `{namespace}`"), help);
    }
    unknown.is_none()
}

/// What a named check judges is not left to the learner.
fn complain_about(field: &Field<'_>, rule: &FreeRule, flows: &FlowSet) {
    let judged = flows.cells.iter().find(|cell| rule.names(flows, cell));
    if let Some(cell) = judged {
        field.wrong(
            format!("it leaves {} to the learner, and the named checks judge that flow", flows.flow(cell)),
            "make the rule narrower: ports, addresses or pods that are not in the lab today",
        );
    }
}

#[cfg(test)]
mod tests {
    //! How the patterns are written.

    use super::*;

    fn read(text: &str) -> String {
        match destination(text) {
            Ok((endpoint, None)) => format!("{endpoint:?}"),
            Ok((endpoint, Some(FreePorts { first, last, protocol }))) => {
                format!("{endpoint:?} {first}-{last} {protocol}")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn endpoints() {
        let is = |text: &str, wanted: FreeEndpoint| assert_eq!(destination(text), Ok((wanted, None)), "{text}");
        let strangers = |namespace: Option<&str>, labels: &[(&str, &str)]| FreeEndpoint::Strangers {
            namespace: namespace.map(str::to_owned),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        };
        let block = |text: &str| FreeEndpoint::Block(text.parse().unwrap());
        is("*", FreeEndpoint::All);
        is("kube-dns", FreeEndpoint::Dns);
        is("external", FreeEndpoint::External);
        is("*/*", FreeEndpoint::Pods { namespace: None });
        is("shop/*", FreeEndpoint::Pods { namespace: Some("shop".into()) });
        is("shop/web", FreeEndpoint::Named(ObjectName::new("shop", "web")));
        is("shop/{}", strangers(Some("shop"), &[]));
        is("*/{}", strangers(None, &[]));
        is("shop/{app=web}", strangers(Some("shop"), &[("app", "web")]));
        is("shop/{app=web, example.com/tier=}", strangers(Some("shop"), &[("app", "web"), ("example.com/tier", "")]));
        is("10.0.0.0/8", block("10.0.0.0/8"));
        is("203.0.113.10", block("203.0.113.10/32"));
        is("2001:db8::/32", block("2001:db8::/32"));
        is("[2001:db8::1]", block("2001:db8::1/128"));
    }

    #[test]
    fn ports() {
        let is = |text: &str, ports: &str| assert!(read(text).ends_with(ports), "{text}: {}", read(text));
        is("shop/*:80", "80-80 TCP");
        is("shop/{app=web}:8000-8100/UDP", "8000-8100 UDP");
        is("*:*/SCTP", "1-65535 SCTP");
        is("kube-dns:53/udp", "53-53 UDP");
        is("10.0.0.0/8:443", "443-443 TCP");
        is("[2001:db8::/32]:443/TCP", "443-443 TCP");
    }

    #[test]
    fn what_is_no_pattern() {
        let wrong = |text: &str, words: &str| assert!(read(text).contains(words), "{text}: {}", read(text));
        for text in ["", "shop", "*/web", "Shop/*", "shop/web/x", "../*", "shop/we*", "10.0.0.0/33", "shop/{", "{}"] {
            wrong(text, "picks nothing");
        }
        for text in ["shop/{app}", "shop/{=web}", "shop/{app=web,}", "shop/{app=we b}", "shop/{app=a=b}"] {
            wrong(text, "is not a label");
        }
        for text in ["*:0", "*:*", "*:90-80", "*:80-", "*:http", "*:80/ICMP", "*:80-65536", "*:80/TCP-90"] {
            wrong(text, "are no ports");
        }
        wrong("10.1.2.3/8", "write 10.0.0.0/8");
        wrong("10.1.2.3/8:80", "write 10.0.0.0/8");
    }
}
