//! Where an attempt to connect goes.

use std::net::IpAddr;

/// How a packet travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// With a handshake.
    Tcp,
    /// A packet there and, as an answer, one back.
    Udp,
}

/// Where an attempt to connect goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// How.
    pub transport: Transport,
}
