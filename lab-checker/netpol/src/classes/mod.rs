//! Classes: endpoints, addresses and ports that no policy can tell apart, taken together; and the
//! policies compiled into sets of them.

mod addresses;
mod compiled;
mod internet;
mod partition;
mod sets;
mod vocabulary;

pub(crate) use addresses::{AddressClasses, address_of, number};
pub(crate) use compiled::{Compiled, CompiledRule, PolicyList, RulePort, plane};
pub(crate) use internet::internet_classes;
pub(crate) use partition::{Class, NO_CLASS};
pub(crate) use vocabulary::{PortClass, Vocabulary};
