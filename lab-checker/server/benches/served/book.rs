//! A page of the book, beside nginx serving the same file.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::{net::TcpStream, time};

use super::{
    client::Client,
    kept,
    program::{Program, free_port},
};

/// How many read at once.
const READERS: usize = 32;
const PAGE: &str = "/book/default-deny.html";

pub(crate) async fn measure(program: &Program, time: Duration) {
    let mut reader = Client::new(program.address, "");
    let (plain, compressed) = (reader.get(PAGE).await, reader.get_compressed(PAGE).await);
    assert_eq!((plain.status, compressed.status), (200, 200), "{PAGE} is there");
    let ours = rate(program.address, PAGE, time).await;
    println!("  {:<44} {ours:>8.0}/s   {} bytes, {} compressed", "book page", plain.body.len(), compressed.body.len());
    kept("below", 150.0, " KiB over the wire", compressed.body.len() < 150 << 10);
    match Nginx::start(program, &plain.body, &compressed.body).await {
        Some(nginx) => {
            let theirs = rate(nginx.address, "/page.html", time).await;
            println!("  {:<44} {theirs:>8.0}/s", "nginx, the same file");
            kept("of nginx at least", 0.5, &format!(" (it is {:.2})", ours / theirs), ours >= 0.5 * theirs);
        }
        None => println!("  nginx is not installed: the book page is not compared"),
    }
}

/// Pages a second, compressed, as browsers ask for them.
async fn rate(address: SocketAddr, path: &'static str, time: Duration) -> f64 {
    let began = Instant::now();
    let readers = (0..READERS).map(|_| {
        tokio::spawn(async move {
            let (mut client, mut pages) = (Client::new(address, ""), 0);
            while began.elapsed() < time {
                assert_eq!(client.get_compressed(path).await.status, 200);
                pages += 1;
            }
            pages
        })
    });
    let pages: i32 = join_all(readers).await.into_iter().map(Result::unwrap).sum();
    f64::from(pages) / began.elapsed().as_secs_f64()
}

/// An nginx that serves one file. It ends with this.
struct Nginx {
    process: Child,
    address: SocketAddr,
}

impl Nginx {
    async fn start(program: &Program, page: &[u8], compressed: &[u8]) -> Option<Self> {
        let folder = program.folder.path().join("nginx");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("page.html"), page).unwrap();
        fs::write(folder.join("page.html.gz"), compressed).unwrap();
        let (at, port) = (folder.display(), free_port());
        let file = folder.join("nginx.conf");
        // As ours: compressed beforehand, no log, one process for each core. Root's own user can read the folder.
        let user = if is_root() { "user root;" } else { "" };
        let text = format!(
            "daemon off; {user} pid {at}/pid; error_log stderr error; worker_processes auto;
             events {{ worker_connections 1024; }}
             http {{
               access_log off; default_type text/html; gzip_static on; keepalive_requests 1000000; sendfile on;
               client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c;
               uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;
               server {{ listen 127.0.0.1:{port}; root {at}; }}
             }}"
        );
        fs::write(&file, text).unwrap();
        let mut command = Command::new("nginx");
        let process = command.arg("-c").arg(&file).stderr(Stdio::null()).spawn().ok()?;
        let nginx = Self { process, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) };
        let up = async {
            while TcpStream::connect(nginx.address).await.is_err() {
                time::sleep(Duration::from_millis(20)).await;
            }
        };
        time::timeout(Duration::from_secs(5), up).await.is_ok().then_some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Told to stop, it ends its workers too.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").arg(id).status();
        let _ = self.process.wait();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
