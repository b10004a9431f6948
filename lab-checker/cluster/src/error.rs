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
    /// The kubeconfig is not written as one.
    #[error("cannot read the kubeconfig{}: it is not as a kubeconfig is{place}", path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Unreadable {
        /// The file, when it was named.
        path: Option<PathBuf>,
        /// Where it is wrong.
        place: String,
    },
    /// Nobody said which context, and the kubeconfig does not either.
    #[error("the kubeconfig has no current context{}", others(known))]
    NoContext {
        /// What there is.
        known: Vec<String>,
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
    /// The program that the kubeconfig names for credentials did not end.
    #[error("`{command}`, which the kubeconfig names for credentials, did not end within {seconds} seconds and was stopped{said}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    PluginSilent {
        /// The program.
        command: String,
        /// How long was waited.
        seconds: f64,
        /// What it said until then, behind a colon.
        said: String,
        /// What the kubeconfig says about installing it.
        hint: Option<String>,
    },
    /// Somebody told us to stop while the program was asked.
    #[error("interrupted while `{command}` was asked for credentials, and it was stopped too")]
    PluginInterrupted {
        /// The program.
        command: String,
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
    /// Somebody answers, and not as a Kubernetes API does.
    #[error(
        "cannot {doing}: what answers there is not a Kubernetes API; is the server of the kubeconfig right, and does a proxy or a page to log in stand before it?"
    )]
    Strange {
        /// What was to be done.
        doing: String,
    },
    /// The API answered, and the answer is no.
    #[error("the cluster {} {doing}: {message}", if is_away(*code) { "is not able to" } else { "refuses to" })]
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
        matches!(self, Self::Refused { code, .. } if is_away(*code))
            || matches!(
                self,
                Self::Unreachable { .. } | Self::Silent { .. } | Self::Strange { .. } | Self::PluginSilent { .. }
            )
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
        let error = match error {
            // What went wrong before anything was sent speaks for itself.
            kube::Error::Service(error) => match error.downcast::<Self>() {
                Ok(error) => return *error,
                Err(error) => kube::Error::Service(error),
            },
            error => error,
        };
        match error {
            kube::Error::Api(status) => Self::Refused { doing, code: status.code, message: sentence(&status) },
            error => Self::Unreachable { doing, source: Box::new(error) },
        }
    }
}

/// Whether an HTTP status says that nobody has looked at the request: it is too much now, or who should answer is away.
fn is_away(code: u16) -> bool {
    matches!(code, 429 | 502..=504)
}

/// Sentences of an API server are not longer.
const LONGEST: usize = 1_500;

fn sentence(status: &kube::core::Status) -> String {
    let message = status.message.trim();
    match (status.code, message) {
        (401, _) => "it does not accept these credentials; they may have expired".to_owned(),
        (code, "") => format!("HTTP status {code}"),
        // A page is from somebody who stands before the API.
        (code, page) if page.starts_with('<') => format!("HTTP status {code}, with a page that no API server sends"),
        (code, text) if text.len() > LONGEST => {
            let beginning: String = text.chars().take(LONGEST).collect();
            format!("HTTP status {code}: {beginning} …")
        }
        (429 | 502..=504, text) => format!("HTTP status {}: {text}", status.code),
        (_, message) => message.to_owned(),
    }
}
