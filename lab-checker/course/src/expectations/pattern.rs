//! How expectations pick ends of flows: by name, by namespace and labels, or by address; those of today and of
//! tomorrow alike.

use std::fmt::{self, Display as _};
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use netpol::{
    IpBlock, Labels, NamespaceScope, NetworkPolicy, ObjectName, Peer, PortRule, PortSpec, Protocol, Rule, Selector,
};

use crate::files::{is_dns_label, is_object_name};
use crate::reachability::{SYSTEM, parse_port, unbracketed};

/// The label that every namespace has its name in.
pub(super) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The label of the cluster's DNS pods, and its value.
const DNS: (&str, &str) = ("k8s-app", "kube-dns");

/// Picks ends of flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EndPattern {
    /// `*`: everything.
    All,
    /// Pods.
    Pods { namespaces: NamespacePattern, pods: PodPattern },
    /// `external`: every address outside of the cluster.
    External,
    /// A block of addresses outside of the cluster, or one; perhaps without blocks inside of it.
    Block { block: IpNet, except: Vec<IpNet> },
}

/// Picks namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NamespacePattern {
    /// `*/…`.
    Any,
    /// `shop/…`.
    Named(String),
    /// `{team=a}/…`: by their labels.
    Labels(Selector),
}

/// Picks pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PodPattern {
    /// `…/*`.
    Any,
    /// `…/web`: the pod or the pods of the workload of this name.
    Named(String),
    /// `…/{app=web}`: by their labels.
    Labels(Selector),
}

/// Picks ports of destinations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PortPattern {
    /// `8080/TCP`, `8000-8100/TCP`, `*/UDP`.
    Numbers { first: u16, last: u16, protocol: Protocol },
    /// `http`, `http/TCP`: what the destination calls so.
    Named { name: String, protocol: Option<Protocol> },
    /// Whatever the destination declares.
    Declared,
}

/// Picks destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ToPattern {
    pub(super) end: EndPattern,
    /// Empty: every port.
    pub(super) ports: Vec<PortPattern>,
}

/// Text that is no such pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PatternError {
    #[error(
        "`{0}` picks nothing: write namespace/{{app=web}}, namespace/pod, namespace/*, *, kube-dns, external, an address \
         or a block of addresses"
    )]
    End(String),
    #[error("`{0}` is not the beginning of a block of addresses: write {1}")]
    Block(IpNet, IpNet),
    #[error("`{0}` are no labels: write app=web, with commas between; also app!=web, !app, app in (a,b)")]
    Labels(String),
    #[error("`{0}` are no ports: write 80/TCP, 8000-8100/TCP, */UDP, a port's name, or several with commas between")]
    Ports(String),
    #[error("`{0}` is not a flow: write FROM -> TO or FROM -> TO:PORT")]
    Flow(String),
}

/// An end of flows, as far as patterns can tell.
pub(super) enum End<'a> {
    Pod {
        namespace: &'a str,
        namespace_labels: &'a Labels,
        /// Its own name and that of its workload; none of a pod that is not there.
        names: &'a [ObjectName],
        labels: &'a Labels,
    },
    Address(IpAddr),
}

impl EndPattern {
    /// Whether it picks this end.
    pub(super) fn picks(&self, end: &End<'_>) -> bool {
        match (self, end) {
            (Self::All, _) | (Self::External, End::Address(_)) => true,
            (Self::Block { block, except }, End::Address(address)) => {
                block.contains(address) && !except.iter().any(|inside| inside.contains(address))
            }
            (Self::Pods { namespaces, pods }, End::Pod { namespace, namespace_labels, names, labels }) => {
                let there = match namespaces {
                    NamespacePattern::Any => true,
                    NamespacePattern::Named(name) => name == namespace,
                    NamespacePattern::Labels(selector) => selector.matches(namespace_labels),
                };
                there
                    && match pods {
                        PodPattern::Any => true,
                        PodPattern::Named(name) => names.iter().any(|known| known.name == *name),
                        PodPattern::Labels(selector) => selector.matches(labels),
                    }
            }
            _ => false,
        }
    }

    /// Its words, as a policy that has them: what it picks must be told apart from the rest.
    pub(super) fn words(&self, ports: &[PortPattern]) -> NetworkPolicy {
        let named = |name: &str| Selector::labels([(NAME_LABEL, name)]);
        let (namespace, peer) = match self {
            Self::All | Self::External => (None, None),
            Self::Block { block, except } => {
                (None, Some(Peer::IpBlock(IpBlock { cidr: *block, except: except.clone() })))
            }
            Self::Pods { namespaces, pods } => {
                let (namespace, scope) = match namespaces {
                    NamespacePattern::Any => (None, Selector::everything()),
                    NamespacePattern::Named(name) => (Some(name.clone()), named(name)),
                    NamespacePattern::Labels(selector) => (None, selector.clone()),
                };
                let pods = match pods {
                    PodPattern::Labels(selector) => selector.clone(),
                    _ => Selector::everything(),
                };
                (namespace, Some(Peer::Pods { namespaces: NamespaceScope::Matching(scope), pods }))
            }
        };
        NetworkPolicy {
            namespace: namespace.unwrap_or_default(),
            name: String::new(),
            pod_selector: Selector::everything(),
            ingress: Some(vec![Rule {
                peers: peer.into_iter().collect(),
                ports: ports.iter().flat_map(PortPattern::words).collect(),
            }]),
            egress: None,
        }
    }

