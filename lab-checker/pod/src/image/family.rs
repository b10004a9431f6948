//! Which programs are in an image, and whose they are.

use super::own::{self, short_name};

/// An image, known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub(super) reference: String,
    pub(super) family: Family,
}

/// What is installed in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// busybox and nothing else; GNU libc.
    Busybox,
    /// Alpine: busybox with musl.
    Alpine,
    /// Alpine with curl.
    AlpineCurl,
    /// Alpine with every network tool: netshoot, and agnhost with its own program.
    Toolbox,
    /// `agnhost` beside Alpine's programs, curl, dig and nc.
    Agnhost,
    /// Debian, with a shell and little else.
    Debian,
    /// Debian with curl.
    DebianCurl,
    /// Fedora, CentOS and their like: a shell, curl, and little else.
    Rpm,
    /// One program without a shell.
    Scratch,
    /// Not known: every tool is there.
    Unknown,
}

/// The C library decides how long a name lookup waits and how failures read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Libc {
    /// GNU.
    Gnu,
    /// musl, as in Alpine.
    Musl,
}

impl Image {
    /// The image of this name.
    pub fn new(reference: &str) -> Self {
        Self { reference: reference.to_owned(), family: family(reference) }
    }

    /// The name without registry, folders, tag and digest: `nginx`.
    pub fn name(&self) -> &str {
        short_name(&self.reference)
    }

    /// Whether this image's name and layout are known.
    pub fn is_known(&self) -> bool {
        self.family != Family::Unknown
    }

    /// Whether its shell and tools are Debian's.
    pub(crate) fn is_debian(&self) -> bool {
        matches!(self.family, Family::Debian | Family::DebianCurl | Family::Rpm)
    }

    /// Whether nobody here knows what is in it.
    pub(crate) fn is_unknown(&self) -> bool {
        self.family == Family::Unknown
    }

    /// Whether a program that is not in it should fail, rather than count as one that is not simulated.
    pub(crate) fn is_base(&self) -> bool {
        own::is_base(self.name())
    }

    /// Whether wget, nc, ping and timeout are busybox's.
    pub(crate) fn has_busybox(&self) -> bool {
        !self.is_debian() && self.family != Family::Scratch
    }

    /// Whether nc is the OpenBSD one.
    pub(crate) fn has_openbsd_nc(&self) -> bool {
        matches!(self.family, Family::Toolbox | Family::Agnhost | Family::Unknown) || self.name() == "netcat"
    }

    /// Whether nslookup is BIND's.
    pub(crate) fn has_bind_tools(&self) -> bool {
        matches!(self.family, Family::Toolbox | Family::Agnhost | Family::Unknown)
    }

    /// Whether it is busybox before 1.29, whose nslookup printed less and searched more.
    pub(crate) fn has_old_busybox(&self) -> bool {
        let tag = self.reference.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("", |(_, tag)| tag);
        let minor = tag.strip_prefix("1.").and_then(|rest| rest.split(['.', '-']).next()?.parse::<u32>().ok());
        self.family == Family::Busybox && minor.is_some_and(|minor| minor < 29)
    }

    /// Whether ping is that of iputils.
    pub(crate) fn has_iputils(&self) -> bool {
        self.is_debian() || self.name() == "netshoot"
    }

    /// Its C library.
    pub(crate) fn libc(&self) -> Libc {
        match self.family {
            Family::Alpine | Family::AlpineCurl | Family::Toolbox | Family::Agnhost => Libc::Musl,
            _ => Libc::Gnu,
        }
    }

