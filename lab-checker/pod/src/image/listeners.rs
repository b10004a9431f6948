//! What a container listens on, and what answers there.

use netpol::Protocol;
use serde_json::Value;

use super::command_line::command_line;
use super::family::{Family, Image};
use crate::script::parse;
use crate::script::syntax::{Body, Command, Piece, Script, Word};

/// A port that somebody listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The port.
    pub port: u16,
    /// The protocol.
    pub protocol: Protocol,
    /// Who answers.
    pub server: Server,
}

/// Who answers on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// nginx with its welcome page.
    Nginx,
    /// Apache with its test page.
    Apache,
    /// A server of files: busybox httpd, Python's http.server.
    Files,
    /// `agnhost serve-hostname`: the pod's name.
    Hostname,
    /// `agnhost netexec`: /hostname, /clientip, /echo.
    Netexec,
    /// `http-echo`: this text.
    Echo(String),
    /// `whoami` and its like: what the request looked like.
    Whoami,
    /// The server of Cilium's demonstration.
    DeathStar,
    /// httpbin, which repeats what it is asked.
    Httpbin,
    /// Some web server: a line that names the pod.
    Web,
    /// A TCP server that does not speak HTTP: a database, `nc -l`.
    Raw(String),
}

/// The listeners of a container of the spec.
pub fn listeners(container: &Value) -> Vec<Listener> {
    let image = Image::new(container["image"].as_str().unwrap_or_default());
    let arguments = command_line(container, &image);
    let own_command = !container["command"].is_null();
    let by_command = from_arguments(&arguments, container);
    if !by_command.is_empty() {
        return by_command;
    }
    if image.runs_a_tool(&arguments) {
        return Vec::new();
    }
    let declared = || declared_ports(container);
    let tcp = |port: u16, server: Server| vec![Listener { port, protocol: Protocol::Tcp, server }];
    let program = arguments.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first));
    match (image.family, image.name()) {
        _ if own_command && image.leaves_out(program) => declared(),
        (_, "nginx") if reconfigured(container) => declared(),
        (_, "nginx") if is_bitnami(&image) => tcp(8080, Server::Nginx),
        (_, "nginx") => tcp(80, Server::Nginx),
        (_, "nginx-unprivileged") => tcp(8080, Server::Nginx),
        (_, "httpd") => tcp(80, Server::Apache),
        (_, "http-echo") => {
            tcp(option(&arguments, "listen").and_then(port_of).unwrap_or(5678), Server::Echo(text_option(&arguments)))
        }
        (_, "whoami") => tcp(option(&arguments, "port").and_then(port_of).unwrap_or(80), Server::Whoami),
        (_, "redis" | "valkey" | "redis-stack" | "redis-stack-server") => tcp(6379, Server::Raw("redis".to_owned())),
        (_, "postgres" | "postgresql" | "postgis" | "pgvector" | "timescaledb") => {
            tcp(5432, Server::Raw("postgres".to_owned()))
        }
        (_, "mysql" | "mariadb" | "percona" | "percona-server" | "mysql-server") => {
            tcp(3306, Server::Raw("mysql".to_owned()))
        }
        (_, "mongo" | "mongodb" | "mongodb-community-server") => tcp(27_017, Server::Raw("mongo".to_owned())),
        (_, "memcached") => tcp(11_211, Server::Raw("memcached".to_owned())),
        (_, "rabbitmq") => tcp(5672, Server::Raw("rabbitmq".to_owned())),
        (_, "coredns") => coredns(),
        (_, "echoserver" | "echo-server" | "hello-app" | "hello-kubernetes") => {
            tcp(environment_port(container).unwrap_or(8080), Server::Web)
        }
        (_, "go-httpbin") => tcp(environment_port(container).unwrap_or(8080), Server::Httpbin),
        (_, "httpbin") => tcp(80, Server::Httpbin),
        (_, "podinfo") => tcp(9898, Server::Web),
        (_, "starwars") => tcp(80, Server::DeathStar),
        (Family::Unknown, name) => {
            let declared = declared();
            if declared.is_empty() && !own_command { usual(name) } else { declared }
        }
        // A program of the learner's own.
        _ if !program.is_empty() && !image.is_base() => declared(),
        _ => Vec::new(),
    }
}

/// Whether it is one of Bitnami's, which run without root's rights.
fn is_bitnami(image: &Image) -> bool {
    image.reference.split('/').any(|part| matches!(part, "bitnami" | "bitnamilegacy" | "bitnamisecure"))
}