    /// The pod that it names, if it names one.
    pub(super) fn named_pod(&self) -> Option<(Option<&str>, &str)> {
        match self {
            Self::Pods { namespaces, pods: PodPattern::Named(name) } => {
                let namespace = match namespaces {
                    NamespacePattern::Named(namespace) => Some(namespace.as_str()),
                    _ => None,
                };
                Some((namespace, name))
            }
            _ => None,
        }
    }

    /// The namespace that it names, if it names one.
    pub(super) fn namespace(&self) -> Option<&str> {
        match self {
            Self::Pods { namespaces: NamespacePattern::Named(name), .. } => Some(name),
            _ => None,
        }
    }
}

impl PortPattern {
    fn words(&self) -> Vec<PortRule> {
        match self {
            Self::Declared => Vec::new(),
            Self::Numbers { first, last, protocol } => {
                vec![PortRule { protocol: *protocol, port: PortSpec::Range { from: *first, to: *last } }]
            }
            Self::Named { name, protocol } => {
                let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter();
                let protocols = protocols.filter(|own| protocol.is_none_or(|protocol| protocol == *own));
                protocols.map(|protocol| PortRule { protocol, port: PortSpec::Named(name.clone()) }).collect()
            }
        }
    }
}

impl FromStr for EndPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        match text {
            "*" => return Ok(Self::All),
            "external" => return Ok(Self::External),
            "kube-dns" => {
                return Ok(Self::Pods {
                    namespaces: NamespacePattern::Named(SYSTEM.to_owned()),
                    pods: PodPattern::Labels(Selector::labels([DNS])),
                });
            }
            _ => {}
        }
        if let Some(blocks) = blocks(text) {
            return blocks;
        }
        let wrong = || PatternError::End(text.to_owned());
        let (namespaces, pods) = namespace_and_pod(text).ok_or_else(wrong)?;
        let namespaces = match (namespaces, braced(namespaces)) {
            (_, Some(labels)) => NamespacePattern::Labels(selector(labels)?),
            ("*", None) => NamespacePattern::Any,
            (name, None) if is_dns_label(name) => NamespacePattern::Named(name.to_owned()),
            _ => return Err(wrong()),
        };
        let pods = match (pods, braced(pods)) {
            (_, Some(labels)) => PodPattern::Labels(selector(labels)?),
            ("*", None) => PodPattern::Any,
            (name, None) if is_object_name(name) => PodPattern::Named(name.to_owned()),
            _ => return Err(wrong()),
        };
        Ok(Self::Pods { namespaces, pods })
    }
}

/// The two sides of the slash that stands outside of braces: keys of labels have slashes too.
fn namespace_and_pod(text: &str) -> Option<(&str, &str)> {
    match text.starts_with('{') {
        true => {
            let end = text.find('}')? + 1;
            Some((&text[..end], text[end..].strip_prefix('/')?))
        }
        false => text.split_once('/'),
    }
}

fn braced(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn selector(text: &str) -> Result<Selector, PatternError> {
    text.parse().map_err(|_| PatternError::Labels(text.to_owned()))
}

/// `10.0.0.0/8`, `203.0.113.7`, `0.0.0.0/0 except 10.0.0.0/8,192.168.0.0/16`.
fn blocks(text: &str) -> Option<Result<EndPattern, PatternError>> {
    let (outer, inner) = unbracketed(text).split_once(" except ").unwrap_or((unbracketed(text), ""));
    let block = block(outer)?;
    let except: Option<Vec<IpNet>> =
        inner.split(',').map(str::trim).filter(|text| !text.is_empty()).map(self::block).collect();
    let except = except?;
    let crooked = [block].into_iter().chain(except.iter().copied()).find(|block| block.trunc() != *block);
    Some(match crooked {
        Some(block) => Err(PatternError::Block(block, block.trunc())),
        None => Ok(EndPattern::Block { block, except }),
    })
}

fn block(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl FromStr for PortPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError::Ports(text.to_owned());
        let (numbers, given) = match text.split_once('/') {
            Some((numbers, protocol)) => (numbers, Some(protocol.parse::<Protocol>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let protocol = given.unwrap_or(Protocol::Tcp);
        if numbers == "*" && given.is_some() {
            return Ok(Self::Numbers { first: 1, last: u16::MAX, protocol });
        }
        let number = |text: &str| parse_port(text).ok().map(|(number, _)| number);
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => return Ok(Self::Numbers { first, last, protocol }),
            (Some(_), Some(_)) => return Err(wrong()),
            _ => {}
        }
        let legal = numbers.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let is_name = legal && numbers.len() <= 15 && numbers.bytes().any(|byte| byte.is_ascii_lowercase());
        is_name.then(|| Self::Named { name: numbers.to_owned(), protocol: given }).ok_or_else(wrong)
    }
}

impl FromStr for ToPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let whole = text.parse().map(|end| Self { end, ports: Vec::new() });
        match text.rsplit_once(':') {
            Some((end, ports)) if whole.is_err() && !ports.contains(['}', ']']) => {
                let ports: Result<Vec<PortPattern>, _> = ports.split(',').map(|port| port.trim().parse()).collect();
                Ok(Self { end: end.parse()?, ports: ports? })
            }
            _ => whole,
        }
    }
}

