//! The secrets of an installation, made at its first start: the join code of the class and the first instructor
//! token.
//!
//! The database keeps the token's hash alone, so the token must be in its file before. A start that is cut short
//! between the two leaves a file without a hash, and the next start takes the token from the file. A file that
//! is not there although its hash is was taken away by somebody, and is not made again.

use std::{fs, io, path::Path};

use rand::Rng;

use super::private_files;
use crate::{
    StartError,
    store::{Database, JOIN_CODE, Secret, Store},
};

/// The file of the data folder that keeps the first instructor token.
pub(super) const INSTRUCTOR_TOKEN: &str = "instructor-token";
/// What every instructor token begins with.
pub(super) const PREFIX: &str = "instructor";

pub(crate) struct FirstSecrets {
    pub(crate) join_code: String,
    /// The instructor token, when it became one at this start.
    pub(crate) instructor_token: Option<String>,
}

impl FirstSecrets {
    /// What the store has, or fresh ones; `file` keeps the instructor token.
    pub(crate) async fn of(store: &Store, database: &Database, file: &Path) -> Result<Self, StartError> {
        let unusable = |error| database.unusable(error);
        let join_code = store.setting_or(JOIN_CODE, &fresh_join_code()).await.map_err(unusable)?;
        if store.has_instructor().await.map_err(unusable)? {
            return Ok(Self { join_code, instructor_token: None });
        }
        let failed = |source| StartError::DataFolder { path: file.to_owned(), source };
        let kept = kept(file)?;
        let is_fresh = kept.is_none();
        let token = kept.unwrap_or_else(|| Secret::fresh(PREFIX));
        if is_fresh {
            private_files::write(file, &format!("{}\n", token.reveal())).map_err(failed)?;
        }
        let is_first = store.allow_first_instructor(&token).await.map_err(unusable)?;
        if is_fresh && !is_first {
            // Another server on the same database was quicker: its token counts.
            fs::remove_file(file).map_err(failed)?;
        }
        Ok(Self { join_code, instructor_token: is_first.then(|| token.reveal().to_owned()) })
    }
}

/// The token in the file, if there is one.
pub(super) fn kept(file: &Path) -> Result<Option<Secret>, StartError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StartError::InstructorToken { path: file.to_owned(), source: Some(source) }),
    };
    let token = Secret::presented(&text);
    match token.reveal() {
        "" => Ok(None),
        // Nothing that somebody thought up: whoever guesses it sees everybody's work.
        text if is_token(text) => Ok(Some(token)),
        _ => Err(StartError::InstructorToken { path: file.to_owned(), source: None }),
    }
}

fn is_token(text: &str) -> bool {
    let bits = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('_'));
    bits.is_some_and(|bits| {
        bits.len() == 43 && bits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

/// Eight characters that nobody confuses when they are read aloud.
pub(super) fn fresh_join_code() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bits = [0_u8; 8];
    rand::rng().fill_bytes(&mut bits);
    let mut code: String = bits.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    code.insert(4, '-');
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_made_is_taken_for_a_token() {
        assert!(is_token(Secret::fresh(PREFIX).reveal()));
        for text in ["instructor", "instructor_", "instructor_secret", "s3cret", "learner_x"] {
            assert!(!is_token(text), "{text}");
        }
        assert!(!is_token(Secret::fresh("learner").reveal()));
    }
}
