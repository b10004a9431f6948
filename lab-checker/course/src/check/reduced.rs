//! What a check reads of objects: nothing else need leave a machine, or be kept.

use manifest::kinds::Kind;
use manifest::{Scope, Source};
use serde_json::Value;

use super::violations::repeats;
use crate::labs::{Goal, LIST, Lab};
use crate::snapshot;

impl Lab {
    /// What a check of this lab reads of these objects, and nothing else: what may be sent to a class server,
    /// and what one keeps. A check says the same of it.
    #[must_use]
    pub fn reduced(&self, objects: &[Value], from: Source) -> Vec<Value> {
        let mut scope = Scope::new(self.start_objects(), &self.namespace);
        match &self.goal {
            Goal::Reachability(goal) if goal.options.dns => scope = scope.with_dns(),
            Goal::Reachability(_) => {}
            Goal::Findings(goal) => {
                let map = &goal.config_map;
                scope = scope.with_data(&map.namespace, &map.name, LIST);
            }
        }
        if from == Source::Cluster {
            return manifest::reduce(objects, from, &scope);
        }
        let of_interest = objects.iter().map(|object| {
            let mut object = object.clone();
            snapshot::fill_namespace(&mut object, &self.namespace);
            if self.is_left_out(&object) { manifest::name_alone(&object) } else { object }
        });
        manifest::reduce(&of_interest.collect::<Vec<_>>(), from, &scope)
    }

    /// Whether objects of a kind mean anything to a check of this lab. Clusters have many ConfigMaps, and few labs any.
    #[must_use]
    pub fn judges(&self, kind: &Kind) -> bool {
        let has = || self.start_objects().iter().any(|object| snapshot::kind(object) == kind.name);
        kind.need.is_some() && (kind.name != "ConfigMap" || matches!(self.goal, Goal::Findings(_)) || has())
    }

    /// Whether an object of a learner's file is left out whatever it says.
    fn is_left_out(&self, object: &Value) -> bool {
        repeats(&self.frozen, object).is_none() && !self.may_change.iter().any(|kind| kind == snapshot::kind(object))
    }
}
