//! Why a conversation with a cluster failed: it cannot be reached, it refuses, or it was never
//! described well enough to be asked.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::KubeconfigError;
use manifest::ObjectId;

/// Nothing came back in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} seconds", .0.as_secs_f64())]
pub(crate) struct Silence(pub(crate) Duration);

/// A conversation with a cluster that failed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The kubeconfig cannot be used.
    #[error("cannot use the kubeconfig{}", path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Kubeconfig {
        /// The file, when it was named.
        path: Option<PathBuf>,
        /// Why.
        source: Box<KubeconfigError>,
    },
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context `{name}`{}", others(known))]
    UnknownContext {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The kubeconfig has no user of the name that the context says.
    #[error("the context `{context}` is for the user `{name}`, and the kubeconfig has no such user{}", others(known))]
    UnknownUser {
        /// The context.
        context: String,
        /// The user that it names.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The file in which the kubeconfig says that the token is cannot be read.
    #[error("cannot read the token in {}", path.display())]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The program that the kubeconfig names for credentials gave none.
    #[error("`{command}`, which the kubeconfig names for credentials, gave none: {said}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Plugin {
        /// The program.
        command: String,
        /// What it said.
        said: String,
        /// What the kubeconfig says about installing it.
        hint: Option<String>,
    },
    /// The kubeconfig names a proxy that is none.
    #[error("`{address}`, the proxy-url of the kubeconfig, is not the address of a proxy: write http://HOST:PORT")]
    Proxy {
        /// What stands there.
        address: String,
    },
    /// Nobody answers, or not as a Kubernetes API does.
    #[error("cannot reach the cluster to {doing}")]
    Unreachable {
        /// What was to be done.
        doing: String,
        /// Why it failed.
        source: Box<kube::Error>,
    },
    /// Somebody takes the request, and gives no answer.
    #[error("cannot {doing}: the cluster took the request and did not answer within {seconds} seconds")]
    Silent {
        /// What was to be done.
        doing: String,
        /// How long was waited.
        seconds: f64,
    },
    /// The API answered, and the answer is no.
    #[error("the cluster refuses to {doing}: {message}")]
    Refused {
        /// What was to be done.
        doing: String,
        /// HTTP status.
        code: u16,
        /// The API server's sentence.
        message: String,
    },
    /// Objects of the names that are needed belong to somebody else.
    #[error(
        "{} already, and lab-checker did not make {}: nothing of others is touched, so use another cluster",
        existing(objects),
        if objects.len() == 1 { "it" } else { "them" }
    )]
    Foreign {
        /// All that was found; never empty.
        objects: Vec<ObjectId>,
    },
    /// Objects of the names that are needed belong to a lab of another learner.
    #[error(
        "{} already, for a lab of another learner in this cluster, which is not touched: use a cluster of your own",
        existing(objects)
    )]
    Learners {
        /// All that was found; never empty.
        objects: Vec<ObjectId>,
    },
    /// Something did not happen in time.
    #[error("{what} within {seconds} seconds")]
    Late {
        /// What did not happen.
        what: String,
        /// How long was waited.
        seconds: u64,
    },
}

fn existing(objects: &[ObjectId]) -> String {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    format!("{} {}", names.join(", "), if objects.len() == 1 { "exists" } else { "exist" })
}

fn others(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!(": it has {}", known.join(", ")) }
}

impl ClusterError {
    /// Whether the cluster gave no answer (exit code 3), in contrast to a bad one.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. })
    }

    /// The HTTP status of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Sorts an error of the client: an answer of the API, or none.
    pub(crate) fn from_kube(doing: impl Into<String>, error: kube::Error) -> Self {
        let doing = doing.into();
        if let kube::Error::Service(error) = &error
            && let Some(Silence(limit)) = error.downcast_ref()
        {
            return Self::Silent { doing, seconds: limit.as_secs_f64() };
        }
        match error {
            kube::Error::Api(status) => Self::Refused { doing, code: status.code, message: sentence(&status) },
            error => Self::Unreachable { doing, source: Box::new(error) },
        }
    }
}

fn sentence(status: &kube::core::Status) -> String {
    match (status.code, status.message.trim()) {
        (401, _) => "it does not accept these credentials; they may have expired".to_owned(),
        (code, "") => format!("HTTP status {code}"),
        (_, message) => message.to_owned(),
    }
}
