//! Where the policies of an answer stand in the text that they were read from: from a field's path, which is what
//! the engine names, to file, line and column.

use std::collections::HashMap;

use netpol::{Decision, Explanation, Place};
use serde_json::Value;

use crate::kinds;
use crate::object::{Object, ObjectId, Origin};

/// Where the policies of some texts stand.
#[derive(Debug, Default)]
pub struct Places<'a> {
    /// By what the engine calls them: `namespace/name`, or the name of one of the whole cluster.
    policies: HashMap<String, &'a Origin>,
}

impl<'a> Places<'a> {
    /// Those of objects that were read. A policy without a namespace stands in `namespace`, and of two of one name
    /// the later one counts.
    #[must_use]
    pub fn of(objects: &'a [Object], namespace: &str) -> Self {
        Self::of_each(objects.iter().map(|object| (&object.value, &object.origin)), namespace)
    }

    /// The same of objects whose origins are kept apart.
    pub fn of_each(objects: impl IntoIterator<Item = (&'a Value, &'a Origin)>, namespace: &str) -> Self {
        let mut policies = HashMap::new();
        for (object, origin) in objects {
            if !kinds::of(object).is_some_and(kinds::Kind::is_policy) {
                continue;
            }
            let ObjectId { namespace: own, name, .. } = ObjectId::of(object);
            let given = object["metadata"]["namespace"].as_str().is_some_and(|given| !given.is_empty());
            let name = match own {
                Some(own) if given => format!("{own}/{name}"),
                Some(_) => format!("{namespace}/{name}"),
                None => name,
            };
            policies.insert(name, origin);
        }
        Self { policies }
    }

    /// Where a field of a policy stands, or what is nearest around it; nothing when the policy was not read from a
    /// text. The policy is named as a [`Decision`] or a [`netpol::Finding`] names it, and so is the field.
    #[must_use]
    pub fn place(&self, policy: &str, field: &str) -> Option<Place> {
        let origin = self.policies.get(policy)?;
        // Of large dumps in JSON only the beginning is known, which would be no help.
        origin.positions.at("spec")?;
        let position = origin.positions.value_at(field);
        Some(Place {
            file: Some(origin.file.to_string()).filter(|file| !file.is_empty()),
            line: position.line,
            column: position.column,
        })
    }

    /// Says of decisions where they stand.
    pub fn locate<'d>(&self, decisions: impl IntoIterator<Item = &'d mut Decision>) {
        for decision in decisions {
            decision.place = self.place(&decision.policy, &decision.field);
        }
    }

    /// Says of an explanation where the policies that decide stand.
    pub fn locate_in(&self, explanation: &mut Explanation) {
        self.locate(&mut explanation.decided_by);
        explanation.backends.iter_mut().for_each(|backend| self.locate_in(backend));
    }
}
