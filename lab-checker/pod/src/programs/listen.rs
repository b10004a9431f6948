//! Servers that somebody starts in a running container: `nc -l`, `httpd`, `agnhost netexec`. Others reach
//! them, as far as policies allow, for as long as the program runs.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::nc_options::{Options, openbsd};
use crate::image::opened_by;
use crate::network::{Clients, Heard};
use crate::process::{Process, Start};
use crate::streams::{Input, Output, Streams};

/// Runs a web server until it is stopped.
pub(super) async fn run(process: &Process) -> u8 {
    let network = process.container.network.current();
    let mut ports = Vec::new();
    for listener in opened_by(&process.arguments) {
        match network.listen(&process.container.pod, listener, Clients::Many) {
            Some(port) => ports.push(port),
            None => return process.fail(1, format!("{}: bind: Address already in use", process.name())).await,
        }
    }
    // The network at this moment is not the one of the next.
    drop(network);
    std::future::pending().await
}

/// Runs `nc -l`: prints what clients send, sends them what it reads, and ends with the first of them unless `-k` is
/// given.
pub(super) async fn netcat(process: &Process, options: &Options, start: Start) -> u8 {
    let network = process.container.network.current();
    let Some(listener) = opened_by(&process.arguments).into_iter().next() else {
        return process.fail(1, "usage: nc -l [-kv] [-p] port").await;
    };
    let number = listener.port;
    let clients = if options.keep { Clients::Many } else { Clients::One };
    let Some(mut port) = network.listen(&process.container.pod, listener, clients) else {
        let text = if openbsd(process) { "nc: Address already in use" } else { "nc: bind: Address already in use" };
        return process.fail(1, text).await;
    };
    drop(network);
    let bsd = openbsd(process);
    if options.verbose {
        let text =
            if bsd { format!("Listening on 0.0.0.0 {number}") } else { format!("listening on [::]:{number} ...") };
        process.streams.stderr.line(text).await;
    }
    let mut conversation = Conversation::new(process, options, start);
    loop {
        let next = tokio::select! {
            biased;
            next = port.next() => next,
            () = conversation.say() => continue,
            () = patience(options, bsd) => return process.fail(1, "nc: timed out").await,
        };
        match next {
            Some(Heard::Opened(client, back)) => {
                if options.verbose {
                    let text = match bsd {
                        true => format!("Connection received on {client} 41822"),
                        false => {
                            format!("connect to [::]:{number} from [::ffff:{client}]:41822 ([::ffff:{client}]:41822)")
                        }
                    };
                    process.streams.stderr.line(text).await;
                }
                conversation.begin(back);
            }
            Some(Heard::Text(text)) => conversation.hear(text).await,
            Some(Heard::Closed) if options.keep => conversation.end(),
            Some(Heard::Closed) | None => return 0,
        }
    }
}

/// `-w` of busybox is how long it waits for a client.
async fn patience(options: &Options, bsd: bool) {
    match options.wait.filter(|_| !bsd) {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// What a listening nc has to do with its client.
struct Conversation<'a> {
    process: &'a Process,
    /// The program behind `-e`, which each client gets one of.
    program: &'a [String],
    start: Start,
    back: Option<mpsc::Sender<Bytes>>,
    /// Whether there may be more on standard input.
    more: bool,
    /// The standard input of the program.
    heard: Option<mpsc::Sender<Bytes>>,
    running: tokio::task::JoinSet<u8>,
}

impl<'a> Conversation<'a> {
    fn new(process: &'a Process, options: &'a Options, start: Start) -> Self {
        let running = tokio::task::JoinSet::new();
        Self { process, program: &options.program, start, back: None, more: true, heard: None, running }
    }

    fn begin(&mut self, back: mpsc::Sender<Bytes>) {
        if self.program.is_empty() {
            self.back = self.more.then_some(back);
            return;
        }
        let (heard, input) = mpsc::channel(64);
        let output = Output::Stream(back);
        let streams =
            Streams { stdin: Input::from_channel(input), stdout: output.clone(), stderr: output, terminal: false };
        let program = Process { streams, ..self.process.with(self.program.to_vec()) };
        if let Ok(running) = (self.start)(program) {
            self.running.spawn(running);
            self.heard = Some(heard);
        }
    }

    /// Sends the client the next of what is read; waits for ever when there is nothing to send it to.
    async fn say(&mut self) {
        let Some(back) = &self.back else { return std::future::pending().await };
        // Nothing is read before there is room for it: this may be dropped while it waits.
        let Ok(place) = back.reserve().await else {
            self.back = None;
            return;
        };
        match self.process.streams.stdin.chunk().await {
            Some(chunk) => place.send(Bytes::from(chunk)),
            // The client sees the end.
            None => {
                drop(place);
                self.more = false;
                self.back = None;
            }
        }
    }

    async fn hear(&self, text: Bytes) {
        match &self.heard {
            Some(program) => drop(program.send(text).await),
            None => self.process.streams.stdout.write(text).await,
        }
    }

    fn end(&mut self) {
        (self.back, self.heard) = (None, None);
    }
}
