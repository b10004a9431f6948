//! What a container does: serves, waits, or runs a command to its end.

use serde_json::Value;

use super::command_line::command_line;
use super::family::{Family, Image};
use super::listeners::listeners;

/// A container's main process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Main {
    /// It serves or sleeps for as long as the container lives; nothing need run for it.
    Stays,
    /// It runs this command.
    Runs(Vec<String>),
}

/// A sleep of this many seconds counts as staying.
const LONG_SLEEP: f64 = 600.0;

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is there for as long as its pod is.
    Serves,
    /// It comes to an end: an init container, a job.
    Ends,
}

/// The main process of a container of the spec.
pub fn main_process(container: &Value, role: Role) -> Main {
    let image = Image::new(container["image"].as_str().unwrap_or_default());
    let arguments = command_line(container, &image);
    if stays(&arguments) {
        return Main::Stays;
    }
    let Some(program) = arguments.first() else {
        return match role {
            Role::Serves => Main::Stays,
            // Whatever its image does, it has done it.
            Role::Ends => Main::Runs(vec!["true".to_owned()]),
        };
    };
    let program = program.rsplit('/').next().unwrap_or(program);
    let somebody_waits = container["stdin"] == true || container["tty"] == true;
    if image.runs_a_tool(&arguments) || role == Role::Ends {
        return Main::Runs(arguments);
    }
    if !listeners(container).is_empty() || SERVERS.contains(&program) {
        return Main::Stays;
    }
    match image.family {
        Family::Scratch => Main::Stays,
        // An option is for the image's own server, and a program that is not simulated is taken to serve.
        _ if !somebody_waits && (program.starts_with('-') || image.leaves_out(program) || !image.is_base()) => {
            Main::Stays
        }
        _ => Main::Runs(arguments),
    }
}

/// Programs that serve for ever.
const SERVERS: [&str; 18] = [
    "nginx",
    "httpd",
    "httpd-foreground",
    "apache2",
    "redis-server",
    "postgres",
    "mysqld",
    "mariadbd",
    "mongod",
    "memcached",
    "rabbitmq-server",
    "java",
    "node",
    "gunicorn",
    "uvicorn",
    "flask",
    "coredns",
    "pause",
];

/// Whether a command does nothing for longer than anybody watches.
fn stays(arguments: &[String]) -> bool {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let program = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    match words.as_slice() {
        [] => false,
        [shell, flags, script, ..]
            if matches!(program(shell).as_str(), "sh" | "ash" | "bash")
                && flags.starts_with('-')
                && flags.ends_with('c') =>
        {
            // `echo ready; sleep infinity` has something to say first; only a bare wait stays.
            let script = script.trim().trim_start_matches("exec ").trim_end_matches(';');
            let plain = !script.contains([';', '&', '|', '\n', '$', '`']);
            plain && stays(&script.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        }
        [sleep, time] if program(sleep) == "sleep" => long(time),
        [tail, "-f", "/dev/null"] | [tail, "-F", "/dev/null"] => program(tail) == "tail",
        [agnhost, rest @ ..] if program(agnhost) == "agnhost" => {
            rest.is_empty()
                || matches!(
                    rest[0],
                    "pause" | "netexec" | "serve-hostname" | "test-webserver" | "porter" | "nettest" | "net"
                )
        }
        _ => false,
    }
}

fn long(time: &str) -> bool {
    let (number, factor) = match time.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) if time.ends_with('m') => (number, 60.0),
        Some(number) if time.ends_with('h') => (number, 3600.0),
        Some(number) if time.ends_with('d') => (number, 86_400.0),
        Some(number) => (number, 1.0),
        None => (time, 1.0),
    };
    matches!(time, "inf" | "infinity") || number.parse::<f64>().is_ok_and(|number| number * factor >= LONG_SLEEP)
}
