//! Pods for tests, and commands in them. Objects are as a cluster would show them: a pod without a status runs
//! and has an address, a Service without an address gets one, and what it selects stands behind it. The clock is
//! Tokio's, so a test that waits thirty seconds takes none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use netpol::ObjectName;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::ancestors::Ancestors;
use crate::container::Container;
use crate::files::Files;
use crate::image::Image;
use crate::network::{Blocked, Network, NetworkView, OpenedPorts};
use crate::process::Process;
use crate::programs;
use crate::session::Session;
use crate::streams::Streams;
use crate::streams::{Capture, Input, Output};

/// How pods see the API server.
const API_SERVER: &str = "
apiVersion: v1
kind: Service
metadata: {name: kubernetes}
spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [192.168.49.2]}]
ports: [{name: https, port: 6443, protocol: TCP}]
";

/// The objects of a cluster, and what lives in its containers; clones share them.
#[derive(Clone)]
pub(crate) struct TestPods(Arc<Pods>);

struct Pods {
    objects: Mutex<Vec<Value>>,
    files: Mutex<HashMap<ObjectName, Files>>,
    opened: OpenedPorts,
    /// The network that the objects make, until they change.
    network: Mutex<Option<Arc<Network>>>,
}

/// What a command did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: u8,
    pub(crate) took: Duration,
}

impl TestPods {
    /// A fresh cluster with these objects in it.
    pub(crate) fn with(yaml: &str) -> Self {
        let pods = Pods {
            objects: Mutex::default(),
            files: Mutex::default(),
            opened: OpenedPorts::default(),
            network: Mutex::default(),
        };
        let pods = Self(Arc::new(pods));
        manifest::baseline().into_iter().for_each(|object| pods.add(object));
        pods.create(API_SERVER);
        pods.create(yaml);
        pods
    }

    /// Adds objects.
    pub(crate) fn create(&self, yaml: &str) {
        let parsed = manifest::parse("test.yaml", yaml);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        parsed.objects.into_iter().for_each(|object| self.add(object.value));
    }

    /// Takes an object away.
    pub(crate) fn delete(&self, kind: &str, name: &str) {
        self.0.objects.lock().unwrap().retain(|object| object["kind"] != kind || object["metadata"]["name"] != name);
        *self.0.network.lock().unwrap() = None;
    }

