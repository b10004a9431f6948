//! Clusters behind proxies, and clusters on this machine beside proxies that are dead.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use cluster::{ClusterError, Connection, Proxies, connect_through, objects};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Nobody listens there.
const DEAD: &str = "http://127.0.0.1:1";

/// An API that has nothing: every list is empty.
async fn empty_api() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_all(stream));
        }
    });
    address
}

async fn answer_all(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        if head(&mut stream).await?.is_empty() {
            return Ok(());
        }
        let body = r#"{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        stream.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
        stream.flush().await?;
    }
}

/// The lines of a request before its body.
async fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line.trim().is_empty() {
            return Ok(lines);
        }
        lines.push(line.trim().to_owned());
    }
}

/// A proxy that leads every tunnel to one address, and remembers what it was asked for.
#[derive(Clone, Default)]
struct Proxy {
    asked: Arc<Mutex<Vec<String>>>,
    url: String,
}

impl Proxy {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let asked = Arc::clone(&proxy.asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, target, Arc::clone(&asked)));
            }
        });
        proxy
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn tunnel(stream: TcpStream, target: SocketAddr, asked: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let lines = head(&mut stream).await?;
    let kept = lines.iter().filter(|line| line.starts_with("CONNECT") || line.starts_with("Proxy-Authorization"));
    asked.lock().unwrap().extend(kept.cloned());
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut there = TcpStream::connect(target).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut there).await?;
    Ok(())
}

async fn connection(server: &str, proxy_url: &str, variables: &[(&str, &str)]) -> Connection {
    try_connection(server, proxy_url, variables).await.unwrap()
}

async fn try_connection(server: &str, proxy_url: &str, variables: &[(&str, &str)]) -> Result<Connection, ClusterError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "real",
        "clusters": [{"name": "real", "cluster": {"server": server, "proxy-url": proxy_url}}],
        "users": [{"name": "me", "user": {}}],
        "contexts": [{"name": "real", "context": {"cluster": "real", "user": "me"}}],
    });
    std::fs::write(&path, config.to_string()).unwrap();
    let proxies = Proxies::for_clusters_of(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    });
    connect_through(Some(&path), None, &proxies).await
}

#[tokio::test]
async fn a_cluster_on_this_machine_is_reached_whatever_the_environment_says() {
    let port = empty_api().await.port();
    let dead = [
        ("HTTPS_PROXY", DEAD),
        ("https_proxy", DEAD),
        ("HTTP_PROXY", DEAD),
        ("http_proxy", DEAD),
        ("ALL_PROXY", DEAD),
        ("NO_PROXY", "a,,*x, ://"),
    ];
    for host in ["127.0.0.1", "localhost"] {
        let connection = connection(&format!("http://{host}:{port}"), "", &dead).await;
        assert_eq!(objects(&connection.client).await.unwrap(), Vec::<serde_json::Value>::new(), "{host}");
    }
}

#[tokio::test]
async fn a_cluster_elsewhere_is_reached_through_the_proxy() {
    let proxy = Proxy::to(empty_api().await).await;
    let connection_ = connection("http://cluster.invalid:6443/base", "", &[("HTTP_PROXY", &proxy.url)]).await;
    objects(&connection_.client).await.unwrap();
    assert!(proxy.asked().iter().all(|line| line == "CONNECT cluster.invalid:6443 HTTP/1.1"), "{:?}", proxy.asked());
    assert!(!proxy.asked().is_empty());
    // Over TLS the other variable counts. What the API here says is no TLS, but the way was taken.
    let proxy = Proxy::to(empty_api().await).await;
    let variables = [("HTTP_PROXY", DEAD), ("https_proxy", proxy.url.as_str())];
    let connection_ = connection("https://cluster.invalid:6443", "", &variables).await;
    assert!(objects(&connection_.client).await.unwrap_err().is_unreachable());
    assert_eq!(proxy.asked()[0], "CONNECT cluster.invalid:6443 HTTP/1.1");
}

#[tokio::test]
async fn exceptions_are_reached_without_the_proxy() {
    let proxy = Proxy::to(empty_api().await).await;
    let variables = [("HTTP_PROXY", proxy.url.as_str()), ("no_proxy", "other,.invalid")];
    let connection_ = connection("http://cluster.invalid:6443", "", &variables).await;
    // There is no such host, and nobody asked the proxy for it.
    assert!(objects(&connection_.client).await.unwrap_err().is_unreachable());
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn the_kubeconfigs_own_proxy_comes_first() {
    let proxy = Proxy::to(empty_api().await).await;
    let with_password = proxy.url.replace("http://", "http://ada:secret@");
    let variables = [("HTTP_PROXY", DEAD), ("NO_PROXY", "*")];
    // It counts for addresses of this machine too, as with kubectl: they may be those of the proxy's.
    for server in ["http://cluster.invalid:6443", "http://127.0.0.1:1"] {
        let connection = connection(server, &with_password, &variables).await;
        objects(&connection.client).await.unwrap();
    }
    let asked = proxy.asked();
    assert!(asked.contains(&"CONNECT cluster.invalid:6443 HTTP/1.1".to_owned()), "{asked:?}");
    assert!(asked.contains(&"CONNECT 127.0.0.1:1 HTTP/1.1".to_owned()), "{asked:?}");
    assert!(asked.contains(&"Proxy-Authorization: Basic YWRhOnNlY3JldA==".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn a_proxy_url_that_is_none_is_named() {
    for wrong in ["ftp://proxy:21", "://", "http://"] {
        let error = try_connection("http://127.0.0.1:1", wrong, &[]).await.err().unwrap();
        assert!(error.to_string().starts_with(&format!("`{wrong}`, the proxy-url of the kubeconfig")), "{error}");
    }
}

#[tokio::test]
async fn a_socks_proxy_is_spoken_to_as_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("socks5://{}", listener.local_addr().unwrap());
    let greeted = tokio::spawn(async move { listener.accept().await.unwrap().0.read_u8().await.unwrap() });
    let connection = connection("http://cluster.invalid:6443", "", &[("HTTP_PROXY", &proxy)]).await;
    assert!(objects(&connection.client).await.unwrap_err().is_unreachable());
    assert_eq!(greeted.await.unwrap(), 5);
}

#[tokio::test]
async fn a_proxy_that_is_dead_is_an_unreachable_cluster() {
    let connection = connection("http://cluster.invalid:6443", "", &[("HTTP_PROXY", DEAD)]).await;
    assert!(objects(&connection.client).await.unwrap_err().is_unreachable());
}
