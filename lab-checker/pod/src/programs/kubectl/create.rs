//! `kubectl create`: from files, and the few kinds that have a command of their own.

use manifest::last_applied::recorded;
use serde_json::{Value, json};

use super::apply::{DryRun, validation};
use super::client::Client;
use super::failure::Failure;
use super::files;
use super::flags::{FILES, Flags, PRINTING, Spec, Takes};
use super::output::{self, Format};
use super::resources::Kinds;
use crate::process::Process;

const FLAGS: &[Spec] = &[
    ("save-config", None, Takes::Nothing),
    ("image", None, Takes::Value),
    ("replicas", Some('r'), Takes::Value),
    ("port", None, Takes::Value),
    ("from-literal", None, Takes::Value),
    ("tcp", None, Takes::Value),
];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("create", &[FLAGS, FILES, PRINTING], words)?;
    let client = Client::new(process, &flags)?;
    if flags.value("filename").is_some() {
        return from_files(&client, &flags).await;
    }
    let Some((kind, names)) = flags.words.split_first() else {
        return Err(Failure::said("must specify one of -f and -k"));
    };
    let (object, kind) = match kind.as_str() {
        "namespace" | "ns" => (namespace(one(names)?), "namespaces"),
        "deployment" | "deploy" => (deployment(&flags, one(names)?)?, "deployments"),
        "configmap" | "cm" => (config_map(&flags, one(names)?)?, "configmaps"),
        "service" | "svc" => (service(&flags, names)?, "services"),
        other => {
            return Err(Failure::said(format!(
                "create {other} is not part of this terminal; write the object to a file and use -f, or `kubectl create -f -`"
            )));
        }
    };
    made(&client, &flags, kind, object, "created").await
}

/// The only name that a command takes.
fn one(names: &[String]) -> Result<&str, Failure> {
    match names {
        [name] => Ok(name),
        names => Err(Failure::said(format!(
            "exactly one NAME is required, got {}\nSee 'kubectl create --help' for usage.",
            names.len()
        ))),
    }
}

/// Creates an object that a command made, or shows it.
pub(super) async fn made(
    client: &Client<'_>,
    flags: &Flags,
    kind: &str,
    mut object: Value,
    done: &str,
) -> Result<u8, Failure> {
    let (dry, format) = (DryRun::of(flags)?, output::format(flags)?);
    let kinds = Kinds::of(client).await?;
    let kind = kinds.known(kind)?;
    if client.explicit && kind.namespaced {
        object["metadata"]["namespace"] = client.namespace.clone().into();
    }
    let object = match dry {
        DryRun::Client => object,
        _ => {
            let query = format!("?fieldManager=kubectl-create&fieldValidation=Strict{}", dry.asked());
            client.post(&format!("{}{query}", client.collection(kind, Some(&client.namespace))), &object).await?
        }
    };
    show(client, &kinds, &format, object, done, dry).await
}

async fn show(
    client: &Client<'_>,
    kinds: &Kinds,
    format: &Format,
    object: Value,
    done: &str,
    dry: DryRun,
) -> Result<u8, Failure> {
    let process = client.process;
    match format {
        Format::Table { .. } => process.say(format!("{} {done}{}", output::name(kinds, &object), dry.told())).await,
        format => process.streams.stdout.write(output::print(format, kinds, vec![object], false, false)?).await,
    }
    Ok(0)
}

async fn from_files(client: &Client<'_>, flags: &Flags) -> Result<u8, Failure> {
    let (dry, format) = (DryRun::of(flags)?, output::format(flags)?);
    let kinds = Kinds::of(client).await?;
    let read = files::read(client.process, client, &kinds, flags).await?;
    if read.is_empty() {
        return Err(Failure::said("no objects passed to create"));
    }
    let mut failures = Vec::new();
    let query = format!("?fieldManager=kubectl-create&fieldValidation={}{}", validation(flags), dry.asked());
    for read in read {
        let created = async {
            let read = read?;
            let object = if flags.is("save-config") { recorded(&read.object) } else { read.object.clone() };
            if dry == DryRun::Client {
                return Ok(object);
            }
            let path = format!("{}{query}", client.collection(read.kind, Some(&read.namespace)));
            let created = client.post(&path, &object).await;
            created.map_err(|failure| failure.when(&format!("error when creating \"{}\"", read.file)))
        };
        match created.await {
            Ok(object) => drop(show(client, &kinds, &format, object, "created", dry).await?),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}})
}

/// What a container of an image is called.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name: String = last.split([':', '@']).next().unwrap_or(last).to_lowercase();
    name.replace('_', "-")
}

fn number(flags: &Flags, name: &str) -> Result<Option<u32>, Failure> {
    let Some(text) = flags.value(name) else { return Ok(None) };
    let wrong = || {
        Failure::said(format!(
            "invalid argument \"{text}\" for \"--{name}\" flag: strconv.ParseInt: parsing \"{text}\": invalid syntax\nSee 'kubectl create --help' for usage."
        ))
    };
    text.parse().map(Some).map_err(|_| wrong())
}

fn deployment(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let images: Vec<&str> = flags.values("image").flat_map(|images| images.split(',')).collect();
    if images.is_empty() {
        return Err(Failure::said("required flag(s) \"image\" not set"));
    }
    if images.len() > 1 && flags.behind.is_some() {
        return Err(Failure::said("cannot specify multiple --image options and command"));
    }
    let port = number(flags, "port")?;
    let containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let mut container = json!({"image": image, "name": container_name(image), "resources": {}});
            if let Some(command) = &flags.behind {
                container["command"] = json!(command);
            }
            if let Some(port) = port {
                container["ports"] = json!([{"containerPort": port}]);
            }
            container
        })
        .collect();
    let labels = json!({"app": name});
    Ok(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"labels": labels, "name": name},
        "spec": {
            "replicas": number(flags, "replicas")?.unwrap_or(1),
            "selector": {"matchLabels": labels},
            "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
        "status": {},
    }))
}

fn config_map(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let mut object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
    });
    for literal in flags.values("from-literal") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Failure::said(format!("invalid literal source {literal}, expected key=value")));
        };
        object["data"][key] = value.into();
    }
    Ok(object)
}

fn service(flags: &Flags, words: &[String]) -> Result<Value, Failure> {
    let [kind, name] = words else {
        return Err(Failure::said("write `kubectl create service clusterip NAME --tcp=PORT:TARGET`"));
    };
    let kind = match kind.as_str() {
        "clusterip" => "ClusterIP",
        "nodeport" => "NodePort",
        other => return Err(Failure::said(format!("create service {other} is not part of this terminal"))),
    };
    let mut ports = Vec::new();
    for pair in flags.values("tcp").flat_map(|pairs| pairs.split(',')) {
        let (port, target) = pair.split_once(':').unwrap_or((pair, pair));
        let wrong = || Failure::said(format!("invalid port format: {pair}"));
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let target_port = target.parse::<u16>().map_or_else(|_| json!(target), |number| json!(number));
        ports.push(json!({"name": pair.replace(':', "-"), "port": port, "protocol": "TCP", "targetPort": target_port}));
    }
    if ports.is_empty() {
        return Err(Failure::said("at least one tcp port must be specified"));
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"labels": {"app": name}, "name": name},
        "spec": {"ports": ports, "selector": {"app": name}, "type": kind},
        "status": {"loadBalancer": {}},
    }))
}
