//! Servers whose certificate nobody else has signed: recognised by a hash that the learner was given with the address, as
//! kubeadm does it. Nothing is sent to the server before it was recognised.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};

/// Nobody waits longer for a server that is switched off.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the authority of a server could not be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// There is no TLS at such an address.
    #[error("server {0}: the address must begin with https:// when a hash is given")]
    Address(String),
    /// What was given is no hash.
    #[error("hash {0}: write sha256: and 64 hexadecimal digits, as the server shows it")]
    Hash(String),
    /// The server cannot be reached, or does not speak TLS.
    #[error("server {address}: cannot be reached by TLS")]
    Unreachable {
        /// The server.
        address: String,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// The server shows other certificates.
    #[error("server {0}: shows no certificate of this hash; ask your instructor, it may be somebody else's server")]
    Another(String),
    /// What is kept of an authority is none.
    #[error("certificate: what is kept of the server's is none")]
    Certificate,
}

/// The certificate, in PEM, of who has signed a server's, when its hash is this one.
///
/// # Errors
/// When the server cannot be reached, or shows no such certificate.
pub async fn authority_at(address: &str, hash: &str) -> Result<String, AuthorityError> {
    let uri: Uri = address.parse().map_err(|_| AuthorityError::Address(address.to_owned()))?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https"));
    let host = host.ok_or_else(|| AuthorityError::Address(address.to_owned()))?.trim_matches(['[', ']']);
    let digits = hash.strip_prefix("sha256:").map(str::to_ascii_lowercase);
    let digits = digits.filter(|digits| digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let digits = digits.ok_or_else(|| AuthorityError::Hash(hash.to_owned()))?;
    let unreachable = |source| AuthorityError::Unreachable { address: address.to_owned(), source };
    let shown = tokio::time::timeout(PATIENCE, shown(host, uri.port_u16().unwrap_or(443))).await;
    let shown = shown.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(unreachable)?;
    let found = shown.iter().find(|certificate| hex(&Sha256::digest(certificate)) == digits);
    found.map(|certificate| pem(certificate)).ok_or_else(|| AuthorityError::Another(address.to_owned()))
}

/// The certificates in a text, for a client.
///
/// # Errors
/// When there are none.
pub fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, AuthorityError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.ok().filter(|all| !all.is_empty()).ok_or(AuthorityError::Certificate)?;
    Ok(all.into_iter().map(|certificate| certificate.to_vec()).collect())
}

/// What a server shows.
async fn shown(host: &str, port: u16) -> std::io::Result<Vec<CertificateDer<'static>>> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().map_err(std::io::Error::other)?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Looking(provider))).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
    let stream = TcpStream::connect((host, port)).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    Ok(stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec())
}

/// Looks at what a server shows, whoever it is. Nothing else goes over such a connection.
#[derive(Debug)]
struct Looking(Arc<CryptoProvider>);

impl ServerCertVerifier for Looking {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pem(certificate: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate))
}
