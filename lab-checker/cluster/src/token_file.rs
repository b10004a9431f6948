//! The token of a file, read anew for each request: whoever renews it writes the file again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, Request, header};
use kube::Client;
use kube::client::Body;
use tower::{BoxError, service_fn};

/// A file that holds a token.
#[derive(Clone, Debug)]
pub(crate) struct TokenFile {
    path: PathBuf,
    /// What it held last. A file that is being written is empty for a moment.
    last: Arc<Mutex<String>>,
}

impl TokenFile {
    /// Reads it for the first time.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(path: &Path) -> std::io::Result<Self> {
        let token = text(path)?;
        Ok(Self { path: path.to_owned(), last: Arc::new(Mutex::new(token)) })
    }

    /// The token of now.
    fn token(&self) -> String {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(token) = text(&self.path)
            && !token.is_empty()
        {
            *last = token;
        }
        last.clone()
    }

    /// A client that shows the token with each request.
    pub(crate) fn shown_by(self, client: Client, namespace: &str) -> Client {
        let service = service_fn(move |mut request: Request<Body>| {
            let (client, token) = (client.clone(), self.token());
            async move {
                let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(BoxError::from)?;
                value.set_sensitive(true);
                request.headers_mut().insert(header::AUTHORIZATION, value);
                client.send(request).await.map_err(BoxError::from)
            }
        });
        Client::new(service, namespace)
    }
}

/// The token, without the newline that editors put behind it.
fn text(path: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(path)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::Response;

    use super::*;

    #[tokio::test]
    async fn a_token_that_was_renewed_is_shown_and_a_newline_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "first\n").unwrap();
        let echo = service_fn(|request: Request<Body>| async move {
            let shown = request.headers()[header::AUTHORIZATION].clone();
            Ok::<_, Infallible>(Response::builder().header("shown", shown).body(Body::empty()).unwrap())
        });
        let client = TokenFile::read(&path).unwrap().shown_by(Client::new(echo, "default"), "default");
        let shown = async || {
            let answer = client.send(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
            answer.headers()["shown"].to_str().unwrap().to_owned()
        };
        assert_eq!(shown().await, "Bearer first");
        for (content, expected) in [
            (Some("second\r\n"), "Bearer second"),
            (Some(""), "Bearer second"),
            (Some("third"), "Bearer third"),
            (None, "Bearer third"),
        ] {
            match content {
                Some(content) => std::fs::write(&path, content).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(shown().await, expected);
        }
        assert!(TokenFile::read(&path).is_err());
    }
}
