//! What a command works on: the snapshot, the course, the data folder, the server, and what a word on the
//! command line selects in them.

pub(crate) mod cluster_networks;
pub(crate) mod course_folder;
pub(crate) mod data;
pub(crate) mod hints;
pub(crate) mod incomplete;
pub(crate) mod instructor;
pub(crate) mod kustomize;
pub(crate) mod nearest;
pub(crate) mod network;
pub(crate) mod networks;
pub(crate) mod objects;
pub(crate) mod prefixes;
pub(crate) mod probed;
pub(crate) mod selection;
pub(crate) mod session;
pub(crate) mod source;
pub(crate) mod standing;
pub(crate) mod target;
pub(crate) mod worlds;
