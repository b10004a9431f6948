//! What comes out: verdicts, and flows as they are written in results.

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize};

use super::port::Protocol;

/// Whether a flow gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It gets through.
    Allowed,
    /// A policy stops it.
    Blocked,
}

/// A flow as it stands in results: endpoints as people write them, a port by its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowText {
    /// Who connects.
    pub from: String,
    /// Where to.
    pub to: String,
    /// The destination's port.
    pub port: u16,
    /// The protocol.
    pub protocol: Protocol,
}

/// One row of a [`Reachability`](crate::Reachability).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowVerdict<'a> {
    /// Who connects.
    pub from: &'a str,
    /// Where to.
    pub to: &'a str,
    /// The destination's port.
    pub port: u16,
    /// The protocol.
    pub protocol: Protocol,
    /// Whether it gets through.
    pub verdict: Verdict,
    /// What the source's side alone says.
    pub egress: Verdict,
    /// What the destination's side alone says.
    pub ingress: Verdict,
    /// Whether the standard leaves this flow undefined (host-network pods), so that the verdict is
    /// only what most implementations do.
    pub undefined: bool,
    /// What the verdict depends on, which nobody has told; the verdict is only what it is for one of the addresses.
    pub depends: Depends,
}

/// What a verdict depends on, which nobody has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Depends {
    /// The source's address.
    pub source: bool,
    /// The destination's address, or the node that it is.
    pub destination: bool,
    /// Whether it is the node: which there are, and their labels.
    pub node: bool,
}

/// The word for a verdict that depends on an address.
pub const DEPENDS: &str = "depends";

impl Depends {
    /// Whether it depends on any.
    #[must_use]
    pub fn is_any(self) -> bool {
        self.source || self.destination
    }
}

/// What the policies of both sides say of a flow; `None` where it depends on an address that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Whether the source lets it out; it may depend on the destination's address.
    pub egress: Option<Verdict>,
    /// Whether the destination lets it in; it may depend on the source's address.
    pub ingress: Option<Verdict>,
}

impl Sides {
    /// Whether the flow gets through; `None` where it depends on addresses.
    #[must_use]
    pub fn verdict(self) -> Option<Verdict> {
        match (self.egress, self.ingress) {
            (Some(Verdict::Blocked), _) | (_, Some(Verdict::Blocked)) => Some(Verdict::Blocked),
            (Some(Verdict::Allowed), Some(Verdict::Allowed)) => Some(Verdict::Allowed),
            _ => None,
        }
    }

    /// What it is when it may also be `other`.
    pub(crate) fn or(self, other: Self) -> Self {
        let both = |a: Option<Verdict>, b| if a == b { a } else { None };
        Self { egress: both(self.egress, other.egress), ingress: both(self.ingress, other.ingress) }
    }

    pub(crate) fn of([egress, ingress]: [bool; 2]) -> Self {
        Self { egress: Some(Verdict::from_allowed(egress)), ingress: Some(Verdict::from_allowed(ingress)) }
    }

    /// Whose address the verdict depends on.
    pub(crate) fn depends(self) -> Depends {
        match self.verdict() {
            Some(_) => Depends::default(),
            None => Depends { source: self.ingress.is_none(), destination: self.egress.is_none(), node: false },
        }
    }
}

impl Verdict {
    /// `Allowed` for true.
    #[must_use]
    pub fn from_allowed(allowed: bool) -> Self {
        if allowed { Self::Allowed } else { Self::Blocked }
    }

    /// Whether the flow gets through.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
        })
    }
}

impl Serialize for FlowVerdict<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let on = self.depends_on();
        let fields = 5 + usize::from(self.undefined) + usize::from(!on.is_empty());
        let mut row = serializer.serialize_struct("FlowVerdict", fields)?;
        row.serialize_field("from", self.from)?;
        row.serialize_field("to", self.to)?;
        row.serialize_field("port", &self.port)?;
        row.serialize_field("protocol", &self.protocol)?;
        match on.is_empty() {
            true => row.serialize_field("verdict", &self.verdict)?,
            false => row.serialize_field("verdict", DEPENDS)?,
        }
        if self.undefined {
            row.serialize_field("undefined", &true)?;
        }
        if !on.is_empty() {
            row.serialize_field("depends_on", &on)?;
        }
        row.end()
    }
}

impl<'a> FlowVerdict<'a> {
    /// The ends on whose addresses or nodes the verdict depends; mostly none.
    #[must_use]
    pub fn depends_on(&self) -> Vec<&'a str> {
        let ends = [(self.depends.source, self.from), (self.depends.destination, self.to)];
        ends.into_iter().filter(|(depends, _)| *depends).map(|(_, name)| name).collect()
    }

    /// Whether it gets through, wherever pods are.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict.is_allowed() && !self.depends.is_any()
    }

    /// The flow without its verdict.
    #[must_use]
    pub fn flow(&self) -> FlowText {
        FlowText { from: self.from.to_owned(), to: self.to.to_owned(), port: self.port, protocol: self.protocol }
    }
}

impl std::fmt::Display for FlowText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let FlowText { from, to, port, protocol } = self;
        match to.parse::<std::net::Ipv6Addr>() {
            // As it is asked for: without brackets the port looks like a part of the address.
            Ok(address) => write!(f, "{from} → [{address}]:{port}/{protocol}"),
            Err(_) => write!(f, "{from} → {to}:{port}/{protocol}"),
        }
    }
}
