//! The words that a container runs.

use serde_json::Value;

use super::family::{Family, Image};
use super::own;

/// What a container runs: `command` in place of the image's entry point, `args` in place of its command.
pub(crate) fn command_line(container: &Value, image: &Image) -> Vec<String> {
    let strings = |value: &Value| -> Option<Vec<String>> {
        let items = value.as_array().filter(|items| !items.is_empty())?;
        Some(items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect())
    };
    let command = strings(&container["command"]);
    let args = strings(&container["args"]);
    let own = |entry: &[&str], usual: &[&str]| {
        let entry = entry.iter().map(|&word| word.to_owned());
        let usual = usual.iter().map(|&word| word.to_owned());
        entry.chain(args.clone().unwrap_or_else(|| usual.collect())).collect()
    };
    if let Some(mut command) = command {
        command.extend(args.unwrap_or_default());
        return command;
    }
    if let Some(tool) = own::entry_point(&image.reference) {
        return match &args {
            // Images that are a tool are asked for a shell too.
            Some(args) if args.first().is_some_and(|first| is_shell(first)) => args.clone(),
            Some(_) => own(&[tool], &[]),
            None if tool == "nc" => own(&[tool], &["-h"]),
            None => own(&[tool], &["--help"]),
        };
    }
    match (image.family, image.name()) {
        (Family::Agnhost, _) => own(&["/agnhost"], &["pause"]),
        (Family::AlpineCurl, "curl") => match &args {
            Some(args) if args.first().is_some_and(|first| !first.starts_with('-') && !first.contains("://")) => {
                args.clone()
            }
            _ => own(&["curl"], &["--help"]),
        },
        (_, "network-multitool" | "multitool") => own(&[], &["nginx", "-g", "daemon off;"]),
        (_, "python" | "node" | "ruby") => own(&[], &["sh"]),
        (_, "hello-world") => own(&[], &["echo", "Hello from Docker!"]),
        (_, name) => match own::shell(name) {
            Some(shell) => own(&[], &[shell]),
            None if image.family == Family::Toolbox => own(&[], &["/bin/sh"]),
            // Whoever asks an image that nobody knows for a terminal wants a shell.
            None if image.is_unknown() && container["tty"] == true => own(&[], &["sh"]),
            None => args.clone().unwrap_or_default(),
        },
    }
}

fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next().unwrap_or(word), "sh" | "ash" | "bash")
}
