//! What is wrong with the text of an endpoint, a flow, a query or a port.

/// Text that is not an endpoint, a destination, a port or a protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseEndpointError {
    /// Not an endpoint.
    #[error("`{0}` is not an endpoint: write namespace/pod, svc:namespace/name or an IP address")]
    Endpoint(String),
    /// Not a destination.
    #[error(
        "`{0}` is not a destination: write ENDPOINT:PORT or ENDPOINT:PORT/PROTOCOL, such as shop/api:8080 or svc:shop/dns:53/UDP"
    )]
    Destination(String),
    /// Not a pod that could be there.
    #[error("`{0}` is no pod that could be there: write namespace/{{key=value,…}}, such as shop/{{app=web}}")]
    Stranger(String),
    /// Not labels.
    #[error("`{0}` are no labels: write app=web, with commas between; also app!=web, !app, app in (a,b)")]
    Labels(String),
    /// Not a pattern of endpoints.
    #[error("`{0}` picks no endpoints: write namespace/pod, namespace/*, *, an IP address, or labels such as app=web")]
    Pattern(String),
    /// Not a port.
    #[error("`{0}` is not a port: write a number from 1 to 65535 or a port name")]
    Port(String),
    /// Neither a port nor a range of ports.
    #[error("`{0}` names no ports: write a number from 1 to 65535, a range such as 8000-8100, or a port name")]
    Ports(String),
    /// Not a protocol.
    #[error("`{0}` is not a protocol: write TCP, UDP or SCTP")]
    Protocol(String),
}