/// What images of tutorials listen on, which declare no ports.
fn usual(name: &str) -> Vec<Listener> {
    let ports: &[u16] = match name {
        "app-on-two-ports" => &[8000, 5000],
        "wordpress" | "caddy" | "traefik" | "gb-frontend" | "nextcloud" | "phpmyadmin" | "hello" => &[80],
        "tomcat" | "jenkins" | "adminer" | "http-https-echo" | "keycloak" => &[8080],
        "grafana" => &[3000],
        "prometheus" => &[9090],
        "registry" => &[5000],
        "elasticsearch" => &[9200],
        "consul" => &[8500],
        "vault" => &[8200],
        "mongo-express" => &[8081],
        _ => &[],
    };
    let listener = |port: &u16| Listener { port: *port, protocol: Protocol::Tcp, server: Server::Web };
    ports.iter().map(listener).collect()
}

/// What an image that is not known is taken to listen on.
fn declared_ports(container: &Value) -> Vec<Listener> {
    let ports = container["ports"].as_array().into_iter().flatten();
    ports
        .filter_map(|port| {
            let number = u16::try_from(port["containerPort"].as_u64()?).ok()?;
            let protocol = port["protocol"].as_str().unwrap_or("TCP").parse().ok()?;
            Some(Listener { port: number, protocol, server: Server::Web })
        })
        .collect()
}

fn coredns() -> Vec<Listener> {
    let dns = |protocol| Listener { port: 53, protocol, server: Server::Raw("dns".to_owned()) };
    let web = |port| Listener { port, protocol: Protocol::Tcp, server: Server::Web };
    vec![dns(Protocol::Udp), dns(Protocol::Tcp), web(9153), web(8080), web(8181)]
}

/// Whether a volume is mounted over nginx's configuration, so that it may listen elsewhere.
fn reconfigured(container: &Value) -> bool {
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    mounts.filter_map(|mount| mount["mountPath"].as_str()).any(|path| path.starts_with("/etc/nginx"))
}

/// `PORT` of the environment.
fn environment_port(container: &Value) -> Option<u16> {
    let variables = container["env"].as_array()?;
    let port = variables.iter().find(|variable| variable["name"] == "PORT")?;
    port["value"].as_str()?.parse().ok()
}

/// The listeners that a command opens which is started in a running container.
pub(crate) fn opened_by(arguments: &[String]) -> Vec<Listener> {
    from_arguments(arguments, &Value::Null)
}

/// The listeners that a command line opens.
fn from_arguments(arguments: &[String], container: &Value) -> Vec<Listener> {
    let program = arguments.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first));
    if matches!(program, "sh" | "ash" | "bash" | "dash") {
        let script = arguments.iter().skip(1).find(|word| !word.starts_with('-'));
        return script
            .and_then(|script| parse(script).ok())
            .map_or_else(Vec::new, |script| from_script(&script, container));
    }
    let rest = arguments.get(1..).unwrap_or_default();
    let tcp = |port: u16, server: Server| vec![Listener { port, protocol: Protocol::Tcp, server }];
    match program {
        "agnhost" => agnhost(rest),
        "httpd" | "busybox" if program == "httpd" || rest.first().is_some_and(|word| word == "httpd") => {
            tcp(flag(rest, 'p').and_then(|text| port_of(&text)).unwrap_or(80), Server::Files)
        }
        "nc" | "ncat" | "netcat" if is_listening(rest) => {
            let last = rest.iter().rev().find_map(|word| word.parse::<u16>().ok());
            let protocol = if has_flag(rest, 'u') { Protocol::Udp } else { Protocol::Tcp };
            let port = flag(rest, 'p').and_then(|text| port_of(&text)).or(last);
            port.map(|port| Listener { port, protocol, server: Server::Raw("nc".to_owned()) }).into_iter().collect()
        }
        "python" | "python3" | "python2" => match rest {
            [m, module, after @ ..] if m == "-m" && (module == "http.server" || module == "SimpleHTTPServer") => {
                tcp(after.iter().find_map(|word| word.parse().ok()).unwrap_or(8000), Server::Files)
            }
            _ => Vec::new(),
        },
        "socat" => rest
            .iter()
            .filter_map(|word| word.to_ascii_uppercase().strip_prefix("TCP-LISTEN:").and_then(port_of))
            .map(|port| Listener { port, protocol: Protocol::Tcp, server: Server::Raw("socat".to_owned()) })
            .collect(),
        "nginx" => tcp(80, Server::Nginx),
        "redis-server" => tcp(6379, Server::Raw("redis".to_owned())),
        _ => Vec::new(),
    }
}