/// `FROM -> TO`, with an arrow of either kind.
pub(super) fn flow(text: &str) -> Result<(EndPattern, ToPattern), PatternError> {
    let (from, to) =
        text.split_once("->").or_else(|| text.split_once('→')).ok_or_else(|| PatternError::Flow(text.to_owned()))?;
    Ok((from.trim().parse()?, to.trim().parse()?))
}

impl fmt::Display for EndPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = |selector: &Selector| match selector.requirements.is_empty() {
            true => "{}".to_owned(),
            false => format!("{{{selector}}}"),
        };
        let (namespaces, pods) = match self {
            Self::All => return f.write_str("*"),
            Self::External => return f.write_str("external"),
            Self::Block { block, except } => return write_block(f, *block, except),
            Self::Pods { namespaces, pods } => (namespaces, pods),
        };
        match namespaces {
            NamespacePattern::Any => f.write_str("*/")?,
            NamespacePattern::Named(name) => write!(f, "{name}/")?,
            NamespacePattern::Labels(selector) => write!(f, "{}/", labels(selector))?,
        }
        match pods {
            PodPattern::Any => f.write_str("*"),
            PodPattern::Named(name) => f.write_str(name),
            PodPattern::Labels(selector) => f.write_str(&labels(selector)),
        }
    }
}

fn write_block(f: &mut fmt::Formatter<'_>, block: IpNet, except: &[IpNet]) -> fmt::Result {
    if block.prefix_len() == block.max_prefix_len() {
        return block.addr().fmt(f);
    }
    block.fmt(f)?;
    for (at, inside) in except.iter().enumerate() {
        f.write_str(if at == 0 { " except " } else { "," })?;
        inside.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for ToPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            EndPattern::Block { block, .. } if block.addr().is_ipv6() && !self.ports.is_empty() => {
                write!(f, "[{}]", self.end)?;
            }
            end => end.fmt(f)?,
        }
        for (at, port) in self.ports.iter().enumerate() {
            f.write_str(if at == 0 { ":" } else { "," })?;
            port.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for PortPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers { first: 1, last: u16::MAX, protocol } => write!(f, "*/{protocol}"),
            Self::Numbers { first, last, protocol } if first == last => write!(f, "{first}/{protocol}"),
            Self::Numbers { first, last, protocol } => write!(f, "{first}-{last}/{protocol}"),
            Self::Declared => f.write_str("declared"),
            Self::Named { name, protocol: None } => f.write_str(name),
            Self::Named { name, protocol: Some(protocol) } => write!(f, "{name}/{protocol}"),
        }
    }
}

#[cfg(test)]
mod tests {
    //! How patterns are written.

    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in [
            "*",
            "external",
            "shop/*",
            "*/*",
            "shop/web",
            "shop/{app=web}",
            "shop/{}",
            "*/{app.kubernetes.io/name=web,!old}",
            "{team=a}/{app in (a,b)}",
            "{kubernetes.io/metadata.name!=shop}/*",
            "10.0.0.0/8",
            "203.0.113.7",
            "0.0.0.0/0 except 10.0.0.0/8,192.168.0.0/16",
            "0.0.0.0/0 except 10.0.0.0/8:443/TCP",
            "[::/0 except fd00::/8]:443/TCP",
            "2001:db8::/32",
            "shop/{app=web}:8080/TCP",
            "shop/{app=web}:8080/TCP,53/UDP",
            "shop/web:http",
            "shop/web:dns/UDP",
            "*:*/UDP",
            "external:8000-8100/TCP",
            "203.0.113.7:443/TCP",
            "[2001:db8::1]:443/TCP",
            "[2001:db8::/32]:443/TCP",
        ] {
            let pattern: ToPattern = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(pattern.to_string(), text);
        }
        assert_eq!("shop/web:80".parse::<ToPattern>().unwrap().to_string(), "shop/web:80/TCP");
        assert_eq!(
            "kube-dns:53/UDP".parse::<ToPattern>().unwrap().to_string(),
            "kube-system/{k8s-app=kube-dns}:53/UDP"
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "shop",
            "Shop/web",
            "shop/{app=web",
            "shop/{a b}",
            "shop/web:0",
            "shop/web:80/ICMP",
            "shop/web:9-1",
            "10.1.0.0/8",
            "shop/we*",
            "../x",
            "shop/web/x",
            "shop/web:",
            "shop/web:Http",
            "{}",
        ] {
            assert!(text.parse::<ToPattern>().is_err(), "{text}");
        }
        assert!(flow("shop/web shop/api").is_err());
        assert!(flow("shop/web -> shop/api:80").is_ok());
    }
}
