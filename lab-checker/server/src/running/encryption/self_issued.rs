//! Whether a certificate is signed by the one it names, which no client knows by itself.

/// Whether the issuer of a certificate is its subject.
pub(super) fn is_self_issued(certificate: &[u8]) -> bool {
    names(certificate).is_some_and(|(issuer, subject)| issuer == subject)
}

/// Issuer and subject: RFC 5280, 4.1.
fn names(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    const VERSION: u8 = 0xa0;
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.2;
    }
    let after_serial_number = element(fields)?.2;
    let after_algorithm = element(after_serial_number)?.2;
    let (issuer, _, after_issuer) = element(after_algorithm)?;
    let after_validity = element(after_issuer)?.2;
    let (subject, ..) = element(after_validity)?;
    Some((issuer, subject))
}

/// The first element of DER: whole, its content, and what comes after it.
fn element(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = usize::from(*bytes.get(1)?);
    let (length, head) = match first {
        0..=0x7f => (first, 2),
        0x81..=0x84 => {
            let digits = bytes.get(2..2 + (first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), 2 + digits.len())
        }
        _ => return None,
    };
    let whole = bytes.get(..head.checked_add(length)?)?;
    Some((whole, &whole[head..], &bytes[whole.len()..]))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, Issuer, KeyPair};

    use super::*;

    fn called(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    #[test]
    fn only_who_signs_for_themselves_is_self_issued() {
        let key = KeyPair::generate().unwrap();
        let own = called("authority").self_signed(&key).unwrap();
        assert!(is_self_issued(own.der()));
        let other = called("server").signed_by(&KeyPair::generate().unwrap(), &Issuer::new(called("authority"), &key));
        assert!(!is_self_issued(other.unwrap().der()));
    }

    #[test]
    fn what_is_no_certificate_is_not() {
        let whole = called("authority").self_signed(&KeyPair::generate().unwrap()).unwrap();
        for length in 0..whole.der().len().min(60) {
            assert!(!is_self_issued(&whole.der()[..length]), "{length}");
        }
        for bytes in [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], &[0x30, 0x80], &[0xff; 9]] {
            assert!(!is_self_issued(bytes), "{bytes:?}");
        }
    }
}
