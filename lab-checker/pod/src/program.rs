//! The programs that are written here, and where a container has them. A new one is a line in [`written`], a line
//! in `programs/start.rs` that runs it, and its name in the images that have it.

use crate::container::Container;
use crate::files::absolute;
use crate::process::NotStarted;

/// Who runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Agnhost,
    Awk,
    Curl,
    /// Clients of databases.
    Database,
    Dig,
    Env,
    /// Those about files.
    File,
    /// Those from lines to lines.
    Filter,
    Getent,
    Grep,
    Host,
    Encoded,
    Find,
    Httpd,
    /// Those that say who and where one is.
    Identity,
    Install,
    Kubectl,
    Nc,
    Nmap,
    Nslookup,
    /// Those whose arguments are the program.
    Plain,
    Ping,
    Sed,
    Shell,
    Tar,
    Telnet,
    /// Those that print, count or wait.
    Text,
    Timeout,
    Traceroute,
    Watch,
    Wget,
    Xargs,
    /// The real image has it, and nobody here runs it.
    NotSimulated,
}

/// The program of a name, if it is written here.
fn written(name: &str) -> Option<Program> {
    Some(match name {
        "agnhost" => Program::Agnhost,
        "apk" | "apt-get" | "apt" | "dnf" | "yum" | "microdnf" => Program::Install,
        "arp" | "date" | "df" | "free" | "hostname" | "id" | "ifconfig" | "ip" | "netstat" | "nginx" | "nproc"
        | "printenv" | "ps" | "route" | "ss" | "tty" | "uname" | "uptime" | "whoami" => Program::Identity,
        "awk" => Program::Awk,
        "base64" | "sha256sum" => Program::Encoded,
        "find" => Program::Find,
        "[" | "[[" | "basename" | "cat" | "chgrp" | "chmod" | "chown" | "clear" | "cp" | "dirname" | "ln"
        | "addgroup" | "adduser" | "sysctl" | "ls" | "md5sum" | "mkdir" | "mktemp" | "mv" | "pwd" | "rm" | "stat"
        | "sync" | "tee" | "test" | "touch" | "which" => Program::File,
        "curl" => Program::Curl,
        "cut" | "head" | "nl" | "rev" | "sort" | "tac" | "tail" | "tr" | "uniq" | "wc" => Program::Filter,
        "redis-cli" | "valkey-cli" | "mysql" | "mariadb" | "mysqladmin" | "mariadb-admin" | "psql" | "pg_isready"
        | "mongosh" | "mongo" => Program::Database,
        "dig" => Program::Dig,
        "echo" | "expr" | "false" | "kill" | "printf" | "seq" | "sleep" | "true" | "yes" => Program::Text,
        "env" => Program::Env,
        "getent" => Program::Getent,
        "grep" | "egrep" | "fgrep" => Program::Grep,
        "host" => Program::Host,
        "httpd" => Program::Httpd,
        "kubectl" => Program::Kubectl,
        "nc" | "ncat" | "netcat" => Program::Nc,
        "nmap" => Program::Nmap,
        "nslookup" => Program::Nslookup,
        "ping" => Program::Ping,
        "sed" => Program::Sed,
        "sh" | "ash" | "bash" | "dash" => Program::Shell,
        "tar" => Program::Tar,
        "telnet" => Program::Telnet,
        "time" | "nohup" | "busybox" => Program::Plain,
        "timeout" => Program::Timeout,
        "traceroute" => Program::Traceroute,
        "watch" => Program::Watch,
        "wget" => Program::Wget,
        "xargs" => Program::Xargs,
        _ => return None,
    })
}

/// The program that a word means in a container, and its name without folders.
pub(crate) fn find<'a>(container: &Container, word: &'a str) -> Result<(&'a str, Program), NotStarted> {
    if word.contains('/') && container.is_directory(&absolute("/", word)) {
        return Err(NotStarted::IsDirectory);
    }
    let (folder, name) = word.rsplit_once('/').unwrap_or(("", word));
    let folders = ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"];
    let in_path = !word.contains('/') || folders.contains(&folder) || (name == "agnhost" && matches!(folder, "" | "."));
    if !in_path || name.is_empty() {
        return Err(NotStarted::NotFound);
    }
    let installed = container.has_installed(name);
    if container.image.leaves_out(name) && !installed {
        return Ok((name, Program::NotSimulated));
    }
    if name == "kubectl" && container.kubernetes.is_none() {
        return Err(NotStarted::NotFound);
    }
    match written(name) {
        Some(program) if installed || container.image.has(name) => Ok((name, program)),
        _ => Err(NotStarted::NotFound),
    }
}

/// The path at which a program is found.
pub(crate) fn path(container: &Container, word: &str) -> Option<String> {
    let (name, _) = find(container, word).ok()?;
    Some(match name {
        _ if word.starts_with('/') => word.to_owned(),
        "agnhost" => "/agnhost".to_owned(),
        "sh" | "cat" | "ls" | "echo" | "ping" | "hostname" | "date" | "sleep" | "ash" => format!("/bin/{name}"),
        _ => format!("/usr/bin/{name}"),
    })
}
