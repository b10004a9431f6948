//! What the experiments are, how long they wait, and what they can show.

use std::fmt;
use std::time::Duration;

/// What of policies an experiment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// A policy for ingress, TCP.
    IngressTcp,
    /// A policy for egress, TCP.
    EgressTcp,
    /// A policy for ingress, UDP.
    IngressUdp,
    /// A policy for egress, UDP.
    EgressUdp,
    /// A rule for a range of ports.
    EndPort,
    /// A cluster-wide policy.
    ClusterPolicy,
    /// A policy for ingress, TCP over IPv6, where it is not what everything goes over.
    Ipv6,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IngressTcp => "ingress, TCP",
            Self::EgressTcp => "egress, TCP",
            Self::IngressUdp => "ingress, UDP",
            Self::EgressUdp => "egress, UDP",
            Self::EndPort => "endPort",
            Self::ClusterPolicy => "ClusterNetworkPolicy",
            Self::Ipv6 => "ingress, TCP over IPv6",
        })
    }
}

/// What one experiment showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What it was about.
    pub aspect: Aspect,
    /// What it showed.
    pub proof: Proof,
    /// From the policy to the first attempt that it stopped, when one was; not finer than the pause between attempts.
    pub took: Option<Duration>,
}

impl Tried {
    /// Whether it failed by itself, so that others may still show something: the pods lived and connected, and what it
    /// is about did not do what it should.
    pub(super) fn is_apart(&self) -> bool {
        matches!(self.proof, Proof::NotProved { step: Step::StaysOpen, .. })
    }
}

/// What all experiments showed together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Experiments {
    /// Those that were done, in order.
    pub tried: Vec<Tried>,
    /// Those that were not, and why.
    pub not_tried: Vec<(Aspect, String)>,
}

/// How long the experiment waits for what takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until the two pods are ready.
    pub pods: Duration,
    /// Until each step shows what it must: plugins take a while to enforce a policy.
    pub step: Duration,
    /// Between two attempts.
    pub pause: Duration,
    /// One attempt to connect, in seconds.
    pub attempt: u8,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pods: Duration::from_secs(120),
            step: Duration::from_secs(20),
            pause: Duration::from_millis(500),
            attempt: 1,
        }
    }
}

/// What the experiment showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A policy stopped a connection that worked before it came and after it went.
    Enforced(Blocked),
    /// The policy changed nothing.
    Ignored,
    /// Something else happened than policies explain, so nothing can be said.
    NotProved {
        /// At which step.
        step: Step,
        /// What happened.
        reason: String,
    },
}

/// What becomes of a connection that a policy blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Nothing comes back.
    Dropped,
    /// The plugin answers in the place of the pod, with "connection refused" or "unreachable".
    Rejected,
}

/// The steps of the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The two pods start.
    Start,
    /// They connect while there is no policy.
    Connects,
    /// They do not connect while a policy denies it.
    Denied,
    /// What the policy allows goes on.
    StaysOpen,
    /// They connect again when the policy is gone.
    ConnectsAgain,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "the pods start",
            Self::Connects => "connects without a policy",
            Self::Denied => "is denied by the policy",
            Self::StaysOpen => "what the policy allows stays open",
            Self::ConnectsAgain => "connects again without the policy",
        })
    }
}
