//! A command in a real terminal of a certain width: what it draws, and keys that are typed into it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Child;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::terminal::Terminal;

/// A running command, and all that it has drawn.
pub(crate) struct Pty {
    child: Child,
    keyboard: File,
    /// What was drawn, with every control sequence.
    drawn: Vec<u8>,
    /// How much of the text has been waited for.
    read: usize,
}

impl Pty {
    /// Runs `lab-checker` with the words of `line` in a terminal of so many columns.
    pub(crate) fn start(terminal: &Terminal, line: &str, columns: u16) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("the terminal can be used");
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&keyboard, size).expect("a size");
        let name = ptsname(&keyboard, Vec::new()).expect("a name");
        let screen = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("the other side");
        let side = || screen.try_clone().map(OwnedFd::into).unwrap_or_else(|error| panic!("{error}"));
        let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
        command.args(line.split_whitespace()).env("TERM", "xterm-256color");
        let stdio = || -> std::process::Stdio { side() };
        let child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().expect("the command starts");
        Self { child, keyboard: keyboard.into(), drawn: Vec::new(), read: 0 }
    }

    /// Reads until this text has been drawn, after what was waited for before.
    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        loop {
            let drawn = self.text();
            if let Some(at) = drawn[self.read..].find(text) {
                self.read += at + text.len();
                return self;
            }
            assert!(self.draws(), "it ended without `{text}`:\n{drawn}");
        }
    }

    /// Types these keys.
    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).expect("keys can be typed");
        self
    }

    /// Waits for its end: the exit code, and everything that it drew.
    pub(crate) fn ends(mut self) -> (i32, String) {
        while self.draws() {}
        let code = self.child.wait().expect("it ends").code().unwrap_or(-1);
        (code, self.text())
    }

    /// Reads on; whether there was anything. When the command has ended, Linux says that the terminal is broken.
    fn draws(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.keyboard.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.drawn.extend(&buffer[..length]);
                true
            }
        }
    }

    /// What was drawn, line after line, also what was wiped away later.
    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.drawn);
        anstream::adapter::strip_str(&text).to_string().replace('\r', "")
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
