//! `kubectl apply`: what a file says becomes what is stored, and what others set stays.

use manifest::last_applied::{self, recorded};
use serde_json::{Map, Value};

use super::client::{Client, STRATEGIC};
use super::failure::Failure;
use super::files::{self, Read};
use super::flags::{FILES, Flags, PRINTING, Spec, Takes};
use super::json::{for_go, sorted};
use super::output::{self, Format};
use super::resources::{Kinds, fetch};
use super::three_way;
use crate::process::Process;

const FLAGS: &[Spec] = &[("server-side", None, Takes::Nothing), ("force-conflicts", None, Takes::Nothing)];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("apply", &[FLAGS, FILES, PRINTING], words)?;
    if let Some(word) = flags.words.first() {
        return Err(Failure::said(format!("Unexpected args: [{word}]\nSee 'kubectl apply -h' for help and examples")));
    }
    if flags.value("filename").is_none() {
        return Err(Failure::said("must specify one of -f and -k"));
    }
    if flags.is("server-side") {
        return Err(Failure::said("this terminal does not apply on the server's side; leave --server-side out"));
    }
    let client = Client::new(process, &flags)?;
    let kinds = Kinds::of(&client).await?;
    let read = files::read(process, &client, &kinds, &flags).await?;
    if read.is_empty() {
        return Err(Failure::said("no objects passed to apply"));
    }
    let apply = Apply { client: &client, dry: DryRun::of(&flags)?, validation: validation(&flags) };
    let format = output::format(&flags)?;
    let (mut failures, mut printed) = (Vec::new(), Vec::new());
    for read in read {
        match async { apply.one(&read?).await }.await {
            Ok((object, _)) if !matches!(format, Format::Table { .. }) => printed.push(object),
            Ok((object, done)) => {
                process.say(format!("{} {done}{}", output::name(&kinds, &object), apply.dry.told())).await;
            }
            Err(failure) => failures.push(failure),
        }
    }
    if !printed.is_empty() {
        let list = printed.len() > 1;
        process.streams.stdout.write(output::print(&format, &kinds, printed, list, false)?).await;
    }
    Failure::all(failures)
}

/// How far a command goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DryRun {
    No,
    Client,
    Server,
}

impl DryRun {
    pub(super) fn of(flags: &Flags) -> Result<Self, Failure> {
        Ok(match flags.value("dry-run") {
            None | Some("none" | "false") => Self::No,
            Some("client" | "unchanged" | "true") => Self::Client,
            Some("server") => Self::Server,
            Some(other) => {
                return Err(Failure::said(format!(
                    "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
                )));
            }
        })
    }

    /// What is said behind what was done.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }

    /// What stands in the query.
    pub(super) fn asked(self) -> &'static str {
        if self == Self::Server { "&dryRun=All" } else { "" }
    }
}

/// How strictly the server reads, as it is asked.
pub(super) fn validation(flags: &Flags) -> &'static str {
    match flags.value("validate") {
        Some("false" | "ignore") => "Ignore",
        Some("warn") => "Warn",
        _ => "Strict",
    }
}

struct Apply<'a> {
    client: &'a Client<'a>,
    dry: DryRun,
    validation: &'static str,
}

impl Apply<'_> {
    /// Applies one object; what is stored afterwards, and what was done.
    async fn one(&self, read: &Read<'_>) -> Result<(Value, &'static str), Failure> {
        let (kind, file) = (read.kind, &read.file);
        let wanted = recorded(&read.object);
        if read.name().is_empty() {
            return Err(Failure::said(format!(
                "error when retrieving current configuration of:\n{}\nfrom server for: \"{file}\": resource name may not be empty",
                about(read)
            )));
        }
        let query =
            format!("?fieldManager=kubectl-client-side-apply&fieldValidation={}{}", self.validation, self.dry.asked());
        let stored = match fetch(self.client, kind, &read.namespace, read.name()).await {
            Ok(stored) => stored,
            Err(failure) if failure.is_absent() => {
                if self.dry == DryRun::Client {
                    return Ok((wanted, "created"));
                }
                let path = format!("{}{query}", self.client.collection(kind, Some(&read.namespace)));
                let created = self.client.post(&path, &wanted).await;
                return Ok((
                    created.map_err(|failure| failure.when(&format!("error when creating \"{file}\"")))?,
                    "created",
                ));
            }
            Err(failure) => return Err(failure),
        };
        let record = stored["metadata"]["annotations"][last_applied::KEY].as_str();
        if record.is_none() {
            self.warn(read).await;
        }
        let before = record.and_then(|record| serde_json::from_str(record).ok()).unwrap_or(Value::Null);
        let patch = three_way::patch(&before, &stored, &wanted);
        if patch.as_object().is_some_and(Map::is_empty) {
            return Ok((stored, "unchanged"));
        }
        if self.dry == DryRun::Client {
            return Ok((wanted, "configured"));
        }
        let path = format!("{}{query}", self.client.object(kind, &read.namespace, read.name()));
        let patched = self.client.patch(&path, STRATEGIC, &patch).await.map_err(|failure| {
            let patch = for_go(&sorted(&patch).to_string());
            let doing = format!("error when applying patch:\n{patch}\nto:\n{}\nfor: \"{file}\"", about(read));
            failure.when(&format!("error when patching \"{file}\"")).when(&doing)
        })?;
        Ok((patched, "configured"))
    }

    async fn warn(&self, read: &Read<'_>) {
        let text = format!(
            "Warning: resource {}/{} is missing the {} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            read.kind.plural,
            read.name(),
            last_applied::KEY
        );
        self.client.process.streams.stderr.line(text).await;
    }
}

fn about(read: &Read<'_>) -> String {
    let (version, kind) = (read.kind.api_version(), &read.kind.kind);
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={kind}\"\nName: \"{}\", Namespace: \"{}\"",
        read.kind.plural,
        read.name(),
        read.namespace
    )
}
