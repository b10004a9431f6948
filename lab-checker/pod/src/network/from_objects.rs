//! Kubernetes objects to a [`Network`].

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use netpol::{Engine, ObjectName, Protocol, Snapshot};
use serde_json::Value;

use super::opened_ports::OpenedPorts;
use super::topology::{Backend, Blocked, Network, PodNetwork, ServiceNetwork, ServicePort, Slice};
use crate::image;

impl Network {
    /// The network that these objects make. What cannot be read counts as absent.
    pub fn new(objects: &[Value], opened: OpenedPorts, blocked: Blocked) -> Self {
        let snapshot = manifest::lower(objects, manifest::Source::Cluster).unwrap_or_else(|error| {
            tracing::error!(%error, "the objects of a practice cluster could not be lowered");
            Snapshot::default()
        });
        let mut network = Self {
            engine: Engine::new(snapshot),
            pods: HashMap::new(),
            by_address: HashMap::new(),
            services: BTreeMap::new(),
            nodes: Vec::new(),
            namespaces: Vec::new(),
            opened,
            blocked,
        };
        for object in objects {
            match object["kind"].as_str().unwrap_or_default() {
                "Pod" => network.add_pod(object),
                "Service" => network.add_service(object),
                "Node" => network.nodes.extend(node_address(object)),
                "Namespace" => network.namespaces.push(metadata(object, "name").to_owned()),
                _ => {}
            }
        }
        for slice in objects.iter().filter(|object| object["kind"] == "EndpointSlice") {
            network.add_slice(slice);
        }
        network
    }

    fn add_pod(&mut self, pod: &Value) {
        let name = ObjectName::new(metadata(pod, "namespace"), metadata(pod, "name"));
        let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let addresses: Vec<IpAddr> = pod["status"]["podIPs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|address| address["ip"].as_str()?.parse().ok())
            .collect();
        if finished || addresses.is_empty() {
            return;
        }
        let host_network = pod["spec"]["hostNetwork"] == true;
        if !host_network {
            self.by_address.extend(addresses.iter().map(|address| (*address, name.clone())));
        }
        let text = |field: &str| pod["spec"][field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let policy = pod["spec"]["dnsPolicy"].as_str().unwrap_or("ClusterFirst");
        let network = PodNetwork {
            addresses,
            host_network,
            listeners: running_listeners(pod),
            hostname: text("hostname").unwrap_or_else(|| name.name.clone()),
            subdomain: text("subdomain"),
            cluster_dns: policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && !host_network),
        };
        self.pods.insert(name, network);
    }

    fn add_service(&mut self, service: &Value) {
        let name = ObjectName::new(metadata(service, "namespace"), metadata(service, "name"));
        let spec = &service["spec"];
        let strings = |value: &Value| -> Vec<IpAddr> {
            value.as_array().into_iter().flatten().filter_map(|text| text.as_str()?.parse().ok()).collect()
        };
        let ports = spec["ports"].as_array().into_iter().flatten();
        let external = (spec["type"] == "ExternalName").then(|| spec["externalName"].as_str().map(str::to_owned));
        let network = ServiceNetwork {
            addresses: strings(&spec["clusterIPs"]),
            external_name: external.flatten(),
            ports: ports
                .filter_map(|port| {
                    Some(ServicePort {
                        name: port["name"].as_str().unwrap_or_default().to_owned(),
                        port: number(&port["port"])?,
                        protocol: protocol(&port["protocol"])?,
                        node_port: number(&port["nodePort"]),
                    })
                })
                .collect(),
            slices: Vec::new(),
        };
        self.services.insert(name, network);
    }

    fn add_slice(&mut self, slice: &Value) {
        let Some(service) = slice["metadata"]["labels"]["kubernetes.io/service-name"].as_str() else { return };
        let namespace = metadata(slice, "namespace");
        let Some(service) = self.services.get_mut(&ObjectName::new(namespace, service)) else { return };
        let ports = slice["ports"].as_array().into_iter().flatten();
        let endpoints = slice["endpoints"].as_array().into_iter().flatten();
        service.slices.push(Slice {
            ports: ports
                .filter_map(|port| {
                    let name = port["name"].as_str().unwrap_or_default().to_owned();
                    Some((name, number(&port["port"])?, protocol(&port["protocol"])?))
                })
                .collect(),
            endpoints: endpoints.filter_map(|endpoint| backend(endpoint, namespace)).collect(),
        });
    }
}

/// A field of an object's `metadata`, empty when absent.
fn metadata<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

fn backend(endpoint: &Value, namespace: &str) -> Option<Backend> {
    let target = &endpoint["targetRef"];
    let pod = (target["kind"] == "Pod").then(|| target["name"].as_str()).flatten();
    Some(Backend {
        address: endpoint["addresses"].get(0)?.as_str()?.parse().ok()?,
        ready: endpoint["conditions"]["ready"] != false,
        pod: pod.map(|name| ObjectName::new(namespace, name)),
    })
}

/// The listeners of the containers that run.
fn running_listeners(pod: &Value) -> Vec<image::Listener> {
    let running = |name: &Value| {
        let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
        let mut statuses = lists.into_iter().filter_map(|list| pod["status"][list].as_array()).flatten();
        statuses.any(|status| status["name"] == *name && status["state"].get("running").is_some())
    };
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .filter_map(|list| pod["spec"][list].as_array())
        .flatten()
        .filter(|container| running(&container["name"]))
        .flat_map(image::listeners)
        .collect()
}

fn node_address(node: &Value) -> Option<IpAddr> {
    let addresses = node["status"]["addresses"].as_array()?;
    let internal = addresses.iter().find(|address| address["type"] == "InternalIP")?;
    internal["address"].as_str()?.parse().ok()
}

fn number(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok().filter(|number| *number > 0)
}

fn protocol(value: &Value) -> Option<Protocol> {
    value.as_str().unwrap_or("TCP").parse().ok()
}
