//! Any bytes as a script, as a program for sed and as one for awk, in a pod with every tool. Nothing may panic, and
//! everything ends within five seconds of the pod's own time.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use netpol::ObjectName;
use pod::image::Image;
use pod::network::{Blocked, Network, NetworkView, OpenedPorts};
use pod::streams::{Capture, Input, Output};
use pod::{Ancestors, Container, Files, Process, Session, Streams};
use tokio::time::Instant;

const LIMIT: Duration = Duration::from_secs(5);

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        for command in [["sh", "-c"], ["bash", "-c"], ["sed", "-E"], ["awk", "-F:"]] {
            run(&["timeout", "5", command[0], command[1], text]).await;
        }
    });
});

async fn run(arguments: &[&str]) {
    static NETWORK: LazyLock<Arc<Network>> =
        LazyLock::new(|| Arc::new(Network::new(&manifest::baseline(), OpenedPorts::default(), Blocked::Dropped)));
    let container = Arc::new(Container {
        pod: ObjectName::new("default", "tools"),
        hostname: "tools".to_owned(),
        addresses: Vec::new(),
        image: Image::new("nicolaka/netshoot"),
        environment: BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]),
        directory: "/".to_owned(),
        files: Files::default(),
        network: NetworkView::new(|| Arc::clone(&NETWORK), |_, _| {}, |_, _| None),
        session: Session::default(),
        kubernetes: None,
        unknown: pod::Unknown::default(),
    });
    let output = Output::Capture(Capture::default());
    let process = Process {
        environment: container.environment.clone(),
        directory: container.directory.clone(),
        container,
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        streams: Streams {
            stdin: Input::from_bytes(b"one:1\ntwo:2\n\xff\n".to_vec()),
            stdout: output.clone(),
            stderr: output,
            terminal: false,
        },
        depth: 0,
        ancestors: Ancestors::default(),
    };
    let started = Instant::now();
    pod::start(process).expect("timeout is installed").await;
    assert!(started.elapsed() <= LIMIT, "{:?}", started.elapsed());
}