    fn add(&self, mut object: Value) {
        let mut objects = self.0.objects.lock().unwrap();
        let number = objects.len();
        if object["kind"] != "Namespace" && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = "default".into();
        }
        match object["kind"].as_str() {
            Some("Pod") => {
                if object["status"]["podIPs"].is_null() {
                    object["status"]["podIPs"] = json!([{"ip": format!("10.244.0.{}", 10 + number)}]);
                }
                let containers = object["spec"]["containers"].as_array().unwrap().iter();
                let running = |container: &Value| json!({"name": container["name"], "state": {"running": {}}});
                object["status"]["containerStatuses"] = containers.map(running).collect();
            }
            Some("Service") => {
                if object["spec"]["clusterIP"].is_null() {
                    object["spec"]["clusterIP"] = format!("10.96.0.{}", 100 + number).into();
                }
                if object["spec"]["clusterIP"] != "None" {
                    object["spec"]["clusterIPs"] = json!([object["spec"]["clusterIP"]]);
                }
            }
            _ => {}
        }
        objects.push(object);
        *self.0.network.lock().unwrap() = None;
    }

    /// One object, by kind and `NAMESPACE/NAME`.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Value {
        let (namespace, name) = name.split_once('/').unwrap();
        let objects = self.0.objects.lock().unwrap();
        let found = objects.iter().find(|object| {
            object["kind"] == kind && object["metadata"]["name"] == name && object["metadata"]["namespace"] == namespace
        });
        found.unwrap_or_else(|| panic!("no {kind} {namespace}/{name}")).clone()
    }

    /// The address of a pod, by `NAMESPACE/NAME`.
    pub(crate) fn address(&self, pod: &str) -> String {
        self.get("Pod", pod)["status"]["podIPs"][0]["ip"].as_str().unwrap().to_owned()
    }

    /// The first container of a pod, by `NAMESPACE/NAME`.
    pub(crate) fn container(&self, pod: &str) -> Arc<Container> {
        let object = self.get("Pod", pod);
        let (namespace, name) = pod.split_once('/').unwrap();
        let pod = ObjectName::new(namespace, name);
        let spec = &object["spec"]["containers"][0];
        let mut environment: std::collections::BTreeMap<String, String> =
            [("PATH", "/usr/bin:/bin"), ("HOME", "/root")].map(|(key, value)| (key.into(), value.into())).into();
        for variable in spec["env"].as_array().into_iter().flatten() {
            let text = |field: &str| variable[field].as_str().unwrap().to_owned();
            environment.insert(text("name"), text("value"));
        }
        Arc::new(Container {
            hostname: name.to_owned(),
            addresses: vec![object["status"]["podIPs"][0]["ip"].as_str().unwrap().parse().unwrap()],
            image: Image::new(spec["image"].as_str().unwrap()),
            environment,
            directory: "/".to_owned(),
            files: self.files(&pod),
            network: self.view(),
            session: Session::default(),
            kubernetes: None,
            unknown: crate::container::Unknown::default(),
            pod,
        })
    }

    fn files(&self, pod: &ObjectName) -> Files {
        self.0.files.lock().unwrap().entry(pod.clone()).or_default().clone()
    }

    fn view(&self) -> NetworkView {
        let (now, reader) = (self.clone(), self.clone());
        let page = move |pod: &ObjectName, path: &str| {
            let container = reader.container(&format!("{}/{}", pod.namespace, pod.name));
            container.read_file(path)
        };
        NetworkView::new(move || now.network(), |_, _| {}, page)
    }

    fn network(&self) -> Arc<Network> {
        let make = || {
            let mut objects = self.0.objects.lock().unwrap().clone();
            let slices: Vec<Value> = objects.iter().flat_map(|service| slice(service, &objects)).collect();
            objects.extend(slices);
            Arc::new(Network::new(&objects, self.0.opened.clone(), Blocked::default()))
        };
        Arc::clone(self.0.network.lock().unwrap().get_or_insert_with(make))
    }

    /// Runs a script in the first container of a pod.
    pub(crate) async fn sh(&self, pod: &str, script: &str) -> Ran {
        self.exec(pod, &["sh", "-c", script]).await
    }

    /// Runs a command in the first container of a pod.
    pub(crate) async fn exec(&self, pod: &str, command: &[&str]) -> Ran {
        let container = self.container(pod);
        let (stdout, stderr) = (Capture::default(), Capture::default());
        let process = Process {
            environment: container.environment.clone(),
            directory: container.directory.clone(),
            container,
            arguments: command.iter().map(|&word| word.to_owned()).collect(),
            streams: Streams {
                stdin: Input::empty(),
                stdout: Output::Capture(stdout.clone()),
                stderr: Output::Capture(stderr.clone()),
                terminal: false,
            },
            depth: 0,
            ancestors: Ancestors::default(),
        };
        let started = Instant::now();
        let code = programs::start(process).unwrap().await;
        Ran { stdout: stdout.text(), stderr: stderr.text(), code, took: started.elapsed() }
    }
}

/// The EndpointSlice of a Service, when it selects pods.
fn slice(service: &Value, objects: &[Value]) -> Option<Value> {
    let selector = service["spec"]["selector"].as_object().filter(|_| service["kind"] == "Service")?;
    let namespace = &service["metadata"]["namespace"];
    let selected: Vec<&Value> = objects
        .iter()
        .filter(|pod| pod["kind"] == "Pod" && pod["metadata"]["namespace"] == *namespace)
        .filter(|pod| selector.iter().all(|(key, value)| pod["metadata"]["labels"].get(key) == Some(value)))
        .collect();
    let target = |port: &Value| match &port["targetPort"] {
        Value::Null => port["port"].clone(),
        Value::String(name) => {
            let containers =
                selected.first().and_then(|pod| pod["spec"]["containers"].as_array()).into_iter().flatten();
            let mut declared = containers.filter_map(|container| container["ports"].as_array()).flatten();
            declared.find(|port| port["name"] == **name).map_or(Value::Null, |port| port["containerPort"].clone())
        }
        number => number.clone(),
    };
    let ports = service["spec"]["ports"].as_array().unwrap().iter();
    let ports: Vec<Value> =
        ports.map(|port| json!({"name": port["name"], "protocol": port["protocol"], "port": target(port)})).collect();
    let endpoint = |pod: &&Value| {
        json!({
            "addresses": [pod["status"]["podIPs"][0]["ip"]],
            "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]},
        })
    };
    Some(json!({
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": namespace, "name": service["metadata"]["name"],
            "labels": {"kubernetes.io/service-name": service["metadata"]["name"]},
        },
        "ports": ports,
        "endpoints": selected.iter().map(endpoint).collect::<Vec<_>>(),
    }))
}
