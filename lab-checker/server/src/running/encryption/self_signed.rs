//! Certificates for a class room, where nobody else signs one: an authority of this server's own, kept in the data
//! folder so that a kubeconfig stays good, signs one for the names of the moment at each start.

use std::{
    fs, io,
    net::{IpAddr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{StartError, clock::Moment, running::private_files, serving::certificates::Certificates};

/// The files of the authority in the data folder: its certificate, which is for everybody, and its key.
pub(super) const AUTHORITY: &str = "ca.pem";
pub(super) const AUTHORITY_KEY: &str = "ca-key.pem";
/// What the authority is called.
const NAME: &str = "Default Deny, this class alone";
/// How long a certificate of one start is good: the longest that every client accepts.
const DAYS: i64 = 800;

/// A certificate for these names, and that of its authority.
pub(super) fn certificates(data: &Path, names: &[String]) -> Result<Arc<Certificates>, StartError> {
    let (authority, issuer) = authority(data)?;
    let refused = |reason: String| StartError::Certificate { path: data.join(AUTHORITY), reason };
    let key = KeyPair::generate().map_err(|error| refused(error.to_string()))?;
    let leaf =
        leaf(names).and_then(|leaf| leaf.signed_by(&key, &issuer)).map_err(|error| refused(error.to_string()))?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| refused(error.to_owned()))?;
    Certificates::fixed(vec![leaf.der().clone(), authority], key).map_err(|error| refused(error.to_string()))
}

fn leaf(names: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = called(names.first().map_or("lab-checker", String::as_str));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let (from, until) = (Moment::now().plus_days(-1), Moment::now().plus_days(DAYS));
    let day = |moment: Moment| {
        let (year, month, day) = moment.date();
        date_time_ymd(year, month, day)
    };
    (params.not_before, params.not_after) = (day(from), day(until));
    Ok(params)
}

/// The authority of this data folder, made when there is none.
fn authority(data: &Path) -> Result<(CertificateDer<'static>, Issuer<'static, KeyPair>), StartError> {
    let (path, key_path) = (data.join(AUTHORITY), data.join(AUTHORITY_KEY));
    let unusable = |path: &Path, what: String| StartError::Certificate {
        path: path.to_owned(),
        reason: format!("{what}; move it away together with the other, and there will be new ones"),
    };
    let (certificate, key) = match (read(&path)?, read(&key_path)?) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => make(&path, &key_path)?,
        (Some(_), None) => return Err(unusable(&path, format!("its key {} is missing", key_path.display()))),
        (None, Some(_)) => return Err(unusable(&key_path, format!("its certificate {} is missing", path.display()))),
    };
    let key = KeyPair::from_pem(&key).map_err(|_| unusable(&key_path, "holds no key that can be used".to_owned()))?;
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())
        .map_err(|_| unusable(&path, "holds no certificate".to_owned()))?;
    Ok((certificate, Issuer::new(params(), key)))
}

fn make(path: &Path, key_path: &Path) -> Result<(String, String), StartError> {
    let key = KeyPair::generate();
    let made = key.and_then(|key| Ok((params().self_signed(&key)?.pem(), key.serialize_pem())));
    let made = made.map_err(|error| StartError::Certificate { path: path.to_owned(), reason: error.to_string() })?;
    let write = |path: &Path, text: &str| {
        private_files::write(path, text).map_err(|source| StartError::DataFolder { path: PathBuf::from(path), source })
    };
    write(key_path, &made.1)?;
    write(path, &made.0)?;
    Ok(made)
}

/// What the authority's certificate says, always the same: what it signs refers to it.
fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = called(NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
    params
}

fn called(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn read(path: &Path) -> Result<Option<String>, StartError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(StartError::Certificate { path: path.to_owned(), reason: format!("cannot be read: {error}") })
        }
    }
}

/// The names and addresses by which others may reach this machine, as far as it knows: its name, and the addresses
/// that it would send from.
pub(super) fn names_of_this_machine() -> Vec<String> {
    // Nothing is sent: these are addresses of documentation.
    let towards = ["192.0.2.1:9", "[2001:db8::1]:9"].map(|there| there.parse::<SocketAddr>().ok());
    let addresses = towards.into_iter().flatten().filter_map(|there| {
        let here = if there.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(here).ok()?;
        socket.connect(there).ok()?;
        Some(socket.local_addr().ok()?.ip()).filter(|ip: &IpAddr| !ip.is_unspecified())
    });
    let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
    let name = host_name().filter(|name| !name.is_empty() && name.is_ascii());
    let names = name.into_iter().flat_map(|name| [format!("{name}.local"), name]);
    names.chain(addresses).collect()
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    Some(rustix::system::uname().nodename().to_string_lossy().to_lowercase())
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok().map(|name| name.to_lowercase())
}
