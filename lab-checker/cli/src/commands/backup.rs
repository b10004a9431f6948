//! `backup` and `restore`: everything that a server must not forget, in one file.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use netpol::{counted, grouped};
use server::{BackupError, Contents, Target};

use crate::failure::Outcome;
use crate::input::data::DataFolder;
use crate::runtime;
use crate::terminal::output::{self, GOOD};

/// Write everything that the server keeps into one file, while it runs
///
/// Learners, attempts, grades, tokens (as hashes), drafts, the record of what instructors did, and the practice
/// clusters, as they are at one moment. The file is the same whichever database it comes from.
#[derive(Args, Debug)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct Backup {
    /// The file to write; - is standard output
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

const BACKUP_EXAMPLES: &str = "\
Examples:
  lab-checker backup course-2026-11-26.backup --data /srv/course
  lab-checker backup - --database postgres://… | age -r KEY > course.backup.age";

/// Put a backup into an empty data folder or database
///
/// The server must not run. The backup is looked through first; when it is not whole, nothing is changed.
#[derive(Args, Debug)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct Restore {
    /// The file that `backup` wrote; - is standard input
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Put it in the place of what is there: SQLite's old files are kept beside the new ones, PostgreSQL's old rows go
    #[arg(long)]
    replace: bool,
}

const RESTORE_EXAMPLES: &str = "\
Examples:
  lab-checker restore course-2026-11-26.backup --data /srv/course
  lab-checker restore course-2026-11-26.backup --database postgres://…   from SQLite to PostgreSQL";

/// Which server.
#[derive(Args, Debug)]
struct Place {
    #[command(flatten)]
    data: DataFolder,
    /// The server's PostgreSQL address, postgres://… [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "LAB_CHECKER_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Backup {
    /// Writes it.
    pub(crate) fn run(self) -> Result<Outcome> {
        let data = self.place.data.path()?;
        let database = self.place.database.as_deref();
        if self.file == Path::new("-") {
            let out = output::stdout_bytes();
            let (contents, mut out) = runtime::block_on(async { Ok(server::back_up(&data, database, out).await?) })?;
            out.flush()?;
            drop(out);
            output::note(&told("backed up", &contents))?;
            return Ok(Outcome::Done);
        }
        let file = Unfinished::beside(&self.file)?;
        let written = runtime::block_on(async {
            let out = BufWriter::new(file.open()?);
            let (contents, out) = server::back_up(&data, database, out).await?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            Ok(contents)
        });
        let contents = written.map_err(in_our_words)?;
        file.finish(&self.file)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} {} to {}", told("backed up", &contents), self.file.display())?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

impl Restore {
    /// Puts it back.
    pub(crate) fn run(self) -> Result<Outcome> {
        let mut backup = if self.file == Path::new("-") {
            let mut copy = tempfile::tempfile().context("cannot keep the backup while it is read")?;
            io::copy(&mut io::stdin().lock().by_ref(), &mut copy).context("cannot read standard input")?;
            copy.rewind()?;
            BufReader::new(copy)
        } else {
            BufReader::new(File::open(&self.file).with_context(|| format!("cannot open {}", self.file.display()))?)
        };
        let Place { data, database } = self.place;
        let target = Target { data: data.path()?, database, replace: self.replace };
        let restored = runtime::block_on(async { Ok(server::restore(&mut backup, &target).await?) });
        let contents = restored.map_err(in_our_words)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} {}, as of {}", told("restored", &contents), contents.made_at)?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

/// A server that cannot be reached has an exit code of its own.
fn in_our_words(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<BackupError>() {
        Ok(BackupError::Start(error)) => error.into(),
        Ok(error) => error.into(),
        Err(error) => error,
    }
}

fn told(done: &str, contents: &Contents) -> String {
    let Contents { learners, attempts, rows, .. } = contents;
    let [learners, attempts, rows] =
        [(learners, "learner"), (attempts, "attempt"), (rows, "row")].map(|(number, of)| counted(grouped(*number), of));
    format!("{done}: {learners}, {attempts}; {rows} in all")
}

/// A file that only its owner may read, under another name until it is whole.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn beside(file: &Path) -> Result<Self> {
        let mut name = file.file_name().context("the backup needs the name of a file")?.to_os_string();
        name.push(format!(".{}.unfinished", std::process::id()));
        Ok(Self { path: file.with_file_name(name) })
    }

    fn open(&self) -> io::Result<File> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    fn finish(self, at: &Path) -> Result<()> {
        fs::rename(&self.path, at).with_context(|| format!("cannot write {}", at.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What is finished is not there any more.
        let _ = fs::remove_file(&self.path);
    }
}
