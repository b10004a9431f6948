//! The crate from outside, alone and together with the engine: recorded answers of a real API server,
//! corpora, suites, and hostile texts. One binary, because linking is slow.

#![expect(clippy::unwrap_used, reason = "a test that unwraps nothing is a failed test")]

mod admission;
mod corpus;
mod files;
mod hostile;
mod places;
mod real_packets;
mod suites;
mod unseen;
