//! Clients for clusters and other servers, through a proxy where one stands between.

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection as HttpConnection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ConfigExt as _};
use kube::{Client, Config, Error};
use tower::{BoxError, Service, ServiceBuilder};

use crate::proxy::Proxies;

/// A client for what `config` describes, through the proxy that the environment names for its address. A proxy
/// that `config` names itself is not looked at.
///
/// # Errors
/// When the certificates of `config` cannot be used, or the proxy is of a kind that is not known here.
pub fn client(mut config: Config, proxies: &Proxies) -> Result<Client, Error> {
    config.proxy_url = None;
    match proxies.to(&config.cluster_url) {
        Some(proxy) => through(config, &proxy),
        None => Client::try_from(config),
    }
}

/// A client through this proxy.
pub(crate) fn through(mut config: Config, proxy: &Intercept) -> Result<Client, Error> {
    config.proxy_url = None;
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    match proxy.uri().scheme_str() {
        Some("http") => built(config, tunnel(proxy, connector)),
        Some("https") => {
            let to_proxy = Config::new(proxy.uri().clone()).rustls_https_connector_with_connector(connector)?;
            built(config, tunnel(proxy, to_proxy))
        }
        Some("socks5" | "socks5h") => {
            let socks = SocksV5::new(proxy.uri().clone(), connector);
            built(
                config,
                match proxy.raw_auth() {
                    Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
                    None => socks,
                },
            )
        }
        _ => Err(Error::ProxyProtocolUnsupported { proxy_url: Box::new(proxy.uri().clone()) }),
    }
}

fn tunnel<C>(proxy: &Intercept, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), connector);
    match proxy.basic_auth() {
        Some(password) => tunnel.with_auth(password.clone()),
        None => tunnel,
    }
}

/// What kube builds for a cluster without a proxy, over another connector.
fn built<C>(config: Config, connector: C) -> Result<Client, Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: HttpConnection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(connector)?);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_read_timeout(config.read_timeout);
    connector.set_write_timeout(config.write_timeout);
    let client: HttpClient<_, Body> = HttpClient::builder(TokioExecutor::new()).build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(client);
    Ok(Client::new(service, config.default_namespace))
}
