//! Flows from and to strangers: they join the snapshot for one question.

use std::borrow::Cow;

use crate::engine::Engine;
use crate::model::{Endpoint, Flow, ObjectName, PortRef, Stranger};

impl Engine {
    /// An engine that has the strangers of a flow among its pods, and the flow as it is asked for there.
    pub(crate) fn with_strangers<'a>(&'a self, flow: &'a Flow) -> (Cow<'a, Engine>, Cow<'a, Flow>) {
        let stranger = |endpoint: &Endpoint| match endpoint {
            Endpoint::Pod(name) => Stranger::of_name(name),
            _ => None,
        };
        let (from, to) = (stranger(&flow.from), stranger(&flow.to.endpoint));
        if from.is_none() && to.is_none() {
            return (Cow::Borrowed(self), Cow::Borrowed(flow));
        }
        let mut snapshot = self.snapshot().clone();
        let mut flow = flow.clone();
        let port = match flow.to.port {
            PortRef::Number(number) => Some((flow.to.protocol, number)),
            PortRef::Name(_) => None,
        };
        if let Some(to) = to {
            to.join(&mut snapshot, port);
        }
        if let Some(from) = from {
            from.join(&mut snapshot, None);
            if let Some(source) = snapshot.pods.last_mut().filter(|_| flow.from == flow.to.endpoint) {
                // Two pods of one kind: it is not one pod that talks to itself.
                source.name.push_str(" (another one)");
                flow.from = Endpoint::Pod(ObjectName::new(&*source.namespace, &*source.name));
            }
        }
        (Cow::Owned(Engine::new(snapshot)), Cow::Owned(flow))
    }
}