    /// Whether a program is installed.
    pub(crate) fn has(&self, program: &str) -> bool {
        let bash = program == "bash";
        if program == "nginx" {
            return matches!(self.name(), "nginx" | "nginx-unprivileged" | "network-multitool" | "multitool");
        }
        if own::clients(self.name()).contains(&program) || own::entry_point(&self.reference) == Some(program) {
            return true;
        }
        match self.family {
            Family::Unknown => program != "agnhost",
            Family::Toolbox => {
                !own::is_client(program)
                    && !matches!(program, "agnhost" | "apt-get" | "apt" | "dnf" | "yum" | "microdnf")
            }
            Family::Agnhost => {
                !own::is_client(program)
                    && !matches!(program, "apk" | "apt-get" | "apt" | "dnf" | "yum" | "microdnf" | "telnet" | "nmap")
            }
            Family::Busybox => BUSYBOX.contains(&program),
            Family::Alpine => BUSYBOX.contains(&program) || program == "apk",
            Family::AlpineCurl => BUSYBOX.contains(&program) || program == "curl" || program == "apk",
            Family::Debian => bash || DEBIAN.contains(&program),
            Family::DebianCurl => bash || DEBIAN.contains(&program) || program == "curl",
            Family::Rpm => bash || DEBIAN.contains(&program) && !program.starts_with("apt") || RPM.contains(&program),
            Family::Scratch => false,
        }
    }

    /// Whether the first word of a command line is a shell or a tool, rather than a server.
    pub(crate) fn runs_a_tool(&self, arguments: &[String]) -> bool {
        let program = arguments.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first));
        let known = BUSYBOX.contains(&program) || DEBIAN.contains(&program) || RPM.contains(&program);
        let other =
            matches!(program, "bash" | "dash" | "dig" | "host" | "nmap" | "ncat" | "netcat" | "ss" | "apk" | "nohup");
        program != "httpd" && (known || other || own::is_client(program) || program == "pause")
    }

    /// Whether the real image has a program that is not simulated here.
    pub(crate) fn leaves_out(&self, program: &str) -> bool {
        match self.family {
            Family::Toolbox => TOOLS.contains(&program) || UNIX.contains(&program),
            Family::Agnhost => matches!(program, "iperf" | "bridge" | "tc") || UNIX.contains(&program),
            Family::Busybox | Family::Alpine | Family::AlpineCurl => UNIX.contains(&program),
            Family::Debian | Family::DebianCurl | Family::Rpm => {
                let server = (self.name(), program);
                (UNIX.contains(&program) && !matches!(program, "vi" | "less" | "top" | "xxd" | "ftpget"))
                    || matches!(server, ("python", "python" | "python3" | "pip") | ("node", "node" | "npm"))
            }
            Family::Scratch | Family::Unknown => false,
        }
    }

    /// `/etc/os-release`.
    pub(crate) fn os_release(&self) -> String {
        if self.family == Family::Rpm {
            let (id, name) = match self.name() {
                "centos" => ("centos", "CentOS Stream 9"),
                "rockylinux" => ("rocky", "Rocky Linux 9.6 (Blue Onyx)"),
                "almalinux" => ("almalinux", "AlmaLinux 9.6 (Sage Margay)"),
                "amazonlinux" => ("amzn", "Amazon Linux 2023.8.20250818"),
                name if name.starts_with("ubi") => ("rhel", "Red Hat Enterprise Linux 9.6 (Plow)"),
                _ => ("fedora", "Fedora Linux 42 (Container Image)"),
            };
            return format!("NAME=\"{name}\"\nID={id}\nPRETTY_NAME=\"{name}\"\n");
        }
        match self.libc() {
            Libc::Musl => "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME=\"Alpine Linux v3.22\"\n".to_owned(),
            Libc::Gnu => "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n".to_owned(),
        }
    }
}

/// The tools of netshoot and its like that are not simulated.
const TOOLS: &[&str] = &[
    "conntrack",
    "ethtool",
    "fping",
    "git",
    "httpie",
    "iperf",
    "iperf3",
    "iptables",
    "jq",
    "mtr",
    "nft",
    "ngrep",
    "openssl",
    "python3",
    "scapy",
    "socat",
    "ssh",
    "strace",
    "swaks",
    "tc",
    "tcpdump",
    "tcptraceroute",
    "termshark",
    "tshark",
    "vim",
    "zsh",
];

/// The programs of any system that are not simulated.
const UNIX: &[&str] =
    &["cmp", "dd", "diff", "du", "ftpget", "gunzip", "gzip", "less", "more", "od", "top", "vi", "xxd"];

