//! What servers print when they start, so that `kubectl logs` of a fresh pod is not bare.

use pod::image::Image;
use serde_json::Value;

use super::spec::container_spec;

/// The first lines of a container's log.
pub(super) fn of(pod: &Value, container: &str) -> Vec<String> {
    let Some(spec) = container_spec(pod, container) else { return Vec::new() };
    let image = Image::new(spec["image"].as_str().unwrap_or_default());
    let serves = !pod::image::listeners(spec).is_empty();
    let lines: &[&str] = match image.name() {
        _ if !serves => &[],
        "nginx" | "nginx-unprivileged" => &[
            "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration",
            "/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/",
            "/docker-entrypoint.sh: Configuration complete; ready for start up",
            "start worker processes",
        ],
        "coredns" => &[".:53", "CoreDNS-1.13.1", "linux/amd64, go1.25.2"],
        "redis" => &["* Ready to accept connections tcp"],
        "postgres" => &["LOG:  database system is ready to accept connections"],
        "mysql" => &[
            "[Note] [Entrypoint]: MySQL init process done. Ready for start up.",
            "[System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.4.7'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.",
        ],
        "mariadb" => &[
            "[Note] [Entrypoint]: MariaDB init process done. Ready for start up.",
            "[Note] mariadbd: ready for connections.",
        ],
        "mongo" => &[
            r#"{"s":"I",  "c":"NETWORK",  "id":23016,   "ctx":"listener","msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}"#,
        ],
        "rabbitmq" => &[" Starting broker... completed with 4 plugins."],
        "httpd" => &[
            "[mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations",
            "[core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'",
        ],
        "http-echo" => &["[INFO] server is listening on :5678"],
        _ => &[],
    };
    lines.iter().map(|&line| line.to_owned()).collect()
}
