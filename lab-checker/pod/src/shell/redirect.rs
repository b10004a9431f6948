//! Redirections: files of the container, `/dev/null`, other streams, and bash's `/dev/tcp/HOST/PORT`.

use std::sync::Arc;

use super::state::Shell;
use crate::files::absolute;
use crate::reach;
use crate::script::syntax::{Redirection, Target};
use crate::streams::Streams;
use crate::streams::{Input, OpenFile, Output};

/// Streams after redirection.
pub(super) struct Redirected {
    pub(super) streams: Streams,
    /// The files that were opened for writing.
    files: Vec<Arc<OpenFile>>,
}

impl Shell {
    /// Applies redirections in order; the error is what stands behind the shell's name.
    pub(super) async fn redirect(
        &mut self,
        redirections: &[Redirection],
        streams: &Streams,
    ) -> Result<Redirected, String> {
        let mut redirected = Redirected { streams: streams.clone(), files: Vec::new() };
        for Redirection { stream, target } in redirections {
            match target {
                Target::Duplicate(other) => {
                    let output = redirected.output(*other).clone();
                    redirected.set_output(*stream, output);
                }
                Target::Text(word) => {
                    let mut text = self.expand_text(word, streams).await;
                    if !text.ends_with('\n') {
                        text.push('\n');
                    }
                    redirected.streams.stdin = Input::from_bytes(text.into_bytes());
                }
                Target::Read(word) => {
                    let file = self.expand_text(word, streams).await;
                    redirected.streams.stdin = self.read_from(&file).await?;
                }
                Target::Write(word) | Target::Append(word) => {
                    let file = self.expand_text(word, streams).await;
                    let append = matches!(target, Target::Append(_));
                    self.write_to(&mut redirected, *stream, file, append).await?;
                }
            }
        }
        Ok(redirected)
    }

    async fn read_from(&self, file: &str) -> Result<Input, String> {
        if file == "/dev/null" {
            return Ok(Input::empty());
        }
        if let Some(result) = self.dial(file).await {
            return result.map(|()| Input::empty());
        }
        let path = absolute(&self.directory, file);
        match self.container.read_file(&path) {
            Some(bytes) => Ok(Input::from_bytes(bytes)),
            None => Err(format!("can't open {file}: no such file")),
        }
    }

    async fn write_to(
        &self,
        redirected: &mut Redirected,
        stream: u8,
        file: String,
        append: bool,
    ) -> Result<(), String> {
        let output = match file.as_str() {
            "/dev/null" => Output::Nothing,
            "/dev/stdout" | "/proc/1/fd/1" | "/proc/self/fd/1" => redirected.streams.stdout.clone(),
            "/dev/stderr" | "/proc/1/fd/2" | "/proc/self/fd/2" => redirected.streams.stderr.clone(),
            _ => match self.dial(&file).await {
                Some(result) => {
                    result?;
                    Output::Nothing
                }
                None => {
                    let path = absolute(&self.directory, &file);
                    if path.ends_with('/') || self.container.is_directory(&path) {
                        return Err(format!("can't create {file}: Is a directory"));
                    }
                    // The file is there from now on, whatever becomes of the command.
                    let before = if append { self.container.read_file(&path) } else { None };
                    if !self.container.write_file(&path, before.unwrap_or_default()) {
                        return Err(format!("can't create {file}: {}", self.container.refusal(&path)));
                    }
                    let file = Arc::new(OpenFile::new(self.container.files.clone(), path));
                    redirected.files.push(Arc::clone(&file));
                    Output::File(file)
                }
            },
        };
        redirected.set_output(stream, output);
        Ok(())
    }

    /// Connects when the file is bash's `/dev/tcp/HOST/PORT`; `None` when it is another.
    async fn dial(&self, file: &str) -> Option<Result<(), String>> {
        let (host, port) = file.strip_prefix("/dev/tcp/")?.split_once('/')?;
        if !self.name.ends_with("bash") {
            return Some(Err(format!("can't create {file}: nonexistent directory")));
        }
        let Ok(port) = port.parse() else { return Some(Err(format!("{file}: invalid service name"))) };
        let reason = match reach::by_name(&self.container, host, port, netpol::Protocol::Tcp, None).await {
            Ok(_) => return Some(Ok(())),
            Err(reach::Failure::Name(_)) => {
                return Some(Err(format!(
                    "{host}: Name or service not known\n{}",
                    self.complaint(&format!("{file}: Invalid argument"))
                )));
            }
            Err(failure) => failure.reason(),
        };
        Some(Err(format!("connect: {reason}\n{}", self.complaint(&format!("{file}: {reason}")))))
    }
}

impl Redirected {
    /// Whether a file had no room for something that was written to it.
    pub(super) fn is_full(&self) -> bool {
        self.files.iter().any(|file| file.is_full())
    }

    fn output(&self, stream: u8) -> &Output {
        if stream == 2 { &self.streams.stderr } else { &self.streams.stdout }
    }

    fn set_output(&mut self, stream: u8, output: Output) {
        match stream {
            2 => self.streams.stderr = output,
            1 => {
                self.streams.stdout = output;
                self.streams.terminal = false;
            }
            _ => {}
        }
    }
}
