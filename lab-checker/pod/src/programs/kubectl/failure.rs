//! Why a command failed, in kubectl's words.

use std::fmt;

use serde_json::Value;

/// Why a command failed.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The API server said so: a `Status`, and what was being done.
    Server { status: Box<Value>, doing: String },
    /// Its own words, behind `error: `.
    Said(String),
    /// Words that stand alone.
    Bare(String),
    /// Several things that failed.
    Many(Vec<Self>),
}

impl Failure {
    pub(super) fn said(text: impl Into<String>) -> Self {
        Self::Said(text.into())
    }

    pub(super) fn server(status: Value) -> Self {
        Self::Server { status: Box::new(status), doing: String::new() }
    }

    /// Says what was being done: `error when creating "policy.yaml": `.
    pub(super) fn when(self, what: &str) -> Self {
        match self {
            Self::Server { status, doing } => Self::Server { status, doing: format!("{what}: {doing}") },
            Self::Said(text) => Self::Said(format!("{what}: {text}")),
            other => other,
        }
    }

    /// Whether the API server knows no such object.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Server { status, .. } if status["reason"] == "NotFound")
    }

    /// Nothing, one failure, or several as one.
    pub(super) fn all(mut failures: Vec<Self>) -> Result<u8, Self> {
        match failures.len() {
            0 => Ok(0),
            1 => Err(failures.remove(0)),
            _ => Err(Self::Many(failures)),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { status, .. } if status["reason"] == "Invalid" => f.write_str(&invalid(status)),
            Self::Server { status, doing } => {
                let message = status["message"].as_str().unwrap_or_default();
                match status["reason"].as_str().filter(|reason| !reason.is_empty()) {
                    Some("Unauthorized") => write!(f, "error: You must be logged in to the server ({message})"),
                    Some(reason) => write!(f, "Error from server ({reason}): {doing}{message}"),
                    None => write!(f, "Error from server: {doing}{message}"),
                }
            }
            Self::Said(text) => write!(f, "error: {text}"),
            Self::Bare(text) => f.write_str(text),
            Self::Many(failures) => {
                let texts: Vec<String> = failures.iter().map(Self::to_string).collect();
                f.write_str(&texts.join("\n"))
            }
        }
    }
}

/// An object that the API server finds invalid: each cause once.
fn invalid(status: &Value) -> String {
    let details = &status["details"];
    let text = |field: &str| details[field].as_str().unwrap_or_default();
    let (kind, name) = (text("kind"), text("name"));
    let mut said = "The request is invalid".to_owned();
    if !kind.is_empty() || !name.is_empty() {
        said = format!("The {kind} \"{name}\" is invalid");
    }
    let mut causes: Vec<String> = Vec::new();
    for cause in details["causes"].as_array().into_iter().flatten() {
        let (field, message) =
            (cause["field"].as_str().unwrap_or_default(), cause["message"].as_str().unwrap_or_default());
        let cause = if field.is_empty() { message.to_owned() } else { format!("{field}: {message}") };
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    match causes.as_slice() {
        [] if kind.is_empty() && name.is_empty() => {
            format!("{said}: {}", status["message"].as_str().unwrap_or_default())
        }
        [] => said,
        [one] => format!("{said}: {one}"),
        many => format!("{said}: {}", many.iter().map(|cause| format!("\n* {cause}")).collect::<String>()),
    }
}
