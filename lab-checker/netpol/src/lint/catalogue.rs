//! The lints that there are: each with its id, how much it matters, and why it is one.

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The policy probably does something else than was meant.
    Warning,
    /// It does what it says, and could say it better.
    Hint,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Hint => "hint",
        })
    }
}

/// Each lint once: its name, its id, its severity, and what it is about in a sentence.
macro_rules! catalogue {
    ($($lint:ident $id:literal $severity:ident $about:literal),+ $(,)?) => {
        /// What a finding is about. Its id is its name in words with hyphens, and stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Lint {
            $(#[doc = $about] #[serde(rename = $id)] $lint),+
        }

        impl Lint {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$lint),+];

            /// The name by which it is told, ignored and looked up.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$lint => $id),+ }
            }

            /// How much its findings matter.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$lint => Severity::$severity),+ }
            }

            /// Why it is suspicious.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$lint => $about),+ }
            }
        }
    };
}

catalogue! {
    SelectsNothing "selects-nothing" Warning
        "The policy selects no pod, so it protects nothing.",
    PeerMatchesNothing "peer-matches-nothing" Warning
        "A peer matches no pod, so its rule admits nobody by it.",
    RedundantRule "redundant-rule" Hint
        "Everything that a rule admits is admitted by another rule too.",
    DnsForgotten "dns-forgotten" Hint
        "Pods may open connections, but cannot ask the cluster's DNS for names.",
    AndOrDash "and-or-dash" Warning
        "Two peers that are alternatives look as if both were meant to hold: there is a dash too many.",
    SplitRule "split-rule" Warning
        "Peers and ports stand in two rules, which are alternatives: there is a dash before `ports`.",
    EmptyPeers "empty-peers" Warning
        "`from` or `to` is there and empty, which admits everybody and not nobody.",
    DenyAdmitsAll "deny-admits-all" Warning
        "A policy that is called a deny has a rule that admits everything.",
    AllowDeniesAll "allow-denies-all" Warning
        "A policy that is called an allow lists a direction without a rule, which closes that direction.",
    PortNobodyServes "port-nobody-serves" Warning
        "No pod that the rule is about declares this port.",
    BlockCoversPods "block-covers-pods" Hint
        "A block of addresses contains addresses of pods, and matches them too.",
    UnusableBlock "unusable-block" Warning
        "No packet comes from or goes to any address of a block.",
    ExceptCoversBlock "except-covers-block" Warning
        "The exceptions of a block leave nothing of it.",
    UnlistedDirection "unlisted-direction" Warning
        "The policy has rules for a direction that its `policyTypes` do not list, so they have no effect.",
    SelectsHostNetwork "selects-host-network" Warning
        "The policy selects host-network pods, for which policies are undefined.",
    SamePriority "same-priority" Warning
        "Two ClusterNetworkPolicies of one tier have the same priority, so it is undefined which comes first.",
}

impl std::fmt::Display for Lint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.id())
    }
}

/// A word that is no lint's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no lint `{0}`; there are {all}", all = crate::model::phrases::all_of(&Lint::ALL.iter().map(|lint| lint.id()).collect::<Vec<_>>()))]
pub struct UnknownLint(String);

impl std::str::FromStr for Lint {
    type Err = UnknownLint;

    fn from_str(id: &str) -> Result<Self, UnknownLint> {
        Self::ALL.iter().copied().find(|lint| lint.id() == id).ok_or_else(|| UnknownLint(id.to_owned()))
    }
}
