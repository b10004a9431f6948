//! Programs that say who and where one is.

use jiff::fmt::strtime;

use crate::process::Process;

pub(super) async fn run(name: &str, process: &Process) -> u8 {
    let out = &process.streams.stdout;
    let first = process.rest().first().map_or("", String::as_str);
    match name {
        "hostname" => {
            let address = process.container.addresses.first();
            match (first, address) {
                ("-i" | "-I", Some(address)) => out.line(address.to_string()).await,
                _ => out.line(process.container.hostname()).await,
            }
        }
        "id" if first == "-u" || first == "-g" => out.line("0").await,
        "id" if first == "-un" => out.line("root").await,
        "id" => out.line("uid=0(root) gid=0(root) groups=0(root)").await,
        "whoami" => out.line("root").await,
        "env" | "printenv" if first.is_empty() || name == "env" => {
            for (name, value) in &process.environment {
                out.line(format!("{name}={value}")).await;
            }
        }
        "printenv" => match process.environment.get(first) {
            Some(value) => out.line(value).await,
            None => return 1,
        },
        "uname" => uname(process, first).await,
        "date" => date(process, first).await,
        "ip" => return ip(process).await,
        "ifconfig" => return ifconfig(process).await,
        "nginx" => return nginx(process, first).await,
        "ps" => {
            out.write("PID   USER     TIME  COMMAND\n    1 root      0:00 /bin/sh\n    7 root      0:00 ps\n").await
        }
        "netstat" | "ss" => sockets(name, process).await,
        "route" => {
            let network = network(process);
            let head = "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface";
            let all = if process.rest().iter().any(|word| word.contains('n')) { "0.0.0.0" } else { "default" };
            let gateway = format!("{network}.1");
            out.line(format!("Kernel IP routing table\n{head}")).await;
            out.line(format!("{all:<15} {gateway:<15} 0.0.0.0         UG    0      0        0 eth0")).await;
            let own = format!("{network}.0");
            out.line(format!("{own:<15} {gateway:<15} 255.255.255.0   UG    0      0        0 eth0")).await;
        }
        "nproc" => out.line("2").await,
        "tty" => {
            out.line(if process.streams.terminal { "/dev/pts/0" } else { "not a tty" }).await;
            return u8::from(!process.streams.terminal);
        }
        "uptime" => out.line(" 12:00:00 up 1 day,  0 users,  load average: 0.00, 0.00, 0.00").await,
        _ => {}
    }
    0
}

/// The network of the pod, as the first three numbers of its addresses.
fn network(process: &Process) -> String {
    let address = process.container.addresses.first().map(ToString::to_string).unwrap_or_default();
    address.rsplit_once('.').map_or("10.244.0", |(network, _)| network).to_owned()
}

/// The ports on which somebody listens, as `netstat -tln` and `ss -tln` show them.
async fn sockets(name: &str, process: &Process) {
    let mut ports = process.container.network.current().open_ports(&process.container.pod);
    ports.sort_unstable();
    let head = match name {
        "ss" => "State  Recv-Q Send-Q Local Address:Port Peer Address:Port",
        _ => {
            "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       "
        }
    };
    process.say(head).await;
    for (port, protocol) in ports {
        let stream = protocol == netpol::Protocol::Tcp;
        let line = match (name, stream) {
            ("ss", true) => format!("LISTEN 0      511    {:>18} {:>17}", format!("0.0.0.0:{port}"), "0.0.0.0:*"),
            ("ss", false) => format!("UNCONN 0      0      {:>18} {:>17}", format!("0.0.0.0:{port}"), "0.0.0.0:*"),
            _ => format!(
                "{:<5} {:>6} {:>6} {:<23} {:<23} {:<12}",
                protocol.to_string().to_lowercase(),
                0,
                0,
                format!("0.0.0.0:{port}"),
                "0.0.0.0:*",
                if stream { "LISTEN" } else { "" }
            ),
        };
        process.say(line).await;
    }
}

async fn uname(process: &Process, option: &str) {
    let host = process.container.hostname();
    let text = match option {
        "-a" => format!("Linux {host} 6.12.0 #1 SMP PREEMPT_DYNAMIC x86_64 Linux"),
        "-n" => host.to_owned(),
        "-r" => "6.12.0".to_owned(),
        "-m" => "x86_64".to_owned(),
        _ => "Linux".to_owned(),
    };
    process.say(text).await;
}

async fn date(process: &Process, format: &str) {
    let now = jiff::Timestamp::now();
    let text = match format.strip_prefix('+') {
        // What cannot be formatted stands there as it was written.
        Some(format) => strtime::format(format, now).unwrap_or_else(|_| format.to_owned()),
        None => now.strftime("%a %b %e %H:%M:%S UTC %Y").to_string(),
    };
    process.say(text).await;
}

