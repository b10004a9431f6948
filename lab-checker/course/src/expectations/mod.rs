//! Expectations: what may reach what in somebody's own manifests, and whether it does. Every flow of the universe is
//! judged, those of pods and addresses of tomorrow too.

mod describe;
mod ends;
mod init;
mod judge;
mod model;
mod pattern;
mod read;
mod tell;

pub use model::{Expectations, Verified, VerifiedCheck};
