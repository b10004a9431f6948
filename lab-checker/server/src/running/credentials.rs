//! The instructors' tokens and the class's join code, for whoever sits at the server's machine: the server may run
//! meanwhile, and knows at once.
//!
//! A token that is replaced is forgotten last, so that whatever cuts this short leaves a token in the file that works.
//! One that is revoked leaves the file first: a start without any instructor token would take it from there again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    first_secrets::{INSTRUCTOR_TOKEN, PREFIX, fresh_join_code, kept},
    private_files,
};
use crate::{
    StartError,
    store::{Database, InstructorToken, JOIN_CODE, Secret, Store, StoreError},
};

/// What opens a server.
#[derive(Debug)]
pub struct Credentials {
    store: Store,
    /// Where the first instructor token is kept.
    file: PathBuf,
}

/// A token that was just issued: it is shown once.
#[derive(Debug)]
pub struct Issued {
    /// The token itself.
    pub token: String,
    /// What names it from now on.
    pub id: String,
    /// The file that keeps it, if one does.
    pub kept_in: Option<PathBuf>,
}

/// Why something could not be done with the credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// No token has this id.
    #[error("token {0}: there is none of this id")]
    Unknown(String),
    /// Several tokens have ids that begin so.
    #[error("token {0}: several have ids that begin so; write more of it")]
    Ambiguous(String),
    /// No token was named, and the data folder keeps none.
    #[error("instructor token {}: is not there, or works no more; name a token by its id", .0.display())]
    NoneKept(PathBuf),
    /// The file of the token cannot be read, written or removed.
    #[error("instructor token {}: cannot be changed", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file or the database cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
}

type Result<T> = std::result::Result<T, CredentialsError>;

impl Credentials {
    /// Those of a server that has been started once with this data folder and database.
    ///
    /// # Errors
    /// When there is no such server.
    pub async fn open(data: &Path, database: Option<&str>) -> Result<Self> {
        let database = Database::choose(data, database)?;
        if let Database::Sqlite(path) = &database
            && !path.exists()
        {
            return Err(StartError::NoDatabase { path: path.clone() }.into());
        }
        Ok(Self { store: Store::open(&database).await?, file: data.join(INSTRUCTOR_TOKEN) })
    }

    /// Every instructor token, the oldest first, and whether it is the one that the data folder keeps.
    ///
    /// # Errors
    /// When the database or the file cannot be read.
    pub async fn tokens(&self) -> Result<Vec<(InstructorToken, bool)>> {
        let kept = kept(&self.file)?;
        let is_kept = |token: &InstructorToken| kept.as_ref().is_some_and(|kept| token.is(kept));
        Ok(self.store.instructor_tokens().await?.into_iter().map(|token| (token.clone(), is_kept(&token))).collect())
    }

    /// A further token, with what it is for.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn issue(&self, label: Option<&str>) -> Result<Issued> {
        let secret = Secret::fresh(PREFIX);
        self.store.issue_instructor(&secret, label).await?;
        let issued = self.issued(&secret, None).await?;
        self.store.audit_here("issued an instructor token", Some(&issued.id)).await?;
        Ok(issued)
    }

    /// A new token in the place of one, or of that in the data folder. Whoever is signed in as an instructor signs in
    /// again.
    ///
    /// # Errors
    /// When there is no such token, or something cannot be written.
    pub async fn rotate(&self, id: Option<&str>) -> Result<Issued> {
        let (old, is_kept) = self.named_or_kept(id).await?;
        let secret = Secret::fresh(PREFIX);
        self.store.issue_instructor(&secret, old.label.as_deref()).await?;
        if is_kept {
            private_files::write(&self.file, &format!("{}\n", secret.reveal()))
                .map_err(|source| self.failed(source))?;
        }
        self.store.revoke_instructor(&old).await?;
        self.store.audit_here("replaced an instructor token", Some(&old.id)).await?;
        self.issued(&secret, is_kept.then(|| self.file.clone())).await
    }

    /// End a token. Whoever is signed in as an instructor signs in again.
    ///
    /// # Errors
    /// When there is no such token, or something cannot be written.
    pub async fn revoke(&self, id: &str) -> Result<()> {
        let (old, is_kept) = self.named_or_kept(Some(id)).await?;
        if is_kept {
            fs::remove_file(&self.file).map_err(|source| self.failed(source))?;
        }
        self.store.revoke_instructor(&old).await?;
        Ok(self.store.audit_here("revoked an instructor token", Some(&old.id)).await?)
    }

    /// What learners enter to enrol; nothing when it was revoked.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn join_code(&self) -> Result<Option<String>> {
        Ok(Some(self.store.join_code().await?).filter(|code| !code.is_empty()))
    }

    /// A new join code. Who has enrolled stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn rotate_join_code(&self) -> Result<String> {
        let code = fresh_join_code();
        self.store.set(JOIN_CODE, &code).await?;
        self.store.audit_here("replaced the join code", None).await?;
        Ok(code)
    }

    /// No join code: nobody can enrol until there is a new one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn revoke_join_code(&self) -> Result<()> {
        self.store.set(JOIN_CODE, "").await?;
        Ok(self.store.audit_here("revoked the join code", None).await?)
    }

    /// Close the database.
    pub async fn close(self) {
        self.store.close().await;
    }

    async fn named_or_kept(&self, id: Option<&str>) -> Result<(InstructorToken, bool)> {
        let mut tokens = self.tokens().await?;
        let Some(id) = id else {
            let kept = tokens.into_iter().find(|(_, is_kept)| *is_kept);
            return kept.ok_or_else(|| CredentialsError::NoneKept(self.file.clone()));
        };
        tokens.retain(|(token, _)| !id.is_empty() && token.id.starts_with(id));
        match tokens.len() {
            0 => Err(CredentialsError::Unknown(id.to_owned())),
            1 => Ok(tokens.remove(0)),
            _ => Err(CredentialsError::Ambiguous(id.to_owned())),
        }
    }

    async fn issued(&self, secret: &Secret, kept_in: Option<PathBuf>) -> Result<Issued> {
        let tokens = self.store.instructor_tokens().await?;
        let id = tokens.into_iter().find(|token| token.is(secret)).map(|token| token.id).unwrap_or_default();
        Ok(Issued { token: secret.reveal().to_owned(), id, kept_in })
    }

    fn failed(&self, source: io::Error) -> CredentialsError {
        CredentialsError::File { path: self.file.clone(), source }
    }
}
