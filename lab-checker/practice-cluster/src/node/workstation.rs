//! A container that is no pod: it runs beside a cluster, and the pods' network does not know it.

use std::collections::BTreeMap;
use std::sync::Arc;

use netpol::ObjectName;
use pod::image::Image;
use pod::kubernetes::Kubernetes;
use pod::network::NetworkView;
use pod::{Container, Files, Session};

use super::network::nothing;

/// A fresh one, with an API server to talk to.
pub(crate) fn workstation(home: &str, environment: BTreeMap<String, String>, server: Arc<dyn Kubernetes>) -> Container {
    Container {
        pod: ObjectName::new("", "workstation"),
        hostname: "workstation".to_owned(),
        addresses: Vec::new(),
        image: Image::new("workstation"),
        environment,
        directory: home.to_owned(),
        files: Files::default(),
        network: NetworkView::new(nothing, |_, _| {}, |_, _| None),
        session: Session::default(),
        kubernetes: Some(server),
        unknown: pod::Unknown::default(),
    }
}
