//! Endpoints, addresses and ports that no policy can tell apart, taken together as classes; and the policies
//! compiled into sets of them.

pub(crate) mod addresses;
pub(crate) mod compiled;
pub(crate) mod internet;
pub(crate) mod partition;
pub(crate) mod sets;
pub(crate) mod vocabulary;