/// The programs of busybox that exist here.
const BUSYBOX: &[&str] = &[
    "[",
    "[[",
    "egrep",
    "fgrep",
    "nl",
    "rev",
    "tac",
    "arp",
    "ash",
    "awk",
    "base64",
    "basename",
    "busybox",
    "cat",
    "addgroup",
    "adduser",
    "chgrp",
    "chmod",
    "chown",
    "clear",
    "cp",
    "cut",
    "date",
    "df",
    "dirname",
    "echo",
    "env",
    "expr",
    "false",
    "find",
    "free",
    "grep",
    "head",
    "hostname",
    "httpd",
    "id",
    "ifconfig",
    "ip",
    "kill",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mktemp",
    "mv",
    "nc",
    "netstat",
    "nproc",
    "nslookup",
    "ping",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "rm",
    "route",
    "sed",
    "seq",
    "sha256sum",
    "sh",
    "sleep",
    "sort",
    "stat",
    "sync",
    "sysctl",
    "tail",
    "tar",
    "tee",
    "telnet",
    "test",
    "time",
    "timeout",
    "touch",
    "tr",
    "traceroute",
    "true",
    "tty",
    "uname",
    "uniq",
    "uptime",
    "watch",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yes",
];

/// The programs of a small Debian image that exist here.
const DEBIAN: &[&str] = &[
    "[",
    "apt",
    "apt-get",
    "awk",
    "base64",
    "find",
    "sha256sum",
    "egrep",
    "fgrep",
    "nl",
    "rev",
    "tac",
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "clear",
    "cp",
    "cut",
    "dash",
    "date",
    "df",
    "dirname",
    "echo",
    "env",
    "expr",
    "false",
    "getent",
    "grep",
    "head",
    "hostname",
    "id",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mktemp",
    "mv",
    "nproc",
    "printenv",
    "printf",
    "pwd",
    "rm",
    "sed",
    "seq",
    "sh",
    "sleep",
    "sort",
    "stat",
    "sync",
    "sysctl",
    "tail",
    "tar",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "true",
    "tty",
    "uname",
    "uniq",
    "wc",
    "which",
    "whoami",
    "xargs",
    "yes",
];

/// What the small images of Fedora and its relatives have beside that.
const RPM: &[&str] = &["curl", "dnf", "yum", "microdnf", "ip"];

fn family(reference: &str) -> Family {
    let name = short_name(reference);
    let last = reference.rsplit('/').next().unwrap_or(reference);
    let alpine = last.split_once(':').is_some_and(|(_, tag)| tag.contains("alpine"));
    match name {
        "busyboxplus" | "busybox-curl" => Family::AlpineCurl,
        "busybox" | "busybox-extras" => Family::Busybox,
        "alpine" | "netcat" | "nmap" => Family::Alpine,
        "curl" | "curl-multi" | "alpine-curl" | "nginx" | "nginx-unprivileged" if alpine || name.contains("curl") => {
            Family::AlpineCurl
        }
        "nginx" | "nginx-unprivileged" | "buildpack-deps" | "python" | "node" | "ruby" | "golang" | "rust" | "gcc"
            if !alpine =>
        {
            Family::DebianCurl
        }
        name if own::is_rpm(name) => Family::Rpm,
        "agnhost" => Family::Agnhost,
        "netshoot"
        | "network-multitool"
        | "multitool"
        | "dnsutils"
        | "jessie-dnsutils"
        | "nettools"
        | "net-tools"
        | "dnstools"
        | "tiny-tools"
        | "alpine-curl-jq"
        | "swiss-army-knife"
        | "network-utils"
        | "network-tools"
        | "docker-net-tools"
        | "alpine-containertools"
        | "debug-network"
        | "utils" => Family::Toolbox,
        "httpd" | "redis" | "postgres" | "mysql" | "mariadb" | "mongo" | "memcached" | "rabbitmq" | "python"
        | "node" | "golang" | "ruby" => {
            if alpine {
                Family::Alpine
            } else {
                Family::Debian
            }
        }
        "debian" | "ubuntu" | "kali-rolling" | "kali-last-release" => Family::Debian,
        "openjdk" | "eclipse-temurin" | "amazoncorretto" | "maven" | "gradle" if !alpine => Family::DebianCurl,
        "http-echo" | "whoami" | "pause" | "coredns" | "hello-app" | "kindnetd" | "flannel" | "podinfo-scratch" => {
            Family::Scratch
        }
        _ => Family::Unknown,
    }
}
