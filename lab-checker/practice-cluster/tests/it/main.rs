//! The practice cluster through its front door: raw HTTP, real kubectl, and clients in other languages.

mod api;
mod apply;
mod bundles;
mod clients;
mod defined;
mod farewells;
mod golden;
mod hostile;
mod known_differences;
mod kubectl;
mod normal;
mod numbers;
mod pods;
#[expect(clippy::unwrap_used, reason = "the server's tests use it too, where whole files are tests")]
#[path = "../../../server/tests/it/postgres.rs"]
mod postgres;
mod python;
mod quick;
mod refusals;
mod server;
mod stored;
mod storms;
mod terminal;
mod terminal_kubectl;
mod typing;
mod upgrades;
mod worlds;
mod worlds_kubectl;
