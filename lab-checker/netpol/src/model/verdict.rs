//! What comes out: verdicts, and flows as they are written in results.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
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
    #[serde(skip)]
    pub egress: Verdict,
    /// What the destination's side alone says.
    #[serde(skip)]
    pub ingress: Verdict,
    /// Whether the standard leaves this flow undefined (host-network pods), so that the verdict is
    /// only what most implementations do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undefined: bool,
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

impl FlowVerdict<'_> {
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
