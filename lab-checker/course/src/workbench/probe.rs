//! A probe: what a learner would type in a pod to see whether something is reached.

use netpol::{Destination, Endpoint, ObjectName, PortRef, Protocol};
use serde::Serialize;
use serde_json::Value;

use super::asked::Asked;
use super::object::{name, text};
use super::unanswerable::Unanswerable;

/// What a probe saw.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Probed {
    /// The pod that it ran in: `shop/web`.
    pub pod: String,
    /// What was run there: `curl -sS -m 2 http://10.244.0.7:8080`.
    pub command: String,
    /// What it printed, on both streams.
    pub output: String,
    /// What it ended with.
    pub exit_code: u8,
}

/// A command, and the pod that it is typed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The pod.
    pub pod: ObjectName,
    /// The command and its arguments.
    pub words: Vec<String>,
}

impl Trial {
    /// What a learner would type who asks this among these objects.
    ///
    /// # Errors
    /// When something of it is not there, or no tool speaks so.
    pub fn of(objects: &[Value], asked: &Asked) -> Result<Self, Unanswerable> {
        let pod = source(objects, &asked.from)?;
        Ok(Self { pod, words: words(objects, &destination(objects, asked)?)? })
    }
}

fn invalid(message: String) -> Unanswerable {
    Unanswerable::Invalid(message)
}

/// The pod that a probe starts in.
fn source(objects: &[Value], asked: &str) -> Result<ObjectName, Unanswerable> {
    match asked.parse() {
        Ok(Endpoint::Pod(_)) => {}
        Ok(_) => return Err(invalid(format!("a probe starts in a pod, and {asked:?} is none"))),
        Err(_) if asked == DNS => {}
        Err(error) => return Err(invalid(error.to_string())),
    }
    let found = pod(objects, asked).ok_or_else(|| no_such("pod", asked))?;
    Ok(ObjectName::new(text(found, "/metadata/namespace"), name(found)))
}

fn no_such(what: &str, asked: &str) -> Unanswerable {
    Unanswerable::NotThere(format!("there is no {what} {asked} in the world of this lab"))
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

fn destination<'a>(objects: &'a [Value], asked: &Asked) -> Result<Target<'a>, Unanswerable> {
    // Whoever asks for the cluster's DNS asks it by its Service.
    let to = if asked.to == DNS { "svc:kube-system/kube-dns" } else { asked.to.as_str() };
    let is_v6 = to.parse::<std::net::Ipv6Addr>().is_ok();
    let written = if is_v6 { format!("[{to}]:{}", asked.port) } else { format!("{to}:{}", asked.port) };
    let wanted: Destination =
        written.parse().map_err(|error: netpol::ParseEndpointError| invalid(error.to_string()))?;
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
                return Err(invalid(format!("the pod {to} has no address yet")));
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
fn words(objects: &[Value], target: &Target<'_>) -> Result<Vec<String>, Unanswerable> {
    let port = match &target.port {
        PortRef::Number(number) => u64::from(*number),
        PortRef::Name(name) => {
            let named = target.ports.iter().find(|port| text(port, "/name") == name);
            let number = named.and_then(|port| port.get("containerPort").or_else(|| port.get("port"))?.as_u64());
            number.ok_or_else(|| invalid(format!("no port is called {name:?} there")))?
        }
    };
    let host = &target.host;
    let line = match target.protocol {
        Protocol::Tcp => format!("curl -sS -m 2 http://{host}:{port}"),
        Protocol::Udp if port == 53 => format!("nslookup kubernetes.default {}", server(objects, host)),
        Protocol::Udp => format!("nc -zvu -w 2 {host} {port}"),
        Protocol::Sctp => {
            let why = "no tool in these pods speaks SCTP; ask why the flow is allowed or blocked instead";
            return Err(invalid(why.to_owned()));
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