fn agnhost(rest: &[String]) -> Vec<Listener> {
    let protocol = |protocol, port, server| Listener { port, protocol, server };
    let on = |name: &str| option(rest, name).is_none_or(|value| value != "false");
    let port = |name: &str, usual| option(rest, name).and_then(port_of).unwrap_or(usual);
    match rest.first().map(String::as_str) {
        Some("netexec") => vec![
            protocol(Protocol::Tcp, port("http-port", 8080), Server::Netexec),
            protocol(Protocol::Udp, port("udp-port", 8081), Server::Netexec),
        ],
        Some("serve-hostname") => {
            let number = port("port", 9376);
            let mut all = Vec::new();
            let plain_tcp = option(rest, "tcp").is_some_and(|value| value != "false");
            if on("http") || plain_tcp {
                all.push(protocol(Protocol::Tcp, number, Server::Hostname));
            }
            if option(rest, "udp").is_some_and(|value| value != "false") {
                all.push(protocol(Protocol::Udp, number, Server::Hostname));
            }
            all
        }
        Some("test-webserver") => vec![protocol(Protocol::Tcp, port("port", 80), Server::Files)],
        _ => Vec::new(),
    }
}

fn from_script(script: &Script, container: &Value) -> Vec<Listener> {
    let commands = script.0.iter().flat_map(|item| &item.pipeline);
    commands.flat_map(|command| from_command(command, container)).collect()
}

fn from_command(command: &Command, container: &Value) -> Vec<Listener> {
    match &command.body {
        Body::Simple { words, .. } => {
            let arguments: Vec<String> = words.iter().map(plain).collect();
            let arguments =
                if arguments.first().is_some_and(|first| first == "exec") { &arguments[1..] } else { &arguments };
            from_arguments(arguments, container)
        }
        Body::If { branches, otherwise } => {
            let scripts = branches.iter().flat_map(|(condition, body)| [condition, body]).chain(otherwise);
            scripts.flat_map(|script| from_script(script, container)).collect()
        }
        Body::Loop { condition, body, .. } => {
            [condition, body].into_iter().flat_map(|script| from_script(script, container)).collect()
        }
        Body::For { body, .. } | Body::Function { body, .. } | Body::Group(body) | Body::Subshell(body) => {
            from_script(body, container)
        }
        Body::Case { arms, .. } => arms.iter().flat_map(|(_, body)| from_script(body, container)).collect(),
    }
}

/// A word's text, without what only a run would know.
fn plain(word: &Word) -> String {
    let texts = word.0.iter().filter_map(|part| match &part.piece {
        Piece::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The value of `--name=value`, `-name=value` or `--name value`; an empty one for a bare `--name`.
fn option<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(index, word)| {
        let rest = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?.strip_prefix(name)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None if rest.is_empty() => {
                let next = arguments.get(index + 1).filter(|next| !next.starts_with('-'));
                Some(next.map_or("", String::as_str))
            }
            None => None,
        }
    })
}

fn text_option(arguments: &[String]) -> String {
    option(arguments, "text").unwrap_or("hello-world").to_owned()
}

/// The port at the end of `8080`, `:8080` or `0.0.0.0:8080`.
fn port_of(text: impl AsRef<str>) -> Option<u16> {
    let text = text.as_ref();
    let digits = text.rsplit(':').next().unwrap_or(text);
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|port| *port > 0)
}

/// The value of a short flag, which may stand in a cluster such as `-lkp 80`.
fn flag(arguments: &[String], letter: char) -> Option<String> {
    arguments.iter().enumerate().find_map(|(index, word)| {
        let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'))?;
        let at = letters.find(letter)?;
        let rest = &letters[at + letter.len_utf8()..];
        if rest.is_empty() { arguments.get(index + 1).cloned() } else { Some(rest.to_owned()) }
    })
}

fn has_flag(arguments: &[String], letter: char) -> bool {
    arguments.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
}

fn is_listening(arguments: &[String]) -> bool {
    has_flag(arguments, 'l') || arguments.iter().any(|word| word == "--listen")
}
