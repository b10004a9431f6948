//! The certificate that a server shows, and its replacement while it runs.

use std::{
    fmt,
    path::Path,
    sync::{Arc, PoisonError, RwLock, Weak},
    time::{Duration, SystemTime},
};

use tokio::time::{self, MissedTickBehavior};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::{CryptoProvider, ring},
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::{StartError, config::CertificateFiles};

/// How often the files are looked at: whoever renews a certificate does not wait for it.
const LOOK: Duration = Duration::from_secs(1);

/// What tells whether the files have changed.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// The certificate of the moment.
pub(crate) struct Certificates {
    current: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

/// What stands in the files.
fn load(files: &CertificateFiles) -> Result<CertifiedKey, StartError> {
    let refused = |path: &Path, reason: String| StartError::Certificate { path: path.to_owned(), reason };
    let unreadable = |path: &Path, wanted, error| {
        let reason = match error {
            pem::Error::Io(error) => format!("cannot be read: {error}"),
            _ => format!("holds no {wanted} in PEM"),
        };
        refused(path, reason)
    };
    let wanted = "certificate";
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unreadable(&files.certificate, wanted, error))?;
    if chain.is_empty() {
        return Err(unreadable(&files.certificate, wanted, pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unreadable(&files.key, "private key", error))?;
    certified(chain, key).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            refused(&files.key, format!("is not the key of the certificate in {}", files.certificate.display()))
        }
        other => refused(&files.key, format!("cannot be used: {other}")),
    })
}

async fn stamp(files: &CertificateFiles) -> Stamp {
    let of = async |path: &Path| {
        let file = tokio::fs::metadata(path).await.ok()?;
        Some((file.modified().ok()?, file.len()))
    };
    [of(&files.certificate).await, of(&files.key).await]
}

impl Certificates {
    /// One that stays.
    pub(crate) fn fixed(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<Self>, rustls::Error> {
        Ok(Arc::new(Self { current: RwLock::new(Arc::new(certified(chain, key)?)) }))
    }

    /// That of these files, and what will be in them later.
    pub(crate) async fn of_files(files: CertificateFiles) -> Result<Arc<Self>, StartError> {
        // Looked at first: what changes while they are read has changed since.
        let seen = stamp(&files).await;
        let all = Arc::new(Self { current: RwLock::new(Arc::new(load(&files)?)) });
        tokio::spawn(follow(files, seen, Arc::downgrade(&all)));
        Ok(all)
    }

    /// The certificate itself, and those that follow it.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.current().cert.clone()
    }

    /// What takes connections with it.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, rustls::Error> {
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let mut config = config.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Takes over what the files hold when it is not what was seen. What cannot be used is told once, and the certificate
    /// stays as it is: the two files may be written one after the other.
    async fn look(&self, files: &CertificateFiles, seen: &mut Stamp) {
        let now = stamp(files).await;
        if now == *seen {
            return;
        }
        *seen = now;
        match load(files) {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                tracing::info!(certificate = %files.certificate.display(), "the new certificate is used from now on");
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate cannot be used, and the one before stays");
            }
        }
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Takes over what the files hold when they change, for as long as anybody uses it.
async fn follow(files: CertificateFiles, mut seen: Stamp, all: Weak<Certificates>) {
    let mut looks = time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let Some(all) = all.upgrade() else { return };
        all.look(&files, &mut seen).await;
    }
}

fn certified(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<CertifiedKey, rustls::Error> {
    CertifiedKey::from_der(chain, key, &provider())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn files(&self) -> CertificateFiles {
            CertificateFiles { certificate: self.0.path().join("cert.pem"), key: self.0.path().join("key.pem") }
        }

        /// Writes a new certificate and its key, or what stands in their place.
        fn write(&self, certificate: Option<&str>, key: Option<&str>) -> Vec<u8> {
            let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["a.example".to_owned()]).unwrap();
            let files = self.files();
            fs::write(files.certificate, certificate.unwrap_or(&cert.pem())).unwrap();
            fs::write(files.key, key.unwrap_or(&signing_key.serialize_pem())).unwrap();
            cert.der().to_vec()
        }
    }

    #[tokio::test]
    async fn a_new_certificate_is_taken_over_and_a_broken_one_is_not() {
        let folder = Folder(tempfile::tempdir().unwrap());
        let first = folder.write(None, None);
        let files = folder.files();
        let all = Certificates { current: RwLock::new(Arc::new(load(&files).unwrap())) };
        let mut seen = stamp(&files).await;
        let shown = || all.chain()[0].to_vec();
        all.look(&files, &mut seen).await;
        assert_eq!(shown(), first);
        for (certificate, key) in [
            (None, Some("no key")),
            (Some("no certificate"), None),
            (Some(""), Some("")),
            (None, Some(&rcgen::KeyPair::generate().unwrap().serialize_pem())),
        ] {
            folder.write(certificate, key);
            all.look(&files, &mut seen).await;
            assert_eq!(shown(), first, "{certificate:?} {key:?}");
        }
        fs::remove_file(&files.key).unwrap();
        all.look(&files, &mut seen).await;
        assert_eq!(shown(), first, "no key at all");
        let second = folder.write(None, None);
        all.look(&files, &mut seen).await;
        assert_eq!(shown(), second);
    }

    #[test]
    fn what_is_wrong_with_the_files_is_named() {
        let folder = Folder(tempfile::tempdir().unwrap());
        let files = folder.files();
        let told = || load(&files).unwrap_err().to_string();
        assert!(told().contains("cert.pem: cannot be read"), "{}", told());
        folder.write(Some("x"), None);
        assert!(told().contains("cert.pem: holds no certificate"), "{}", told());
        folder.write(None, Some("x"));
        assert!(told().contains("key.pem: holds no private key"), "{}", told());
        folder.write(None, Some(&rcgen::KeyPair::generate().unwrap().serialize_pem()));
        assert!(told().contains("key.pem: is not the key of the certificate in"), "{}", told());
    }
}
