//! TLS as the operator asked for it, and what clients need to know of it.

mod self_issued;
mod self_signed;

use std::{path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use tokio_rustls::{TlsAcceptor, rustls::pki_types::CertificateDer};

use crate::{
    Config, StartError, Tls,
    app::addresses::{Addresses, Authority},
    serving::certificates::Certificates,
};
use self_issued::is_self_issued;

/// What speaks TLS, and who has signed its certificate when clients do not know them by themselves.
pub(super) struct Encryption {
    pub(super) acceptor: TlsAcceptor,
    pub(super) authority: Option<Authority>,
}

impl Encryption {
    /// What the configuration asks for.
    pub(super) async fn of(config: &Config, addresses: &Addresses) -> Result<Option<Self>, StartError> {
        let (certificates, path) = match &config.tls {
            None => return Ok(None),
            Some(Tls::Files(files)) => (Certificates::of_files(files.clone()).await?, files.certificate.clone()),
            Some(Tls::SelfSigned) => (
                self_signed::certificates(&config.data, &addresses.names(self_signed::names_of_this_machine()))?,
                config.data.join(self_signed::AUTHORITY),
            ),
        };
        let acceptor = acceptor(&certificates, &path)?;
        // One that nobody else has signed must be given to clients.
        let own = certificates.chain().pop().filter(|last| is_self_issued(last));
        Ok(Some(Self { acceptor, authority: own.map(|own| authority(&own)) }))
    }
}

fn acceptor(certificates: &Arc<Certificates>, path: &Path) -> Result<TlsAcceptor, StartError> {
    certificates
        .acceptor()
        .map_err(|error| StartError::Certificate { path: path.to_owned(), reason: format!("cannot be used: {error}") })
}

fn authority(certificate: &CertificateDer<'_>) -> Authority {
    let lines = STANDARD.encode(certificate);
    let lines: Vec<&str> = lines.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    let hash: String = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02x}")).collect();
    Authority { pem, hash: format!("sha256:{hash}") }
}
