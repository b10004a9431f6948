//! Kubernetes protobuf bodies, read as the JSON that they stand for.
//!
//! kubectl's typed creates (`create namespace`, `auth can-i`, …) send `k8s\0` and a `runtime.Unknown` with the
//! object inside. The field numbers of every message stand in `messages.txt`: a line with a message's name,
//! then a line a field: number, JSON name (`=` when the message's fields belong to its parent) and type.

mod decode;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use decode::{MEDIA_TYPE, decode};
