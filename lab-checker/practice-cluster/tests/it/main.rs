//! The practice cluster through its front door: raw HTTP, real kubectl, and clients in other languages.

mod api;
mod clients;
mod golden;
mod hostile;
mod kubectl;
mod normal;
mod pods;
mod python;
mod server;
mod stored;
