//! What particular images bring beside the programs of their system: clients of databases, an entry point that is a
//! tool, and what they run when nobody says anything.

/// The name of an image without registry, folders, tag and digest.
pub(super) fn short_name(reference: &str) -> &str {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    match last.split([':', '@']).next().unwrap_or(last) {
        // The nginx of Kubernetes' own tutorials.
        "nginx-slim" => "nginx",
        name => name,
    }
}

/// The programs of servers' images that belong to the server.
const CLIENTS: [(&[&str], &[&str]); 4] = [
    (&["redis", "valkey", "redis-stack", "redis-stack-server", "keydb"], &["redis-cli", "valkey-cli"]),
    (
        &["mysql", "mariadb", "percona", "percona-server", "mysql-server"],
        &["mysql", "mysqladmin", "mariadb", "mariadb-admin"],
    ),
    (&["postgres", "postgresql", "postgis", "pgvector", "timescaledb"], &["psql", "pg_isready"]),
    (&["mongo", "mongodb", "mongodb-community-server", "mongosh"], &["mongosh", "mongo"]),
];

/// The clients that an image brings for its own server.
pub(super) fn clients(name: &str) -> &'static [&'static str] {
    CLIENTS.iter().find(|(names, _)| names.contains(&name)).map_or(&[], |(_, programs)| programs)
}

/// Whether a program is the client of a database.
pub(super) fn is_client(program: &str) -> bool {
    CLIENTS.iter().any(|(_, programs)| programs.contains(&program))
}

/// The tool that an image is: what stands behind the image's name in a command are its arguments.
pub(super) fn entry_point(reference: &str) -> Option<&'static str> {
    let name = short_name(reference);
    let owner = reference.rsplit('/').nth(1).unwrap_or_default();
    Some(match (owner, name) {
        ("byrnedo" | "pstauffer" | "appropriate" | "tutum" | "alpine", "alpine-curl" | "curl") => "curl",
        ("subfuzion" | "gophernet" | "busybox" | "toolbelt", "netcat") => "nc",
        ("toolbelt" | "networld", "dig") => "dig",
        ("toolbelt", "ping") => "ping",
        (_, "nmap") => "nmap",
        (_, "netcat") => "nc",
        _ => return None,
    })
}

/// The shell that an image runs when nobody says what it should do; `None` when it runs something else.
pub(super) fn shell(name: &str) -> Option<&'static str> {
    Some(match name {
        "busybox" | "busyboxplus" | "busybox-curl" | "busybox-extras" => "sh",
        "alpine"
        | "alpine-curl-jq"
        | "tiny-tools"
        | "dnstools"
        | "alpine-containertools"
        | "docker-net-tools"
        | "network-utils"
        | "swiss-army-knife"
        | "dnsutils"
        | "jessie-dnsutils"
        | "nettools"
        | "net-tools"
        | "alpine-bash-curl-ssl"
        | "bash-curl"
        | "alpine-tools"
        | "toolbox"
        | "debug-network" => "/bin/sh",
        "debian" | "ubuntu" | "kali-rolling" | "kali-last-release" | "parrot" | "core" | "security" | "bash"
        | "buildpack-deps" | "golang" | "rust" | "gcc" | "openjdk" | "eclipse-temurin" | "amazoncorretto" | "jdk"
        | "maven" | "gradle" | "utils" | "network-tools" | "origin-tools" | "origin-cli" | "cli" | "toolkit" => "bash",
        _ if is_rpm(name) => "bash",
        _ => return None,
    })
}

/// Whether so many people know what is in an image that a program which is not there should fail: systems, and the web
/// servers that every tutorial begins with.
pub(super) fn is_base(name: &str) -> bool {
    matches!(
        name,
        "busybox"
            | "busyboxplus"
            | "busybox-curl"
            | "busybox-extras"
            | "alpine"
            | "debian"
            | "ubuntu"
            | "nginx"
            | "httpd"
            | "netshoot"
            | "agnhost"
            | "curl"
            | "alpine-curl"
            | "dnsutils"
            | "jessie-dnsutils"
    ) || name.starts_with("kali-")
        || is_rpm(name)
}

/// Whether an image is of a distribution with RPM packages.
pub(super) fn is_rpm(name: &str) -> bool {
    const NAMES: [&str; 18] = [
        "fedora",
        "fedora-minimal",
        "centos",
        "rockylinux",
        "almalinux",
        "amazonlinux",
        "oraclelinux",
        "ubi",
        "ubi-minimal",
        "ubi8",
        "ubi9",
        "ubi10",
        "rhel",
        "rhel7",
        "leap",
        "tumbleweed",
        "photon",
        "openeuler",
    ];
    let plain = name.trim_end_matches("-minimal").trim_end_matches("-init").trim_end_matches("-micro");
    NAMES.contains(&name) || NAMES.contains(&plain)
}
