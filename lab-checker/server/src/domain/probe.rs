//! A probe: what a learner would type in a pod to see whether something is reached, and what the pod prints.

use std::time::Duration;

use netpol::{Destination, Endpoint, ObjectName, PortRef, Protocol};
use practice_cluster::{Command, Ran};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    explanation::Asked,
    objects::{name, text},
};
use crate::{app::App, problem::Problem, store::Learner};

/// The longest a probe may take: a name server that does not answer is asked for ten seconds.
const PATIENCE: Duration = Duration::from_secs(12);
/// How much of what a command prints is told.
const OUTPUT: usize = 16 << 10;

/// What a probe saw.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Probed {
    /// The pod that it ran in: `shop/web`.
    pub(crate) pod: String,
    /// What was run there: `curl -sS -m 2 http://10.244.0.7:8080`.
    pub(crate) command: String,
    /// What it printed, on both streams.
    pub(crate) output: String,
    pub(crate) exit_code: u8,
}

/// Run what a learner would type, in the lab's world or, before that has begun, in one like it.
pub(crate) async fn run(app: &App, learner: &Learner, lab: &str, asked: &Asked) -> Result<Probed, Problem> {
    let lab = app.lab(lab)?;
    app.limits.actions.take(learner.id.clone())?;
    let world = app.clusters.look(learner, lab).await?;
    let objects = world.objects().await?;
    let pod = source(&objects, &asked.from)?;
    let words = words(&objects, &destination(&objects, asked)?)?;
    let line = words.join(" ");
    let (namespace, pod) = (pod.namespace, pod.name);
    let told = format!("{namespace}/{pod}");
    let Ran { output, exit_code } = world.run(&Command { namespace, pod, words, patience: PATIENCE }).await?;
    Ok(Probed { pod: told, command: line, output: shortened(output), exit_code })
}

/// The beginning of a text, cut between two characters.
fn shortened(mut text: String) -> String {
    if text.len() > OUTPUT {
        let end = (0..=OUTPUT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n…\n");
    }
    text
}

/// The pod that a probe starts in.
fn source(objects: &[Value], asked: &str) -> Result<ObjectName, Problem> {
    match asked.parse() {
        Ok(Endpoint::Pod(_)) => {}
        Ok(_) => return Err(Problem::invalid(format!("a probe starts in a pod, and {asked:?} is none"))),
        Err(_) if asked == DNS => {}
        Err(error) => return Err(Problem::invalid(error.to_string())),
    }
    let found = pod(objects, asked).ok_or_else(|| no_such("pod", asked))?;
    Ok(ObjectName::new(text(found, "/metadata/namespace"), name(found)))
}

fn no_such(what: &str, asked: &str) -> Problem {
    Problem::not_found(format!("there is no {what} {asked} in the world of this lab"))
}

/// What labs call the cluster's DNS.
const DNS: &str = "kube-dns";

/// A pod by its name, or any pod of the workload of that name.
fn pod<'a>(objects: &'a [Value], asked: &str) -> Option<&'a Value> {
    let pods = || objects.iter().filter(|object| text(object, "/kind") == "Pod");
    if asked == DNS {
        return pods().find(|pod| text(pod, "/metadata/labels/k8s-app") == DNS);
    }
    let named = |pod: &Value| format!("{}/{}", text(pod, "/metadata/namespace"), name(pod));
    let replica = format!("{asked}-");
    pods().find(|pod| named(pod) == asked).or_else(|| pods().find(|pod| named(pod).starts_with(&replica)))
}

/// Where a probe goes, with its port as the object has it.
struct Target<'a> {
    host: String,
    port: PortRef,
    protocol: Protocol,
    /// The ports that have names: those of a pod's containers, or of a Service.
    ports: Vec<&'a Value>,
}

fn destination<'a>(objects: &'a [Value], asked: &Asked) -> Result<Target<'a>, Problem> {
    // Whoever asks for the cluster's DNS asks it by its Service.
    let to = if asked.to == DNS { "svc:kube-system/kube-dns" } else { asked.to.as_str() };
    let is_v6 = to.parse::<std::net::Ipv6Addr>().is_ok();
    let written = if is_v6 { format!("[{to}]:{}", asked.port) } else { format!("{to}:{}", asked.port) };
    let wanted: Destination =
        written.parse().map_err(|error: netpol::ParseEndpointError| Problem::invalid(error.to_string()))?;
    let (host, ports) = match &wanted.endpoint {
        Endpoint::Address(address) => (if is_v6 { format!("[{address}]") } else { address.to_string() }, Vec::new()),
        Endpoint::Service(service) => {
            let found = objects.iter().find(|object| {
                text(object, "/kind") == "Service"
                    && text(object, "/metadata/namespace") == service.namespace
                    && name(object) == service.name
            });
            let found = found.ok_or_else(|| no_such("Service", &format!("{}/{}", service.namespace, service.name)))?;
            (format!("{}.{}", service.name, service.namespace), list(found, "/spec/ports").collect())
        }
        Endpoint::Pod(_) => {
            let found = pod(objects, to).ok_or_else(|| no_such("pod", to))?;
            let address = text(found, "/status/podIP");
            if address.is_empty() {
                return Err(Problem::invalid(format!("the pod {to} has no address yet")));
            }
            let ports = list(found, "/spec/containers").flat_map(|container| list(container, "/ports")).collect();
            (address.to_owned(), ports)
        }
    };
    Ok(Target { host, port: wanted.port, protocol: wanted.protocol, ports })
}

fn list<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// What a learner would type.
fn words(objects: &[Value], target: &Target<'_>) -> Result<Vec<String>, Problem> {
    let port = match &target.port {
        PortRef::Number(number) => u64::from(*number),
        PortRef::Name(name) => {
            let named = target.ports.iter().find(|port| text(port, "/name") == name);
            let number = named.and_then(|port| port.get("containerPort").or_else(|| port.get("port"))?.as_u64());
            number.ok_or_else(|| Problem::invalid(format!("no port is called {name:?} there")))?
        }
    };
    let host = &target.host;
    let line = match target.protocol {
        Protocol::Tcp => format!("curl -sS -m 2 http://{host}:{port}"),
        Protocol::Udp if port == 53 => format!("nslookup kubernetes.default {}", server(objects, host)),
        Protocol::Udp => format!("nc -zvu -w 2 {host} {port}"),
        Protocol::Sctp => {
            return Err(Problem::invalid(
                "no tool in these pods speaks SCTP; ask why the flow is allowed or blocked instead",
            ));
        }
    };
    Ok(line.split(' ').map(str::to_owned).collect())
}

/// A name server is asked by its address: its name would have to be looked up first.
fn server(objects: &[Value], host: &str) -> String {
    let services = objects.iter().filter(|object| text(object, "/kind") == "Service");
    let mut named =
        services.filter(|service| host == format!("{}.{}", name(service), text(service, "/metadata/namespace")));
    let address = named.next().map(|service| text(service, "/spec/clusterIP"));
    address.filter(|address| !matches!(*address, "" | "None")).unwrap_or(host).to_owned()
}
