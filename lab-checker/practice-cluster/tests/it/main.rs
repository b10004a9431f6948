//! The practice cluster through its front door: raw HTTP, and real kubectl.

mod api;
mod clients;
mod golden;
mod hostile;
mod kubectl;
mod normal;
mod pods;
mod server;
mod stored;