/// The interfaces of a pod.
const INTERFACES: [&str; 2] = ["lo", "eth0"];

/// The interfaces that a command line names; all when it names none, and the error is the one that there is not.
fn interfaces(words: &[&str]) -> Result<Vec<&'static str>, String> {
    let named = words.iter().filter(|word| !word.starts_with('-') && !matches!(**word, "show" | "dev" | "list" | "up"));
    let mut found = Vec::new();
    for word in named {
        found.push(INTERFACES.into_iter().find(|known| known == word).ok_or_else(|| (*word).to_owned())?);
    }
    Ok(if found.is_empty() { INTERFACES.to_vec() } else { found })
}

/// `ip address`, `ip link`, `ip route`; also `ip -4 -o a` and `ip addr show eth0`.
async fn ip(process: &Process) -> u8 {
    let words: Vec<&str> = process.rest().iter().map(String::as_str).collect();
    let what = words.iter().position(|word| !word.starts_with('-'));
    let (object, rest) = what.map_or(("", &[][..]), |at| (words[at], &words[at + 1..]));
    let address = process.container.addresses.first().map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string);
    match object {
        "a" | "ad" | "add" | "addr" | "address" | "l" | "link" => {
            let shown = match interfaces(rest) {
                Ok(shown) => shown,
                Err(name) => return process.fail(1, format!("ip: can't find device '{name}'")).await,
            };
            // The second of lines for each interface is the link's, the rest the address's.
            let one_family = words.contains(&"-4");
            for interface in shown {
                let (link, inet) = described(interface, &address);
                let (head, hardware) = link;
                process.say(head).await;
                if !one_family {
                    process.say(hardware).await;
                }
                if !object.starts_with('l') {
                    process.say(format!("{inet}\n       valid_lft forever preferred_lft forever")).await;
                }
            }
            0
        }
        "r" | "ro" | "route" => {
            let gateway = network(process);
            let first = format!("default via {gateway}.1 dev eth0");
            process.say(format!("{first}\n{gateway}.0/24 via {gateway}.1 dev eth0 src {address}")).await;
            0
        }
        "" => process.fail(1, "Usage: ip [OPTIONS] address|route|link|neigh|rule [ARGS]").await,
        _ => 0,
    }
}

/// The lines about an interface: its head and hardware address, and its address.
fn described(interface: &str, address: &str) -> ((String, String), String) {
    if interface == "lo" {
        return (
            (
                "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000".to_owned(),
                "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00".to_owned(),
            ),
            "    inet 127.0.0.1/8 scope host lo".to_owned(),
        );
    }
    (
        (
            "2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue".to_owned(),
            format!("    link/ether {} brd ff:ff:ff:ff:ff:ff", hardware_address(address)),
        ),
        format!("    inet {address}/24 brd {} scope global eth0", broadcast(address)),
    )
}

async fn ifconfig(process: &Process) -> u8 {
    let words: Vec<&str> = process.rest().iter().map(String::as_str).collect();
    let mut shown = match interfaces(&words) {
        Ok(shown) => shown,
        Err(name) => {
            let text = format!("ifconfig: {name}: error fetching interface information: Device not found");
            return process.fail(1, text).await;
        }
    };
    let address = process.container.addresses.first().map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string);
    // busybox sorts them by name.
    shown.sort_unstable();
    for interface in shown {
        let text = match interface {
            "lo" => "lo        Link encap:Local Loopback\n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n".to_owned(),
            _ => format!(
                "eth0      Link encap:Ethernet  HWaddr {}\n          inet addr:{address}  Bcast:{}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n",
                hardware_address(&address).to_uppercase(),
                broadcast(&address),
            ),
        };
        process.say(text).await;
    }
    0
}

/// `nginx`, which serves already: `-v`, `-t`, `-s reload`.
async fn nginx(process: &Process, option: &str) -> u8 {
    let text = match option {
        "-v" | "-V" => "nginx version: nginx/1.29.3",
        "-t" | "-T" => {
            "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful"
        }
        "-s" => "[notice] 1#1: signal process started",
        _ => return std::future::pending().await,
    };
    process.fail(0, text).await
}

/// A locally administered address that follows from the IP address, as bridge plugins make it.
fn hardware_address(address: &str) -> String {
    match address.parse::<std::net::Ipv4Addr>() {
        Ok(address) => {
            let [a, b, c, d] = address.octets();
            format!("0a:58:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
        }
        Err(_) => "0a:58:00:00:00:01".to_owned(),
    }
}

fn broadcast(address: &str) -> String {
    address.rsplit_once('.').map_or_else(String::new, |(network, _)| format!("{network}.255"))
}
